// SPDX-License-Identifier: MIT
// Made-up metric messages as the node agents of a CPU cluster send them: one message a node and
// interval, 1,616 lines in the order in which the agent's collectors run, tags sorted by key,
// values with all their digits.
#pragma once

#include "schema/cluster.h"

#include <cstdint>
#include <random>
#include <string>

namespace jobledger::bench {

class MetricMessages {
 public:
  explicit MetricMessages(std::uint64_t seed = 1) : random_(seed) {}

  static constexpr int kLinesOfNode = 1616;
  static std::string host(int node);  // "f0001"
  // `time`: epoch seconds.
  std::string message(int node, std::int64_t time);

  // The cluster that sends these: "fritz", f0000 to f9999.
  static schema::Cluster cluster();

 private:
  void add_line(std::string_view metric, std::string_view tags);

  std::mt19937_64 random_;
  std::string host_, end_, text_;
};

}  // namespace jobledger::bench
