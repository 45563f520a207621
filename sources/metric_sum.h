// SPDX-License-Identifier: MIT
// The series of one metric of one host while another store's samples come in, element by element or
// aggregated already, and what they make on the query's own grid.
//
// Samples keep the time step that they came with. Executor: one thread at a time. Lifetime: query
// and plan outlive it.
#pragma once

#include "base/result.h"
#include "schema/aggregate.h"
#include "schema/metric_data.h"
#include "sources/answer_builder.h"
#include "sources/read_plan.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::sources {

// Value i was measured in [from + i * timestep, from + (i + 1) * timestep); NaN: nothing was.
struct SampleRun {
  std::int64_t from = 0;
  std::int32_t timestep = 0;  // seconds, >= 1
  std::vector<float> values;
};

class MetricSum {
 public:
  struct Target {
    schema::MetricScope scope = schema::MetricScope::node;
    const schema::ScopeTarget* target = nullptr;
    // Elements go into the targets that wait for them in the same round.
    int round = 0;
  };

  MetricSum(const MetricQuery& query, const PlannedMetric& planned);

  const PlannedMetric& planned() const { return *planned_; }
  std::vector<Target>& targets() { return targets_; }

  // One element's samples; an empty id is the node. Elements that no target wants are left out.
  void add_element(std::string_view id, const SampleRun& samples, int round);
  // The same as statistics alone, for targets that have no other element.
  void add_element(std::string_view id, const schema::SeriesStatistics& statistics);
  // What the other store made of all elements of a target.
  void add_whole(std::size_t target, const SampleRun& samples);
  void add_whole(std::size_t target, const schema::SeriesStatistics& statistics);
  // Each reason is told once.
  void fail(std::string reason);

  void finish(HostAnswer& out);

 private:
  // One target's.
  struct Sum {
    std::optional<schema::SeriesAggregator> values;
    std::int32_t timestep = 0;
    std::size_t points = 0;
    bool whole = false;  // how many elements stand behind it is not known
    std::optional<schema::SeriesStatistics> statistics;
  };

  void add(std::size_t target, const SampleRun& samples, std::size_t elements);
  std::optional<schema::Series> take(std::size_t target);

  const MetricQuery* query_;
  const PlannedMetric* planned_;
  std::vector<Target> targets_;
  std::vector<Sum> sums_;  // by target
  std::set<std::string> reasons_;
};

}  // namespace jobledger::sources
