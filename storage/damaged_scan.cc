// SPDX-License-Identifier: MIT
#include "storage/damaged_scan.h"

#include <cstddef>
#include <optional>

namespace jobledger::storage {
namespace {

// The key as a number, most significant byte first, and more by 2^bit; nullopt: beyond all keys.
std::optional<std::string> plus(std::string key, std::size_t bit) {
  unsigned carry = 1U << (bit % 8);
  for (std::size_t i = bit / 8; i < key.size() && carry != 0; ++i) {
    char& byte = key[key.size() - 1 - i];
    carry += static_cast<unsigned char>(byte);
    byte = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  if (carry != 0) return std::nullopt;
  return key;
}

}  // namespace

std::unique_ptr<rocksdb::Iterator> seek_behind_damage(const OpenIterator& open,
                                                      const std::string& last) {
  const auto seek = [&](const std::string& key) {
    auto at = open();
    at->Seek(key);
    return at;
  };
  const auto can_read_from = [&](const std::optional<std::string>& key) {
    return key && seek(*key)->status().ok();
  };
  // In growing steps until something can be read, then back to where that begins.
  const std::size_t bits = last.size() * 8;
  std::size_t step = 0;
  while (step < bits && !can_read_from(plus(last, step))) ++step;
  if (step == bits) {
    auto at = seek(std::string(last.size(), '\xff'));
    if (!at->status().ok()) return at;
  }
  std::string bad = last;
  for (std::size_t bit = step; bit-- > 0;) {
    const auto middle = plus(bad, bit);
    if (middle && !can_read_from(middle)) bad = *middle;
  }
  return seek(plus(bad, 0).value_or(bad));
}

}  // namespace jobledger::storage
