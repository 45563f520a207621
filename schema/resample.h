// SPDX-License-Identifier: MIT
// Series at a coarser time step, for display. Pure functions that never fail: a resolution that
// cannot be had exactly gives the next coarser one that can.
//
// A resolution is a time step in seconds. The new step is a whole number of old ones (`factor`), so
// of n samples n / factor points are left. On the wire a series is a start, a step and values, so a
// reader takes point i for the interval [i * step, (i + 1) * step), its *place*. What the two
// algorithms deliver there:
//
// - lttb, largest triangle three buckets: what the field's front end is used to. The first and the
//   last sample, and of each bucket between them the sample that changes the drawn line most. Every
//   point is a measured sample, but buckets are a little wider than places and begin one sample
//   late: a point was measured between the place before its own and the second one after it, and
//   single spikes may be lost. A bucket with a missing sample is missing. Decision by decision the
//   same as the peer's, given the same samples.
// - min_max: of each pair of places the smallest and the largest sample, in the order in which they
//   were measured. No peak and no dip is lost, and a point is never further off than in the other
//   place of its pair. A place without a sample is missing; its neighbour then has one point to
//   give, the one further from the mean of the series, and so has the last place of an odd number.
//   What is left after the last place belongs to it.
//
// Statistics, coverage and statistics series are made from the samples before this.
#pragma once

#include "schema/config.h"
#include "schema/metric_data.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace jobledger::schema {

std::string_view to_string(ResampleAlgorithm algorithm);  // "lttb", "min_max"
std::optional<ResampleAlgorithm> parse_resample_algorithm(std::string_view text);

// What a client gets that asked for `asked` seconds, or for nothing; 0: the step of the samples.
std::int64_t resolution_for(std::optional<std::int64_t> asked, const ResampleConfig& config);

struct ResamplePlan {
  ResampleAlgorithm algorithm = ResampleAlgorithm::lttb;
  std::int32_t timestep = 0;  // of the result, seconds
  std::size_t factor = 1;     // old steps in a new one; 1: nothing changes

  bool operator==(const ResamplePlan&) const = default;
};

// For `samples` values, `timestep` seconds apart. Nothing changes when the resolution is not above
// the timestep, when there are fewer samples than config.minimum_points or than one new step, and
// when the new step would not fit into its type.
ResamplePlan plan_resampling(std::size_t samples, std::int32_t timestep, std::int64_t resolution,
                             const ResampleConfig& config);

// A series that is shorter than the one the plan was made for gets the same time step; it has one
// point at least, if it has a sample.
std::vector<float> resample(std::span<const float> data, const ResamplePlan& plan);

// Resamples the whole metric by one plan, made for its longest series, so that all series keep
// standing side by side. A statistics series follows place by place: the least of its minima, the
// largest of its maxima, the means of all else, of what is there.
void resample(ScopedMetric& metric, std::int64_t resolution, const ResampleConfig& config);

}  // namespace jobledger::schema
