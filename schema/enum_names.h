// SPDX-License-Identifier: MIT
// The texts of an enumeration whose values count from 0.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace jobledger::schema {

template <class Enum, std::size_t N>
std::optional<Enum> find_enum(const std::array<std::string_view, N>& names, std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace jobledger::schema
