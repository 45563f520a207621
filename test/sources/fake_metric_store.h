// SPDX-License-Identifier: MIT
// A cc-metric-store for tests, written from the description of its interface (version 1.5.4), with
// the traits that clients have to live with: members of an aggregate must fit, one gap makes a gap
// of all, what has no data is left out of lists, three decimals, padding in front.
#pragma once

#include "test/sources/http_server.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::test {

class FakeMetricStore {
 public:
  struct MetricSetting {
    std::int64_t frequency = 60;
    std::string aggregation;  // "sum", "avg" or ""
  };
  std::map<std::string, MetricSetting> metrics;
  std::string token;                 // demanded when not empty
  std::int64_t now = 0;              // for health checks
  bool padding = true;               // what a request gets that does not say otherwise
  bool ignore_padding_wish = false;  // pads although the request says no, as old versions do

  // `level`: "hwthread12", or empty for the host itself. The first value is of `first`.
  void put(const std::string& host, const std::string& level, const std::string& metric,
           std::int64_t first, std::vector<double> values);

  HttpAnswer answer(const HttpRequest& request);

  // Of all requests.
  std::vector<std::string> bodies() const;
  std::size_t queries() const;  // in them

 private:
  struct Buffer {
    std::int64_t first = 0;  // nominal time of the first slot
    std::vector<double> values;
  };
  struct Part {
    std::int64_t from = 0, to = 0;
    std::vector<double> values;
  };
  struct Query {
    std::string metric, host, type;
    std::vector<std::string> ids;
    bool aggregate = false;
  };
  struct Request {
    std::string cluster;
    std::int64_t from = 0, to = 0;
    bool with_stats = true, with_data = true, with_padding = true;
    std::vector<Query> queries;
    std::vector<std::string> for_all_nodes;
  };
  using Levels = std::map<std::string, std::map<std::string, Buffer>>;  // level, metric

  static Part read(const Buffer& buffer, std::int64_t frequency, std::int64_t from,
                   std::int64_t to);
  Request parse(const std::string& body) const;
  std::vector<std::vector<const Buffer*>> select(const Query& query) const;
  std::string evaluate(const Request& request, const Query& query) const;
  std::string result(const Request& request, const Query& query,
                     const std::vector<const Buffer*>& buffers) const;
  std::string health(const std::string& body) const;

  mutable std::mutex mutex_;
  std::map<std::string, Levels> hosts_;
  std::vector<std::string> bodies_;
  std::size_t queries_ = 0;
};

}  // namespace jobledger::test
