// SPDX-License-Identifier: MIT
// Whole numbers of `width` bits, one behind the other: the first in the lowest bits of the first
// byte. docs/formats.md, "Metric columns".
//
// Executor: any thread, no state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace jobledger::storage::metrics {

constexpr std::size_t kPackedValues = 64;  // at most, at once
constexpr unsigned kMaxPackedWidth = 32;

constexpr std::size_t packed_bytes(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

// Appends the lowest `width` bits of each value.
void append_packed(std::string& out, std::span<const std::uint32_t> values, unsigned width);

// `bytes` is packed_bytes() of as many values as were packed; what lies behind them is 0.
void unpack(std::string_view bytes, unsigned width, std::array<std::uint32_t, kPackedValues>& out);

}  // namespace jobledger::storage::metrics
