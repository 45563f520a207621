// SPDX-License-Identifier: MIT
#include "storage/metrics/bit_packing.h"

#include <bit>
#include <cstring>

namespace jobledger::storage::metrics {
namespace {

static_assert(std::endian::native == std::endian::little, "bits are copied as they lie");

// Both directions move 8 bytes at a place of which up to 7 bits were done: 39 bits are needed.
using Word = std::uint64_t;
constexpr std::size_t kBufferBytes = packed_bytes(kPackedValues, kMaxPackedWidth) + sizeof(Word);

constexpr std::uint32_t low_bits(unsigned width) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << width) - 1);
}

}  // namespace

void append_packed(std::string& out, std::span<const std::uint32_t> values, unsigned width) {
  std::array<char, kBufferBytes> buffer;
  char* at = buffer.data();
  Word pending = 0;
  unsigned bits = 0;
  for (const std::uint32_t value : values) {
    pending |= Word{value & low_bits(width)} << bits;
    std::memcpy(at, &pending, sizeof pending);
    bits += width;
    at += bits / 8;
    pending >>= bits / 8 * 8;
    bits %= 8;
  }
  out.append(buffer.data(), packed_bytes(values.size(), width));
}

void unpack(std::string_view bytes, unsigned width, std::array<std::uint32_t, kPackedValues>& out) {
  std::array<char, kBufferBytes> buffer{};
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  // Of a fixed length and without branches, whatever was packed: no value waits for another.
  for (std::size_t i = 0; i < kPackedValues; ++i) {
    Word word;
    std::memcpy(&word, buffer.data() + i * width / 8, sizeof word);
    out[i] = static_cast<std::uint32_t>(word >> (i * width % 8)) & low_bits(width);
  }
}

}  // namespace jobledger::storage::metrics
