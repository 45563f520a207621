// SPDX-License-Identifier: MIT
// A job's table row as bytes: the values of the key space `rows` (docs/formats.md, "Storage"), from
// which the table in memory is rebuilt. Pure; any thread.
#pragma once

#include "base/result.h"
#include "storage/jobs/dictionaries.h"
#include "storage/jobs/row.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace jobledger::storage {

// Appends. The id is the key and not part of the value.
void encode_row(std::string& out, const jobs::Row& row);

// How many entries each dictionary has: rows may name no others.
using DictionarySizes = std::array<jobs::StringId, jobs::kDictionaryCount>;

// Tags have the numbers from 1 to tag_count. Into a row that is used again and again, as two
// million of them are read at start. False when the bytes are not a row; the row then holds
// anything.
bool decode_row(std::int64_t id, std::string_view bytes, const DictionarySizes& sizes,
                std::int64_t tag_count, jobs::Row& row);

// The row of a record; texts that are new enter the dictionaries. Writer thread.
jobs::Row make_row(const schema::Job& job, std::uint32_t revision,
                   jobs::Dictionaries& dictionaries);

// Finished, and its archive is still to be written (docs/decisions/002-due-work-is-derived.md).
inline bool is_archive_due(const jobs::Row& row) {
  return row.state != schema::JobState::running &&
         row.monitoring_status == schema::MonitoringStatus::running_or_archiving;
}

}  // namespace jobledger::storage
