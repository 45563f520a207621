// SPDX-License-Identifier: MIT
// Up to 64 whole numbers that lie near each other: a base, the distance of each from it in a few
// bits, and apart what is left of the distances that need more. docs/formats.md, "Metric columns".
//
// Numbers are 32 bits wide and may be signed: sums and differences are modulo 2^32.
// Executor: any thread, no state.
#pragma once

#include "storage/bytes.h"
#include "storage/metrics/bit_packing.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace jobledger::storage::metrics {

constexpr std::size_t kFrameValues = kPackedValues;
using FrameNumbers = std::array<std::uint32_t, kFrameValues>;

struct Frame {
  std::uint32_t base;
  std::uint32_t width;  // bits of a distance, 0 to 32
  std::uint32_t bytes;  // about what write_frame() will append
};

// The cheapest frame for 1 to kFrameValues numbers.
Frame choose_frame(std::span<const std::uint32_t> numbers);
// Appends all but the base.
void write_frame(std::string& out, const Frame& frame, std::span<const std::uint32_t> numbers);

// Reads what write_frame() wrote for `count` numbers; all of `numbers` may be overwritten. Hostile
// bytes set the reader to failed.
void read_frame(ByteReader& in, std::uint32_t base, std::size_t count, FrameNumbers& numbers);

}  // namespace jobledger::storage::metrics
