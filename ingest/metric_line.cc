// SPDX-License-Identifier: MIT
#include "ingest/metric_line.h"

#include "base/ascii.h"

#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace jobledger::ingest {
namespace {

constexpr std::string_view kValueField = " value=";
constexpr int kMaxDigits = 19;  // that fit into 64 bits
constexpr int kMaxIntegerDigits = 18;
// Half-way from the largest float to the next: below it, doubles are rounded to the former.
constexpr double kTooLarge = 0x1.ffffffp127;

// ------------------------------------------------------------------------------- ends of parts

// Bytes that end a part of a typical line, or make it untypical: a space, control characters, DEL,
// a backslash, the upper half; and a comma where that ends it.
constexpr bool is_stop(char c, bool comma) {
  return static_cast<signed char>(c) <= ' ' || c == 127 || c == '\\' || (comma && c == ',');
}

template <bool kComma>
const char* find_stop(const char* p, const char* end) {
#if defined(__SSE2__)
  const __m128i printable = _mm_set1_epi8(' ' + 1), rubout = _mm_set1_epi8(127);
  const __m128i escape = _mm_set1_epi8('\\'), comma = _mm_set1_epi8(',');
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Signed: the upper half is negative.
    __m128i hits = _mm_or_si128(_mm_cmplt_epi8(bytes, printable), _mm_cmpeq_epi8(bytes, rubout));
    hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, escape));
    if constexpr (kComma) hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, comma));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits));
    if (mask != 0) return p + std::countr_zero(mask);
  }
#endif
  while (p != end && !is_stop(*p, kComma)) ++p;
  return p;
}

// ------------------------------------------------------------------------------------- numbers

// Eight digits at once: every byte is '0' to '9'.
bool are_digits(std::uint64_t bytes) {
  constexpr std::uint64_t kHigh = 0xf0f0f0f0f0f0f0f0, kZeros = 0x3030303030303030;
  return (bytes & kHigh) == kZeros && ((bytes + 0x0606060606060606) & kHigh) == kZeros;
}

std::uint64_t eight_digits(std::uint64_t bytes) {
  bytes -= 0x3030303030303030;
  bytes = bytes * 10 + (bytes >> 8);
  constexpr std::uint64_t kMask = 0x000000ff000000ff;
  return (((bytes & kMask) * 0x000f424000000064) +
          (((bytes >> 16) & kMask) * 0x0000271000000001)) >>
         32;
}

// Appends the digits at `p` to `number`, which wraps around when they are too many.
const char* read_digits(const char* p, const char* end, std::uint64_t& number) {
  if constexpr (std::endian::native == std::endian::little) {
    for (std::uint64_t bytes = 0; end - p >= 8; p += 8) {
      std::memcpy(&bytes, p, sizeof bytes);
      if (!are_digits(bytes)) break;
      number = number * 100'000'000 + eight_digits(bytes);
    }
  }
  for (; p != end && is_digit(*p); ++p) number = number * 10 + static_cast<std::uint64_t>(*p - '0');
  return p;
}

// Digits from the first that is not 0, up to `end`.
std::ptrdiff_t significant_digits(const char* p, const char* end) {
  while (p != end && (*p == '0' || *p == '.')) ++p;
  const bool point_within = std::memchr(p, '.', static_cast<std::size_t>(end - p)) != nullptr;
  return end - p - (point_within ? 1 : 0);
}

constexpr int kMaxPower = 22;
constexpr std::array<double, kMaxPower + 1> kPowers = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// digits * 10^power, rounded to double and then to float. False when that is not certain: the
// double here may be 2.5 units off the right one, which matters next to where a float is rounded up
// or down; and outside of the range of normal floats.
bool make_float(std::uint64_t digits, std::int64_t power, float& value) {
  if (digits == 0) {
    value = 0;
    return true;
  }
  if (power < -kMaxPower || power > kMaxPower) return false;
  const double ten = kPowers[static_cast<std::size_t>(power < 0 ? -power : power)];
  const double number = static_cast<double>(digits);
  const double scaled = power < 0 ? number / ten : number * ten;
  constexpr std::uint64_t kLost = (1u << 29) - 1, kHalf = 1u << 28, kMargin = 8;
  const std::uint64_t lost = std::bit_cast<std::uint64_t>(scaled) & kLost;
  if (lost - (kHalf - kMargin) <= 2 * kMargin) return false;
  if (scaled < static_cast<double>(FLT_MIN) || scaled > static_cast<double>(FLT_MAX) / 2) {
    return false;
  }
  value = static_cast<float>(scaled);
  return true;
}

// Reads a number as numbers usually are, and returns its end; null for others, which may be good.
const char* read_number(const char* p, const char* end, float& value) {
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  const char* from = p;
  std::uint64_t digits = 0;
  p = read_digits(p, end, digits);
  const std::ptrdiff_t whole = p - from;
  if (whole == 0 || p == end) return nullptr;
  if (*p == 'i' || *p == 'u') {
    if (whole > kMaxIntegerDigits || (negative && *p == 'u')) return nullptr;
    const auto number = static_cast<std::int64_t>(digits);
    value = static_cast<float>(static_cast<double>(negative ? -number : number));
    return p + 1;
  }
  std::int64_t power = 0;
  std::ptrdiff_t count = whole;
  if (*p == '.') {
    const char* fraction = p + 1;
    p = read_digits(fraction, end, digits);
    power = fraction - p;
    count -= power;
    if (power == 0) return nullptr;
  }
  if (count > kMaxDigits && significant_digits(from, p) > kMaxDigits) return nullptr;
  if (p != end && *p == 'e') {
    const bool down = p + 1 != end && p[1] == '-';
    const bool sign = down || (p + 1 != end && p[1] == '+');
    const char* exponent = p + (sign ? 2 : 1);
    std::uint64_t size = 0;
    p = read_digits(exponent, end, size);
    if (p == exponent || p - exponent > 3) return nullptr;
    power += down ? -static_cast<std::int64_t>(size) : static_cast<std::int64_t>(size);
  }
  if (!make_float(digits, power, value)) return nullptr;
  if (negative) value = -value;
  return p;
}

