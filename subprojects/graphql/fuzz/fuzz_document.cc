// SPDX-License-Identifier: MIT

// Bytes as a request.

#include "subject.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  answer_twice({reinterpret_cast<const char*>(data), size});
  return 0;
}
