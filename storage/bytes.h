// SPDX-License-Identifier: MIT
// The primitives of every stored value: LEB128 varints, zigzag for signed numbers, IEEE floats and
// length-prefixed texts, little-endian; numbers in keys are big-endian, so that bytes sort as they
// count. docs/formats.md, "Storage".
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace jobledger::storage {

static_assert(std::endian::native == std::endian::little, "values are copied as they lie");

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void varint(std::uint64_t value) {
    char buffer[10];
    std::size_t n = 0;
    for (; value >= 0x80; value >>= 7) buffer[n++] = static_cast<char>(value | 0x80);
    buffer[n++] = static_cast<char>(value);
    out_.append(buffer, n);
  }
  void zigzag(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void u32(std::uint32_t value) { as_it_lies(value); }
  void f32(float value) { as_it_lies(value); }
  void f64(double value) { as_it_lies(value); }
  void text(std::string_view value) {
    varint(value.size());
    out_.append(value);
  }
  void be32(std::uint32_t value) { big_endian(value); }
  void be64(std::uint64_t value) { big_endian(value); }

 private:
  template <class T>
  void as_it_lies(T value) {
    char buffer[sizeof value];
    std::memcpy(buffer, &value, sizeof value);
    out_.append(buffer, sizeof value);
  }
  template <class T>
  void big_endian(T value) {
    char buffer[sizeof value];
    for (std::size_t i = sizeof value; i-- > 0; value = static_cast<T>(value >> 8)) {
      buffer[i] = static_cast<char>(value & 0xff);
    }
    out_.append(buffer, sizeof value);
  }

  std::string& out_;
};

// Reads past the end, overlong numbers and false promises of length set failed() for good; every
// further read then answers zero or nothing. So decoders check once, at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  std::uint8_t u8() {
    if (at_ == end_) return fail();
    return static_cast<std::uint8_t>(*at_++);
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return fail();
      const auto byte = static_cast<std::uint8_t>(*at_++);
      if (shift == 63 && byte > 1) return fail();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  // A varint that must fit T.
  template <class T>
  T number() {
    const std::uint64_t value = varint();
    if (value > std::uint64_t{T(-1)}) return fail();
    return static_cast<T>(value);
  }
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::int32_t zigzag32() {
    const std::int64_t value = zigzag();
    if (value != static_cast<std::int32_t>(value)) return fail();
    return static_cast<std::int32_t>(value);
  }
  std::uint32_t u32() { return as_it_lies<std::uint32_t>(); }
  float f32() { return as_it_lies<float>(); }
  double f64() { return as_it_lies<double>(); }
  std::string_view raw(std::uint64_t size) {
    if (size > left()) {
      fail();
      return {};
    }
    const std::string_view value(at_, size);
    at_ += size;
    return value;
  }
  std::string_view text() { return raw(varint()); }
  // How many elements follow, each of at least `min_bytes`: never more than the rest can hold.
  std::size_t count(std::size_t min_bytes) {
    const std::uint64_t value = varint();
    if (value > left() / min_bytes) return fail();
    return value;
  }
  std::uint32_t be32() { return big_endian<std::uint32_t>(); }
  std::uint64_t be64() { return big_endian<std::uint64_t>(); }

  // An enumerator below `limit`.
  template <class E>
  E enumerator(int limit) {
    const std::uint8_t value = u8();
    if (value >= limit) return static_cast<E>(fail());
    return static_cast<E>(value);
  }

  std::uint8_t fail() {
    failed_ = true;
    at_ = end_;
    return 0;
  }
  bool failed() const { return failed_; }
  bool complete() const { return !failed_ && at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

 private:
  template <class T>
  T as_it_lies() {
    T value = 0;
    const std::string_view bytes = raw(sizeof value);
    if (!failed_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  template <class T>
  T big_endian() {
    if (left() < sizeof(T)) return fail();
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>(value << 8 | static_cast<std::uint8_t>(*at_++));
    }
    return value;
  }

  const char* at_;
  const char* end_;
  bool failed_ = false;
};

}  // namespace jobledger::storage
