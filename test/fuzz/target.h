// SPDX-License-Identifier: MIT
// The entry point of every fuzz target: libFuzzer's, and our corpus runner's. Returns 0; a broken
// promise ends the process (CHECK).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
