// SPDX-License-Identifier: MIT
// What many series of one metric have in common: minimum, mean, median and maximum at each time
// step, for charts where single series would not be told apart.
#pragma once

#include "schema/metric_data.h"

#include <cstddef>
#include <span>

namespace jobledger::schema {

// A metric and scope has a statistics series from so many series on.
constexpr std::size_t kMinStatisticsSeries = 8;
// A step where fewer series have a sample is missing (NaN) in all lists.
constexpr std::size_t kMinStatisticsValues = 3;

// As long as the longest series, over the samples that are there: neither a gap nor the missing end
// of a series counts as anything. An even number of values has the mean of the middle two as its
// median. To be made before the series are resampled. Percentiles are not computed.
StatisticsSeries statistics_over(std::span<const Series> series);

// Sets metric.statistics_series where the metric has enough series and none yet.
void add_statistics_series(ScopedMetric& metric);

}  // namespace jobledger::schema
