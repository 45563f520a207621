// SPDX-License-Identifier: MIT
// Tables that were taken out of the database because they are damaged (damaged_table.h): the file
// and a note of its keys are kept in a folder beside the tables, so that a crash forgets neither. A
// note is pending until all that can be done about its keys was done.
//
// Executor: whoever opens or repairs the database. Format: docs/formats.md, "Damaged tables".
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage {

struct LostTable {
  std::uint64_t number = 0;
  std::string family;
  std::string smallest, largest;  // keys, both of the table
  std::filesystem::path file;     // where the table is kept; it may be absent
};

std::filesystem::path lost_folder(const std::filesystem::path& database);
std::string table_name(std::uint64_t number);

// Durable. `table.file` is ignored.
Result<void> write_lost_note(const std::filesystem::path& lost, const LostTable& table);
// Pending ones, by number; the folder may be absent. What is no note is left out and logged.
std::vector<LostTable> read_lost_notes(const std::filesystem::path& lost);
// The note is pending no more; the file stays, under another name.
void finish_lost_table(const std::filesystem::path& lost, const LostTable& table);

}  // namespace jobledger::storage
