// SPDX-License-Identifier: MIT
// Counters by names that others choose: as many as a bound allows, further names together as
// "other". Executor: any thread.
#pragma once

#include "base/telemetry.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace jobledger::ingest {

class NamedCounters {
 public:
  struct Family {
    std::string name, help;
    std::string label;         // of the counted names
    Telemetry::Labels others;  // labels of all
  };
  NamedCounters(Telemetry& telemetry, Family family, std::size_t max_names);

  // True when the name counts for itself and is new.
  bool add(std::string_view name, std::uint64_t n);
  void add_other(std::uint64_t n);

 private:
  Counter& counter_of(std::string_view value);

  Telemetry& telemetry_;
  const Family family_;
  const std::size_t max_names_;
  std::mutex mutex_;
  std::map<std::string, Counter, std::less<>> counters_;
};

// Adds, unless it is nothing.
void add_to(Counter& counter, std::uint64_t n);

}  // namespace jobledger::ingest
