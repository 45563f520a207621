// SPDX-License-Identifier: MIT
#include "httpd/graphql/roofline.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

namespace jobledger::httpd {
namespace {

// The place of `value` on an axis of that many tiles; none when it is beyond an end, or NaN.
bool find_place(double value, double low, double high, std::int64_t tiles, std::size_t& place) {
  if (!(value >= low && value <= high)) return false;
  const double at = (value - low) / (high - low) * static_cast<double>(tiles);
  place = static_cast<std::size_t>(std::min(static_cast<std::int64_t>(at), tiles - 1));
  return true;
}

bool is_axis(double low, double high) { return low > 0 && high > low && std::isfinite(high); }

}  // namespace

Result<Roofline> Roofline::make(const Shape& shape, std::size_t max_tiles) {
  if (shape.rows < 1 || shape.cols < 1) return invalid("rooflineHeatmap: rows and cols start at 1");
  if (!is_axis(shape.min_x, shape.max_x) || !is_axis(shape.min_y, shape.max_y)) {
    return invalid("rooflineHeatmap: the axes need 0 < minX < maxX and 0 < minY < maxY");
  }
  const auto rows = static_cast<std::uint64_t>(shape.rows);
  if (rows > max_tiles || static_cast<std::uint64_t>(shape.cols) > max_tiles / rows) {
    return Error{ErrorKind::too_large, "rooflineHeatmap: more than " + std::to_string(max_tiles) +
                                           " tiles: ask for fewer rows and columns"};
  }
  return Roofline(shape);
}

Roofline::Roofline(const Shape& shape)
    : logarithms_{shape.rows,
                  shape.cols,
                  std::log10(shape.min_x),
                  std::log10(shape.max_x),
                  std::log10(shape.min_y),
                  std::log10(shape.max_y)},
      tiles_(static_cast<std::size_t>(shape.rows),
             std::vector<double>(static_cast<std::size_t>(shape.cols))) {}

void Roofline::add(const schema::ScopedMetric& flops, const schema::ScopedMetric& bandwidth) {
  std::map<std::string_view, const schema::Series*> by_host;
  for (const schema::Series& series : bandwidth.series) by_host.emplace(series.hostname, &series);
  for (const schema::Series& series : flops.series) {
    const auto other = by_host.find(series.hostname);
    if (other == by_host.end()) continue;
    const auto& divisors = other->second->data;
    const std::size_t samples = std::min(series.data.size(), divisors.size());
    for (std::size_t i = 0; i < samples; ++i)
      count(static_cast<double>(series.data[i]), static_cast<double>(divisors[i]));
  }
}

void Roofline::count(double flops, double bandwidth) {
  std::size_t row = 0, col = 0;
  const Shape& area = logarithms_;
  const double x = std::log10(flops / bandwidth), y = std::log10(flops);
  if (!find_place(x, area.min_x, area.max_x, area.cols, col)) return;
  if (!find_place(y, area.min_y, area.max_y, area.rows, row)) return;
  ++tiles_[row][col];
}

void Roofline::add(const Roofline& more) {
  for (std::size_t row = 0; row < tiles_.size(); ++row)
    for (std::size_t col = 0; col < tiles_[row].size(); ++col)
      tiles_[row][col] += more.tiles_[row][col];
}

}  // namespace jobledger::httpd
