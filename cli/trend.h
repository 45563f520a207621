// SPDX-License-Identifier: MIT
// What a curve does over time. Pure; missing values are passed over.
#pragma once

#include "cli/report.h"

#include <cstddef>
#include <cstdint>

namespace jobledger::cli {

struct Trend {
  std::size_t samples = 0;
  double first = 0, last = 0;  // of the line, at the first and the last sample
  double per_second = 0;
  double explained = 0;  // share of the variance that the line explains, 0 to 1
};
// The line of least squares. All 0 for less than two samples.
Trend linear_trend(const Curve& curve);

struct IdleEnd {
  std::int64_t seconds = 0;  // for so long there are values, and all below the level
  bool was_busy = false;     // and before that, somewhere, at least four times the level
};
IdleEnd idle_end(const Curve& curve, double level);

}  // namespace jobledger::cli
