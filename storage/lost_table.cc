// SPDX-License-Identifier: MIT
#include "storage/lost_table.h"

#include "base/file.h"
#include "base/log.h"
#include "storage/bytes.h"

#include <algorithm>
#include <optional>
#include <system_error>

namespace jobledger::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::uint8_t kNoteVersion = 1;
constexpr std::size_t kMaxNoteBytes = 16u << 20;
constexpr std::string_view kNoteExtension = ".keys";

std::string encode_note(const LostTable& table) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kNoteVersion);
  out.varint(table.number);
  out.text(table.family);
  out.text(table.smallest);
  out.text(table.largest);
  return bytes;
}

std::optional<LostTable> decode_note(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kNoteVersion) return std::nullopt;
  LostTable table;
  table.number = in.varint();
  table.family = in.text();
  table.smallest = in.text();
  table.largest = in.text();
  if (!in.complete()) return std::nullopt;
  return table;
}

fs::path note_path(const fs::path& lost, std::uint64_t number) {
  fs::path path = lost / table_name(number);
  path.replace_extension(kNoteExtension);
  return path;
}

}  // namespace

fs::path lost_folder(const fs::path& database) { return database / "lost"; }

std::string table_name(std::uint64_t number) { return fmt::format("{:06}.sst", number); }

Result<void> write_lost_note(const fs::path& lost, const LostTable& table) {
  return replace_file(note_path(lost, table.number), encode_note(table));
}

std::vector<LostTable> read_lost_notes(const fs::path& lost) {
  std::vector<LostTable> tables;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(lost, absent)) {
    if (entry.path().extension() != kNoteExtension) continue;
    const auto bytes = read_file(entry.path(), kMaxNoteBytes);
    std::optional<LostTable> table = bytes ? decode_note(*bytes) : std::nullopt;
    if (!table) {
      LOG(error, "storage", "not the note of a damaged table: {}", entry.path().string());
      continue;
    }
    table->file = lost / table_name(table->number);
    tables.push_back(*std::move(table));
  }
  std::sort(tables.begin(), tables.end(),
            [](const LostTable& a, const LostTable& b) { return a.number < b.number; });
  return tables;
}

void finish_lost_table(const fs::path& lost, const LostTable& table) {
  std::error_code absent;
  for (const fs::path& path : {table.file, note_path(lost, table.number)}) {
    fs::path done = path;
    done += ".done";
    fs::rename(path, done, absent);
  }
}

}  // namespace jobledger::storage
