// SPDX-License-Identifier: MIT
// What single hosts answered, put together in the order that MetricSource promises.
#pragma once

#include "schema/series_statistics.h"
#include "sources/metric_source.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace jobledger::sources {

// One series before it is known what stands beside it.
struct HostSeries {
  schema::SeriesSummary summary;
  std::uint64_t samples = 0;  // of elements
  std::size_t elements = 1;   // expected
  std::vector<float> values;
};

struct FoundSeries {
  std::string metric;
  schema::MetricScope scope = schema::MetricScope::node;
  schema::Unit unit;
  std::int32_t timestep = 0;
  schema::Series series;
};

struct HostAnswer {
  std::vector<FoundSeries> series;
  std::vector<ReadFailure> failures;
};

// Hosts in the order given. Where hosts differ in a metric's time step or unit (a sub-cluster of
// its own settings), those of the first count and the others are failures.
MetricAnswer build_answer(std::vector<HostAnswer> hosts);

// context.each(), or one after the other.
void for_each(const ReadContext& context, std::size_t count,
              const std::function<void(std::size_t)>& work);
// The same until one fails; then the rest is left out. The error of the lowest i that has one.
Result<void> for_each_until_error(const ReadContext& context, std::size_t count,
                                  const std::function<Result<void>(std::size_t)>& work);

}  // namespace jobledger::sources
