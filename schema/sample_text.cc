// SPDX-License-Identifier: MIT
#include "schema/sample_text.h"

#include "schema/json_write.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

namespace jobledger::schema {
namespace {

constexpr int kSampleDecimals = 2;
constexpr std::size_t kChunk = 4096;  // bytes written before they are appended
constexpr std::size_t kLongest = 20;  // of one sample that is not left to write_json_fixed

constexpr std::array<char, 200> make_pairs() {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr std::array<char, 200> kPairs = make_pairs();  // "00", "01", ... "99"

// Whole numbers are rounded by what addition leaves no room for: halves to even.
double round_even(double value) {
  constexpr double kRoom = 0x1.8p52;
  return value + kRoom - kRoom;
}

// The magnitude in hundredths, correctly rounded; nullopt: not to be had this way.
std::optional<std::uint64_t> hundredths(float magnitude) {
  const double exact = 100.0 * static_cast<double>(magnitude);  // 24 and 7 bits fit into 53
  if (!(exact < 0x1p40)) return std::nullopt;
  return static_cast<std::uint64_t>(round_even(exact));
}
std::optional<std::uint64_t> hundredths(double magnitude) {
  const double near = 100.0 * magnitude;  // off by less than kDoubt
  constexpr double kDoubt = 0x1p-16;
  if (!(near < 0x1p36)) return std::nullopt;
  const double rounded = round_even(near);
  if (std::abs(near - rounded) > 0.5 - kDoubt) return std::nullopt;  // a half, or nearly
  return static_cast<std::uint64_t>(rounded);
}

char* write_hundredths(char* to, std::uint64_t value) {
  std::array<char, kLongest> digits;
  char* at = digits.data() + digits.size();
  const auto put_pair = [&at](std::uint64_t pair) {
    at -= 2;
    std::memcpy(at, &kPairs[2 * pair], 2);
  };
  put_pair(value % 100);
  *--at = '.';
  std::uint64_t whole = value / 100;
  for (; whole >= 100; whole /= 100) put_pair(whole % 100);
  if (whole >= 10) {
    put_pair(whole);
  } else {
    *--at = static_cast<char>('0' + whole);
  }
  const auto length = static_cast<std::size_t>(digits.data() + digits.size() - at);
  std::memcpy(to, at, length);
  return to + length;
}

template <class Real>
void write_all(std::string& out, std::span<const Real> samples) {
  std::array<char, kChunk> chunk;
  char* at = chunk.data();
  const char* const full = chunk.data() + chunk.size() - kLongest - 2;  // sign and comma
  const auto flush = [&] {
    out.append(chunk.data(), at);
    at = chunk.data();
  };
  bool first = true;
  for (const Real sample : samples) {
    if (!first) *at++ = ',';
    first = false;
    const auto value = hundredths(std::abs(sample));  // also nullopt for what is not finite
    if (value) {
      if (std::signbit(sample)) *at++ = '-';
      at = write_hundredths(at, *value);
    } else {
      flush();
      write_json_fixed(out, static_cast<double>(sample), kSampleDecimals);
    }
    if (at >= full) flush();
  }
  flush();
}

}  // namespace

void write_samples(std::string& out, std::span<const float> samples) { write_all(out, samples); }
void write_samples(std::string& out, std::span<const double> samples) { write_all(out, samples); }

}  // namespace jobledger::schema
