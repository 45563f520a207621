// SPDX-License-Identifier: MIT
#include "storage/metrics/slot_mask.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace jobledger::storage::metrics {

SlotMask SlotMask::of(std::span<const float> values) {
  SlotMask mask;
  mask.slots_ = values.size();
  // Most columns have no gap, and that is quickly seen.
  std::uint32_t missing = 0;
  for (const float value : values) missing += std::isnan(value);
  if (missing == 0) {
    mask.present_ = mask.slots_;
    std::fill_n(mask.words_.begin(), mask.word_count(), ~std::uint64_t{0});
    if (mask.slots_ % 64 != 0) mask.words_[mask.slots_ / 64] >>= 64 - mask.slots_ % 64;
    return mask;
  }
  for (std::size_t w = 0; w < mask.word_count(); ++w) {
    const auto part = values.subspan(w * 64, std::min<std::size_t>(64, values.size() - w * 64));
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < part.size(); ++i) {
      word |= std::uint64_t{!std::isnan(part[i])} << i;
    }
    mask.words_[w] = word;
    mask.present_ += static_cast<std::size_t>(std::popcount(word));
  }
  return mask;
}

bool SlotMask::operator==(const SlotMask& other) const {
  return slots_ == other.slots_ && present_ == other.present_ &&
         std::equal(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(word_count()),
                    other.words_.begin());
}

void SlotMask::gather(std::span<const float> values, float* out) const {
  for (std::size_t w = 0; w < word_count(); ++w) {
    for (std::uint64_t bits = words_[w]; bits != 0; bits &= bits - 1) {
      *out++ = values[w * 64 + static_cast<std::size_t>(std::countr_zero(bits))];
    }
  }
}

void SlotMask::spread(std::span<float> values) const {
  std::size_t from = present_;
  for (std::size_t slot = slots_; slot-- > 0;) {
    values[slot] = test(slot) ? values[--from] : std::numeric_limits<float>::quiet_NaN();
  }
}

void SlotMask::append_to(std::string& out) const {
  out.append(reinterpret_cast<const char*>(words_.data()), (slots_ + 7) / 8);
}

SlotMask SlotMask::read(ByteReader& in, std::size_t slots) {
  SlotMask mask;
  const std::string_view bytes = in.raw((slots + 7) / 8);
  if (in.failed()) return mask;
  mask.slots_ = slots;
  std::memcpy(mask.words_.data(), bytes.data(), bytes.size());
  for (std::size_t w = 0; w < mask.word_count(); ++w) {
    mask.present_ += static_cast<std::size_t>(std::popcount(mask.words_[w]));
  }
  if (slots % 64 != 0 && mask.words_[slots / 64] >> (slots % 64) != 0) in.fail();
  return mask;
}

}  // namespace jobledger::storage::metrics
