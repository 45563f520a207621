// SPDX-License-Identifier: MIT
// The samples of an archived job: data.json as a plain value (docs/formats.md, data.json).
//
// A missing sample is NaN in memory and `null` in the file. Samples have single precision and two
// decimals in the file: writing what was parsed from a file of this format gives the same bytes.
#pragma once

#include "base/result.h"
#include "schema/cluster.h"
#include "schema/config.h"
#include "schema/job_json.h"
#include "schema/unit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::schema {

// Over the samples of one series that are there; all 0 when none is.
struct SeriesStatistics {
  double min = 0, avg = 0, max = 0;

  bool operator==(const SeriesStatistics&) const = default;
};

// One host, or one hardware element of it.
struct Series {
  std::string hostname;
  std::optional<std::string> id;  // the element's; absent for a whole node
  SeriesStatistics statistics;
  std::vector<float> data;  // one sample per time step from ScopedMetric::start_time
  // Share of the samples that were expected and are there, 0 to 1, before any resampling; of an
  // aggregated series: of all samples of its elements. Not in the file; unset where unknown.
  std::optional<float> coverage = std::nullopt;
};

// Over all series of a metric and scope, one value per time step. An absent list was not computed.
struct StatisticsSeries {
  // By percentile, 1 to 99, in the order of their texts ("10" before "5").
  std::vector<std::pair<std::int32_t, std::vector<double>>> percentiles;
  std::optional<std::vector<double>> mean, median, min, max;
};

struct ScopedMetric {
  MetricScope scope = MetricScope::node;
  Unit unit;
  std::int32_t timestep = 0;  // seconds, >= 1
  std::vector<Series> series;
  std::optional<StatisticsSeries> statistics_series;
  // Of the first sample, epoch seconds; unset: the job's start, as nearly always.
  std::optional<std::int64_t> start_time = std::nullopt;
};

struct MetricSamples {
  std::string name;
  std::vector<ScopedMetric> scopes;  // in the order of their texts, each once
};

struct MetricData {
  std::vector<MetricSamples> metrics;  // in the order of their names, each once

  // nullptr when the metric or this scope of it is not there.
  const ScopedMetric* find(std::string_view metric, MetricScope scope) const;
};

// Errors carry the member's path. Members that we do not know, and `filesystems` lists, which no
// reader of the field understands, are ignored and reported. Unusual spellings need a parser of
// their own, as documents are large: about ten times their bytes at most while parsing.
Result<MetricData> parse_metric_data(std::string_view json, UnknownMembers* unknown = nullptr,
                                     const JsonLimits& limits = kMetricDataLimits);

// One newline at the end. Expects the order that MetricData promises.
void write_metric_data(std::string& out, const MetricData& data);

}  // namespace jobledger::schema
