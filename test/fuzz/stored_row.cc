// SPDX-License-Identifier: MIT
// Whatever bytes are read as a row: refused, or written and read as the same.
#include "base/log.h"
#include "storage/row_codec.h"
#include "test/fuzz/target.h"

#include <string>

using namespace jobledger;
using namespace jobledger::storage;

FUZZ_TARGET(stored_row) {
  DictionarySizes sizes;
  sizes.fill(1000);
  jobs::Row row, again;
  if (!decode_row(7, text_of(data, size), sizes, 1000, row)) return 0;
  for (const jobs::StringId host : row.hosts) CHECK(host < 1000, "a host that is not there");
  std::string bytes, again_bytes;
  encode_row(bytes, row);
  CHECK(decode_row(7, bytes, sizes, 1000, again), "what was written cannot be read");
  encode_row(again_bytes, again);
  CHECK(again_bytes == bytes, "reading and writing changes the row");
  return 0;
}
