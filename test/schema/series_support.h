// SPDX-License-Identifier: MIT
// Series for tests of the formulas on metrics: short ones written down, long ones random.
#pragma once

#include "schema/metric_data.h"
#include "test/seed.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::test {

using Samples = std::vector<float>;
constexpr float kGap = std::numeric_limits<float>::quiet_NaN();

// Gaps are equal to gaps. Prints the first difference.
template <class Real>
bool same_samples(std::span<const Real> found, std::span<const Real> expected) {
  if (found.size() != expected.size()) {
    MESSAGE("found ", found.size(), " samples, expected ", expected.size());
    return false;
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i]))) continue;
    MESSAGE("sample ", i, ": found ", found[i], ", expected ", expected[i]);
    return false;
  }
  return true;
}
inline bool same_samples(const Samples& found, const Samples& expected) {
  return same_samples(std::span(found), std::span(expected));
}
inline bool same_samples(const std::vector<double>& found, const std::vector<double>& expected) {
  return same_samples(std::span(found), std::span(expected));
}

inline schema::Series series_of(std::string hostname, Samples data) {
  schema::Series out;
  out.hostname = std::move(hostname);
  out.data = std::move(data);
  return out;
}

// What monitoring delivers: a level with noise, few or many digits, gaps alone and in rows.
class RandomSeries {
 public:
  explicit RandomSeries(std::uint64_t seed) : random_(seed) {}

  std::size_t number(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(least, most)(random_);
  }
  bool chance(double share) { return std::bernoulli_distribution(share)(random_); }

  Samples samples(std::size_t count, double gaps) {
    std::uniform_real_distribution<float> noise(-50, 100);
    const bool whole_numbers = chance(0.3);
    Samples out;
    while (out.size() < count) {
      const std::size_t row = chance(gaps) ? number(1, chance(0.2) ? 40 : 1) : 0;
      for (std::size_t i = 0; i < row && out.size() < count; ++i) out.push_back(kGap);
      const float value = noise(random_);
      if (out.size() < count) out.push_back(whole_numbers ? std::round(value / 25) : value);
    }
    return out;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace jobledger::test
