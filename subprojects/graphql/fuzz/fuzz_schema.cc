// SPDX-License-Identifier: MIT

// Bytes as a schema. A valid one is printed, and what is printed must be the same schema.

#include "graphql/schema.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto schema = graphql::Schema::parse({reinterpret_cast<const char*>(data), size});
  if (!schema) return 0;
  const std::string printed = (*schema)->print();
  const auto again = graphql::Schema::parse(printed);
  if (!again || (*again)->print() != printed) std::abort();
  return 0;
}
