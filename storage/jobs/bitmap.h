// SPDX-License-Identifier: MIT
// One bit per row of a block, and the loops that narrow it by a column. The loops work in words of
// 64 rows, skip words that are empty already, and are written so that compilers vectorise them.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace jobledger::storage::jobs {

constexpr std::uint32_t kMaxBlockRows = 65'536;

class Bitmap {
 public:
  void fill(std::uint32_t rows);   // the first `rows` bits set
  void clear(std::uint32_t rows);  // room for `rows` bits, none set
  std::uint32_t count() const;
  bool any() const;

  std::uint32_t rows() const { return rows_; }
  std::uint32_t word_count() const { return (rows_ + 63) / 64; }
  std::uint64_t* words() { return words_.data(); }
  const std::uint64_t* words() const { return words_.data(); }

  bool test(std::uint32_t row) const { return (words_[row / 64] >> (row % 64)) & 1; }
  void set(std::uint32_t row) { words_[row / 64] |= std::uint64_t{1} << (row % 64); }
  void reset(std::uint32_t row) { words_[row / 64] &= ~(std::uint64_t{1} << (row % 64)); }

  void keep(const Bitmap& other) { keep(other.words()); }
  void keep(const std::uint64_t* other) {
    for (std::uint32_t w = 0; w < word_count(); ++w) words_[w] &= other[w];
  }

  // Calls visit(row) for each set bit, upwards.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t w = 0; w < word_count(); ++w)
      for (std::uint64_t bits = words_[w]; bits != 0; bits &= bits - 1)
        visit(w * 64 + static_cast<std::uint32_t>(std::countr_zero(bits)));
  }
  // The same until visit returns false, upwards or downwards.
  template <class Visit>
  void for_each_up_while(Visit visit) const {
    for (std::uint32_t w = 0; w < word_count(); ++w)
      for (std::uint64_t bits = words_[w]; bits != 0; bits &= bits - 1)
        if (!visit(w * 64 + static_cast<std::uint32_t>(std::countr_zero(bits)))) return;
  }
  template <class Visit>
  void for_each_down_while(Visit visit) const {
    for (std::uint32_t w = word_count(); w-- > 0;)
      for (std::uint64_t bits = words_[w]; bits != 0;) {
        const auto bit = 63 - static_cast<std::uint32_t>(std::countl_zero(bits));
        if (!visit(w * 64 + bit)) return;
        bits &= ~(std::uint64_t{1} << bit);
      }
  }
  // Keeps only the bits for which test(row) holds.
  template <class Test>
  void keep_if(Test test_row) {
    for (std::uint32_t w = 0; w < word_count(); ++w)
      for (std::uint64_t bits = words_[w]; bits != 0; bits &= bits - 1) {
        const auto row = w * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
        if (!test_row(row)) reset(row);
      }
  }
  // Keeps the bits whose flag(i) is 1, flag being cheap, pure and without branches.
  template <class Flag>
  void keep_flags(Flag flag) {
    const std::uint32_t full = rows_ / 64;
    for (std::uint32_t w = 0; w < full; ++w) {
      if (words_[w] == 0) continue;
      std::array<std::uint8_t, 64> flags;
      for (std::uint32_t i = 0; i < 64; ++i) flags[i] = flag(w * 64 + i);
      words_[w] &= pack(flags);
    }
    if (const std::uint32_t rest = rows_ % 64; rest != 0) {
      std::array<std::uint8_t, 64> flags{};
      for (std::uint32_t i = 0; i < rest; ++i) flags[i] = flag(full * 64 + i);
      words_[full] &= pack(flags);
    }
  }

 private:
  // 64 bytes of 0 or 1 to 64 bits.
  static std::uint64_t pack(const std::array<std::uint8_t, 64>& flags) {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t result = 0;
    for (unsigned i = 0; i < 8; ++i) {
      std::uint64_t eight;
      std::memcpy(&eight, flags.data() + std::size_t{i} * 8, 8);
      result |= ((eight * 0x0102040810204080ULL) >> 56) << (i * 8);
    }
    return result;
  }

  std::array<std::uint64_t, kMaxBlockRows / 64> words_;
  std::uint32_t rows_ = 0;
};

}  // namespace jobledger::storage::jobs
