// SPDX-License-Identifier: MIT
#pragma once

namespace jobledger::storage::metrics {

// To the nearest whole number, ties to even, for values up to 2^51: std::rint as an addition, which
// compilers vectorise. It counts on strict IEEE arithmetic (no -ffast-math).
inline double round_to_even(double value) {
  constexpr double kPush = 0x1.8p52;
  return (value + kPush) - kPush;
}

}  // namespace jobledger::storage::metrics
