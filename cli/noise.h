// SPDX-License-Identifier: MIT
// Noise that needs no state: the same key gives the same number, in any order of asking.
#pragma once

#include <cstdint>
#include <string_view>

namespace jobledger::cli {

// A well-mixed number of the key (splitmix64).
inline std::uint64_t noise_bits(std::uint64_t key) {
  key += 0x9E3779B97F4A7C15u;
  key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9u;
  key = (key ^ (key >> 27)) * 0x94D049BB133111EBu;
  return key ^ (key >> 31);
}
inline double noise_unit(std::uint64_t key) {  // [0, 1)
  return static_cast<double>(noise_bits(key) >> 11) * 0x1p-53;
}
// Around 0, mostly within `spread`: the sum of three, so that the middle is frequent.
inline double noise_around(std::uint64_t key, double spread) {
  const std::uint64_t bits = noise_bits(key);
  const auto part = [bits](int shift) { return static_cast<double>(bits >> shift & 0x1fffff); };
  return spread * ((part(0) + part(21) + part(42)) / (1.5 * 0x1fffff) - 1);
}

// A key from a name (FNV-1a).
inline std::uint64_t noise_key(std::string_view name) {
  std::uint64_t key = 0xcbf29ce484222325u;
  for (const char c : name) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return key;
}

}  // namespace jobledger::cli
