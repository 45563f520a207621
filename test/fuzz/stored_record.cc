// SPDX-License-Identifier: MIT
// Whatever bytes are read as a record: an error, or a job that is written and read as the same.
#include "base/log.h"
#include "storage/record_codec.h"
#include "test/fuzz/target.h"

#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::storage;

FUZZ_TARGET(stored_record) {
  const std::vector<schema::Tag> tags = {{"a", "b", "global", 1}, {"c", "d", "admin", 2}};
  const Result<Record> record = decode_record(7, text_of(data, size), tags);
  if (!record) {
    CHECK(record.error().kind == ErrorKind::corrupt, "an error of another kind");
    return 0;
  }
  std::string bytes, again_bytes;
  encode_record(bytes, record->job, record->revision);
  const Result<Record> again = decode_record(7, bytes, tags);
  CHECK(again.has_value(), "what was written cannot be read");
  encode_record(again_bytes, again->job, again->revision);
  CHECK(again_bytes == bytes, "reading and writing changes the record");  // bytes: NaN != NaN
  return 0;
}
