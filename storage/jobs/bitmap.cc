// SPDX-License-Identifier: MIT
#include "storage/jobs/bitmap.h"

#include <algorithm>

namespace jobledger::storage::jobs {

void Bitmap::fill(std::uint32_t rows) {
  rows_ = rows;
  std::fill_n(words_.begin(), word_count(), ~std::uint64_t{0});
  if (rows % 64 != 0) words_[rows / 64] = (std::uint64_t{1} << (rows % 64)) - 1;
}

void Bitmap::clear(std::uint32_t rows) {
  rows_ = rows;
  std::fill_n(words_.begin(), word_count(), 0);
}

// In arithmetic that vectorises: the baseline instruction set has no population count.
std::uint32_t Bitmap::count() const {
  std::uint64_t total = 0;
  for (std::uint32_t w = 0; w < word_count(); ++w) {
    std::uint64_t x = words_[w];
    x -= (x >> 1) & 0x5555555555555555ULL;
    x = (x & 0x3333333333333333ULL) + ((x >> 2) & 0x3333333333333333ULL);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
    x += x >> 8;
    x += x >> 16;
    x += x >> 32;
    total += x & 0x7f;
  }
  return static_cast<std::uint32_t>(total);
}

bool Bitmap::any() const {
  return std::any_of(words_.begin(), words_.begin() + word_count(),
                     [](std::uint64_t word) { return word != 0; });
}

}  // namespace jobledger::storage::jobs
