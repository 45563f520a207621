// SPDX-License-Identifier: MIT
// A job's full record as bytes: the values of the key space `jobs` (docs/formats.md, "Storage").
// Pure; any thread. Tags are stored as their numbers in the index.
#pragma once

#include "base/result.h"
#include "schema/job.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace jobledger::storage {

// A run of hardware threads takes two bytes whatever its length; this bounds what the runs of one
// record may unfold to.
inline constexpr std::uint64_t kMaxRecordHwthreads = 1u << 20;
// `invalid` when decode_record() would refuse the record: ask before it is accepted.
Result<void> check_record(const schema::Job& job);

// Appends. Pre: check_record(). The job's own number is the key and not part of the value.
void encode_record(std::string& out, const schema::Job& job, std::uint32_t revision);

struct Record {
  schema::Job job;
  std::uint32_t revision = 0;
};
// `tags`: all tags, by number from 1. `corrupt` when the bytes are not a record or name a tag that
// is not there; memory stays within a small multiple of the input's length.
Result<Record> decode_record(std::int64_t id, std::string_view bytes,
                             std::span<const schema::Tag> tags);

// Of an encoded record or row (row_codec.h), which begin alike; 0: it has none.
std::uint32_t revision_of(std::string_view bytes);

}  // namespace jobledger::storage
