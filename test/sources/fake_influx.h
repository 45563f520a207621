// SPDX-License-Identifier: MIT
// InfluxDB 2 for tests: its HTTP interface as published, over the Flux of fake_flux.h. A real
// server is not packaged by Debian; what is checked against this one was never run against the real
// one.
#pragma once

#include "test/sources/fake_flux.h"
#include "test/sources/http_server.h"

#include <mutex>
#include <string>
#include <vector>

namespace jobledger::test {

class FakeInflux {
 public:
  flux::Database database{"metrics", {}};
  std::string org = "hpc";
  std::string token;          // demanded when not empty
  std::string broken_metric;  // queries for it fail when their answer has begun

  // A sample of an element; type and id may be empty.
  void put(const std::string& host, const std::string& metric, const std::string& type,
           const std::string& id, std::int64_t time, double value);

  HttpAnswer answer(const HttpRequest& request);
  std::vector<std::string> queries() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> queries_;
};

}  // namespace jobledger::test
