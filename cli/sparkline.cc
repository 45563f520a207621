// SPDX-License-Identifier: MIT
#include "cli/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace jobledger::cli {

std::vector<double> condensed(std::span<const double> values, std::size_t points) {
  if (values.size() <= points) return {values.begin(), values.end()};
  std::vector<double> out;
  for (std::size_t i = 0; i < points; ++i) {
    const std::size_t begin = i * values.size() / points, end = (i + 1) * values.size() / points;
    double sum = 0;
    std::size_t there = 0;
    for (const double value : values.subspan(begin, end - begin)) {
      if (!std::isfinite(value)) continue;
      sum += value;
      ++there;
    }
    out.push_back(there > 0 ? sum / static_cast<double>(there)
                            : std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

std::string sparkline(std::span<const double> values, double low, double high, bool unicode) {
  constexpr std::array<std::string_view, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::array<std::string_view, 8> kAscii{"_", ".", "-", "~", "=", "+", "*", "#"};
  const auto& marks = unicode ? kBlocks : kAscii;
  const double range = high > low ? high - low : 1;
  std::string out;
  for (const double value : values) {
    if (!std::isfinite(value)) {
      out += ' ';
      continue;
    }
    const double level = std::clamp((value - low) / range, 0.0, 1.0) * (kBlocks.size() - 1);
    out += marks[static_cast<std::size_t>(std::lround(level))];
  }
  return out;
}

}  // namespace jobledger::cli
