// SPDX-License-Identifier: MIT
// A fixed set of member names with a collision-free table, made at compile time: finding the number
// of a name costs one hash of three of its characters and one comparison, whatever its case.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jobledger::schema {

template <std::size_t N>
class MemberNames {
 public:
  consteval explicit MemberNames(const std::string_view (&names)[N]) {
    for (std::size_t i = 0; i < N; ++i) names_[i] = names[i];
    while (!fill()) ++seed_;
  }

  // The position of `name` in the list it was made of, or -1.
  constexpr int find(std::string_view name) const {
    const int found = slots_[slot(name)];
    if (found < 0) return -1;
    const std::string_view known = names_[static_cast<std::size_t>(found)];
    if (known == name) return found;
    if (known.size() != name.size()) return -1;
    for (std::size_t i = 0; i < name.size(); ++i)
      if (lower(known[i]) != lower(name[i])) return -1;
    return found;
  }

 private:
  static constexpr std::size_t kSlots = N <= 8 ? 32 : 128;
  static_assert(N <= 32);

  static constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }

  constexpr std::size_t slot(std::string_view name) const {
    if (name.empty()) return 0;
    const auto at = [name](std::size_t i) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(lower(name[i])));
    };
    std::uint32_t hash = static_cast<std::uint32_t>(name.size()) + seed_;
    hash = hash * 0x9E3779B1u + at(0);
    hash = hash * 0x9E3779B1u + at(name.size() - 1);
    hash = hash * 0x9E3779B1u + at(name.size() / 2);
    return (hash ^ (hash >> 15)) % kSlots;
  }

  constexpr bool fill() {
    for (std::size_t i = 0; i < kSlots; ++i) slots_[i] = -1;
    for (std::size_t i = 0; i < N; ++i) {
      std::int8_t& taken = slots_[slot(names_[i])];
      if (taken >= 0) return false;
      taken = static_cast<std::int8_t>(i);
    }
    return true;
  }

  std::array<std::string_view, N> names_{};
  std::array<std::int8_t, kSlots> slots_{};
  std::uint32_t seed_ = 0;
};

}  // namespace jobledger::schema
