// SPDX-License-Identifier: MIT

// Bytes as JSON. A value that is written must be read back the same.

#include "graphql/output.h"
#include "graphql/value.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = graphql::parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  std::string text;
  graphql::Writer(text, graphql::format_float_ecmascript, true).value(*value);
  const auto again = graphql::parse_json(text);
  if (!again) std::abort();
  std::string text_again;
  graphql::Writer(text_again, graphql::format_float_ecmascript, true).value(*again);
  if (text_again != text) std::abort();
  return 0;
}
