// SPDX-License-Identifier: MIT
// A course of values as one line of text. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace jobledger::cli {

// The means of at most `points` equal stretches; NaN where a stretch has no value. Fewer values
// than that stay as they are.
std::vector<double> condensed(std::span<const double> values, std::size_t points);

// One character for each value, from `low` (the lowest mark) to `high`; a blank where there is
// none. Eighths of a block, or with `unicode` off: _ . - ~ = + * #.
std::string sparkline(std::span<const double> values, double low, double high, bool unicode);

}  // namespace jobledger::cli
