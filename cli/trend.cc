// SPDX-License-Identifier: MIT
#include "cli/trend.h"

#include <cmath>

namespace jobledger::cli {

Trend linear_trend(const Curve& curve) {
  Trend out;
  double t_sum = 0, v_sum = 0, first = 0, last = 0;
  for (std::size_t i = 0; i < curve.values.size(); ++i) {
    if (!std::isfinite(curve.values[i])) continue;
    const double t = static_cast<double>(i) * curve.step;
    if (out.samples++ == 0) first = t;
    last = t;
    t_sum += t;
    v_sum += curve.values[i];
  }
  if (out.samples < 2) return {};
  const auto n = static_cast<double>(out.samples);
  const double t_mean = t_sum / n, v_mean = v_sum / n;
  double tt = 0, tv = 0, vv = 0;
  for (std::size_t i = 0; i < curve.values.size(); ++i) {
    if (!std::isfinite(curve.values[i])) continue;
    const double t = static_cast<double>(i) * curve.step - t_mean, v = curve.values[i] - v_mean;
    tt += t * t;
    tv += t * v;
    vv += v * v;
  }
  out.per_second = tt > 0 ? tv / tt : 0;
  out.first = v_mean + out.per_second * (first - t_mean);
  out.last = v_mean + out.per_second * (last - t_mean);
  out.explained = tt > 0 && vv > 0 ? tv * tv / (tt * vv) : 0;
  return out;
}

IdleEnd idle_end(const Curve& curve, double level) {
  IdleEnd out;
  std::size_t begin = curve.values.size();
  for (std::size_t i = begin; i-- > 0;) {
    if (!std::isfinite(curve.values[i])) continue;
    if (curve.values[i] >= level) break;
    begin = i;
    out.seconds += curve.step;
  }
  for (std::size_t i = 0; i < begin; ++i) {
    out.was_busy = out.was_busy || curve.values[i] >= 4 * level;
  }
  return out;
}

}  // namespace jobledger::cli
