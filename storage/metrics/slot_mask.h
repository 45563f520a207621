// SPDX-License-Identifier: MIT
// Which slots of a column have a value.
//
// Executor: any thread; a plain value of constant size.
#pragma once

#include "storage/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace jobledger::storage::metrics {

constexpr std::size_t kMaxColumnValues = 4096;

class SlotMask {
 public:
  SlotMask() = default;
  static SlotMask of(std::span<const float> values);  // those that are not NaN

  std::size_t slots() const { return slots_; }
  std::size_t present() const { return present_; }
  bool all() const { return present_ == slots_; }
  bool none() const { return present_ == 0; }
  bool test(std::size_t slot) const { return (words_[slot / 64] >> (slot % 64) & 1) != 0; }
  bool operator==(const SlotMask& other) const;

  // Copies the values of the slots that have one to the front of `out`, which has room for all.
  void gather(std::span<const float> values, float* out) const;
  // The reverse, in place: present() values at the front move to their slots, the others are NaN.
  void spread(std::span<float> values) const;

  // One bit a slot, the first lowest. Reading fails on bits behind the last slot.
  void append_to(std::string& out) const;
  static SlotMask read(ByteReader& in, std::size_t slots);

 private:
  std::size_t word_count() const { return (slots_ + 63) / 64; }

  std::array<std::uint64_t, kMaxColumnValues / 64> words_{};  // the first word_count() are in use
  std::size_t slots_ = 0, present_ = 0;
};

}  // namespace jobledger::storage::metrics
