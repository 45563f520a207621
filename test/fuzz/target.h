// SPDX-License-Identifier: MIT
// A fuzz target is a function over bytes with a name. It returns 0; a broken promise ends the
// process (CHECK). Several targets share a binary, as each link costs more than the target's own
// code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

struct FuzzTarget {
  using Function = int (*)(const std::uint8_t* data, std::size_t size);

  FuzzTarget(const char* target_name, Function run);
  // The target of that name in this binary, or null.
  static const FuzzTarget* find(std::string_view name);
  static const FuzzTarget* first();

  const char* name;
  Function function;
  const FuzzTarget* next;
};

// FUZZ_TARGET(json) { ... uses data and size ... }
#define FUZZ_TARGET(name)                                             \
  static int fuzz_##name(const std::uint8_t* data, std::size_t size); \
  static const FuzzTarget registered_fuzz_##name{#name, fuzz_##name}; \
  static int fuzz_##name(const std::uint8_t* data, std::size_t size)

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
