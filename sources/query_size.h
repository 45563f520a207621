// SPDX-License-Identifier: MIT
// How large an answer may become, before anything is read.
#pragma once

#include "base/result.h"
#include "sources/metric_source.h"

#include <cstdint>

namespace jobledger::sources {

// Samples of all series that the query can have at most, one per time step; without values those
// of its longest series. At the largest number that fits when there are more.
std::uint64_t most_samples(const MetricQuery& query);

// The same; `too_large` when that is more than `limit`.
Result<std::uint64_t> check_size(const MetricQuery& query, std::uint64_t limit);

}  // namespace jobledger::sources
