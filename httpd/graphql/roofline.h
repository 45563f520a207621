// SPDX-License-Identifier: MIT
// How often jobs' nodes were at which place of the roofline diagram: performance over intensity.
// Pure; one thread.
#pragma once

#include "base/result.h"
#include "schema/metric_data.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace jobledger::httpd {

class Roofline {
 public:
  struct Shape {
    std::int64_t rows = 0, cols = 0;                    // 1 or more each
    double min_x = 0, max_x = 0, min_y = 0, max_y = 0;  // positive, the smaller one first
  };
  // invalid: a shape without area; too_large: more tiles than that.
  static Result<Roofline> make(const Shape& shape, std::size_t max_tiles);

  // Each pair of samples of one node and time counts 1, wherever it falls in; both ends of both
  // axes belong to the diagram. What is missing, or has no logarithm, counts nowhere, and so do
  // nodes that have one of both only.
  void add(const schema::ScopedMetric& flops, const schema::ScopedMetric& bandwidth);
  void add(const Roofline& more);  // of the same shape

  // By row (performance), then by column (intensity), both ascending.
  const std::vector<std::vector<double>>& tiles() const { return tiles_; }

 private:
  explicit Roofline(const Shape& shape);
  void count(double flops, double bandwidth);

  Shape logarithms_;
  std::vector<std::vector<double>> tiles_;
};

}  // namespace jobledger::httpd
