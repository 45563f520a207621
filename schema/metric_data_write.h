// SPDX-License-Identifier: MIT
// data.json piece by piece, for data that is never whole in memory; write_metric_data() is made of
// the same pieces.
//
// Calls in the order of the file: metric, scope, series; every begin has its end. The text is
// appended to `out`, which the caller may empty between two calls.
#pragma once

#include "schema/metric_data.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jobledger::schema {

class MetricDataWriter {
 public:
  explicit MetricDataWriter(std::string& out) : out_(out) {}

  void begin();
  void begin_metric(std::string_view name);
  void begin_scope(MetricScope scope, const Unit& unit,
                   const std::optional<StatisticsSeries>& statistics_series);
  // Of `series` all but its samples.
  void begin_series(const Series& series);
  void add_samples(std::span<const float> samples);
  void add_missing(std::size_t count);  // at most as many as the text may grow by
  void end_series();
  void end_scope(std::int32_t timestep, std::optional<std::int64_t> start_time);
  void end_metric();
  void end();

 private:
  void separate(bool& begun);

  std::string& out_;
  bool metrics_ = false, scopes_ = false, series_ = false, samples_ = false;  // one was written
};

}  // namespace jobledger::schema