const char* read_timestamp(const char* p, const char* end, std::int64_t& timestamp) {
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  const char* from = p;
  std::uint64_t digits = 0;
  p = read_digits(p, end, digits);
  if (p == from || p - from > kMaxIntegerDigits) return nullptr;
  timestamp = negative ? -static_cast<std::int64_t>(digits) : static_cast<std::int64_t>(digits);
  return p;
}

bool is_blank(char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }

bool is_line_end(const char* p, const char* end) {
  return p == end || *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] == '\n'));
}

// ---------------------------------------------------------------------------- all other lines

LineKind kind_of(const Line& line) {
  if (line.find_field("event") != nullptr) return LineKind::event;
  if (line.find_field("log") != nullptr) return LineKind::log;
  if (line.find_field("control") != nullptr) return LineKind::control;
  if (line.find_field("query") != nullptr) return LineKind::query;
  return LineKind::unusable;
}

Refusal take_value(const LineField& field, float& value) {
  if (field.type == FieldType::string || field.type == FieldType::boolean) {
    return Refusal::not_a_number;
  }
  if (std::fabs(field.real) >= kTooLarge) return Refusal::out_of_range;
  value = static_cast<float>(field.real);
  return Refusal::none;
}

std::string_view tags_of(const Line& line) {
  if (line.tags.empty()) return {};
  const std::string_view name = line.measurement.raw, last = line.tags.back().value.raw;
  const char* from = name.data() + name.size();
  return {from, static_cast<std::size_t>(last.data() + last.size() - from)};
}

}  // namespace

std::string_view to_string(LineKind kind) {
  switch (kind) {
    case LineKind::sample:
      return "sample";
    case LineKind::event:
      return "event";
    case LineKind::log:
      return "log";
    case LineKind::control:
      return "control";
    case LineKind::query:
      return "query";
    case LineKind::unusable:
      return "unusable";
  }
  return "unusable";
}

bool MetricReader::next(MetricLine& line) {
  while (at_ < message_.size() && is_blank(message_[at_])) ++at_;
  begin_ = at_;
  if (read_typical(line)) return true;
  LineReader reader(message_.substr(at_));
  if (!reader.next(line_)) {
    at_ = message_.size();
    return false;
  }
  begin_ = static_cast<std::size_t>(line_.text.data() - message_.data());
  tokenized_ = begin_ + 1;
  at_ += reader.offset();
  read_any(line);
  return true;
}

// Leaves whatever it is not sure about to read_any().
bool MetricReader::read_typical(MetricLine& line) {
  const char* begin = message_.data() + at_;
  const char* end = message_.data() + message_.size();
  const char* p = find_stop<true>(begin, end);
  if (p == begin || *begin == '#') return false;
  const char* tags = p;
  if (p != end && *p == ',') p = find_stop<false>(p, end);
  const char* tags_end = p;
  if (end - p < static_cast<std::ptrdiff_t>(kValueField.size()) ||
      std::memcmp(p, kValueField.data(), kValueField.size()) != 0) {
    return false;
  }
  p = read_number(p + kValueField.size(), end, line.value);
  if (p == nullptr) return false;
  line.has_timestamp = p != end && *p == ' ';
  if (line.has_timestamp) p = read_timestamp(p + 1, end, line.timestamp);
  if (p == nullptr || !is_line_end(p, end)) return false;
  line.text = {begin, static_cast<std::size_t>(p - begin)};
  line.measurement = {begin, static_cast<std::size_t>(tags - begin)};
  line.tags = {tags, static_cast<std::size_t>(tags_end - tags)};
  line.kind = LineKind::sample;
  line.refusal = Refusal::none;
  line.other_fields = false;
  at_ = static_cast<std::size_t>(p - message_.data());
  return true;
}

void MetricReader::read_any(MetricLine& line) {
  line = MetricLine{};
  line.text = line_.text;
  if (line_.error != LineError::none) {
    line.refusal = Refusal::syntax;
    line.error = line_.error;
    return;
  }
  const LineField* value = line_.find_field("value");
  if (value == nullptr) {
    line.kind = kind_of(line_);
    if (line.kind == LineKind::unusable) line.refusal = Refusal::no_value;
    return;
  }
  line.other_fields = line_.fields.size() > 1;
  line.refusal = take_value(*value, line.value);
  if (line.refusal != Refusal::none) return;
  line.kind = LineKind::sample;
  line.measurement = line_.measurement.raw;
  line.tags = tags_of(line_);
  line.has_timestamp = line_.timestamp.has_value();
  line.timestamp = line_.timestamp.value_or(0);
}

const Line& MetricReader::tokens() {
  if (tokenized_ != begin_ + 1) {
    LineReader reader(message_.substr(begin_));
    reader.next(line_);
    tokenized_ = begin_ + 1;
  }
  return line_;
}

std::int64_t to_seconds(std::int64_t timestamp) {
  constexpr std::int64_t kSeconds = 100'000'000'000, kMilli = 1000;
  const std::int64_t size = timestamp < 0 ? -(timestamp + 1) : timestamp;
  if (size < kSeconds) return timestamp;
  if (size < kSeconds * kMilli) return timestamp / kMilli;
  if (size < kSeconds * kMilli * kMilli) return timestamp / (kMilli * kMilli);
  return timestamp / (kMilli * kMilli * kMilli);
}

}  // namespace jobledger::ingest
