// SPDX-License-Identifier: MIT
#include "storage/damaged_table.h"

#include "base/log.h"
#include "storage/rocks_error.h"

#include <rocksdb/sst_file_reader.h>
#include <rocksdb/utilities/ldb_cmd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <system_error>

namespace jobledger::storage {
namespace {

constexpr std::size_t kReadAhead = 1 << 20;

using Files = std::vector<rocksdb::LiveFileMetaData>;

// Without looking into tables: their names, families and keys stand in the manifest.
Result<Files> list_tables(const ClosedDatabase& database) {
  rocksdb::DBOptions options = database.options;
  options.paranoid_checks = false;
  options.listeners.clear();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const std::string path = database.path.string();
  const auto status =
      rocksdb::DB::OpenForReadOnly(options, path, database.families, &handles, &opened);
  if (!status.ok()) return rocks_error("look for a damaged table in " + path, status);
  const std::unique_ptr<rocksdb::DB> db(opened);
  Files files;
  db->GetLiveFilesMetaData(&files);
  for (auto* handle : handles) (void)db->DestroyColumnFamilyHandle(handle);
  return files;
}

// First a second name for the file, and a note: RocksDB deletes what it does not know.
Result<void> keep(const ClosedDatabase& database, const rocksdb::LiveFileMetaData& file) {
  const std::filesystem::path lost = lost_folder(database.path);
  std::error_code ignored;  // the file may be gone
  std::filesystem::create_directory(lost, ignored);
  const std::string name = table_name(file.file_number);
  std::filesystem::create_hard_link(database.path / name, lost / name, ignored);
  return write_lost_note(
      lost, {file.file_number, file.column_family_name, file.smallestkey, file.largestkey, {}});
}

Result<void> remove_from_manifest(const ClosedDatabase& database, std::uint64_t number) {
  rocksdb::Options all(database.options, database.families.at(0).options);
  all.listeners.clear();
  const std::unique_ptr<rocksdb::LDBCommand> command(rocksdb::LDBCommand::InitFromCmdLineArgs(
      {"--db=" + database.path.string(), "--try_load_options=false", "unsafe_remove_sst_file",
       std::to_string(number)},
      all, rocksdb::LDBOptions(), &database.families));
  command->Run();
  if (command->GetExecuteState().IsSucceed()) return {};
  return Error{ErrorKind::corrupt,
               "take out a damaged table: " + command->GetExecuteState().ToString()};
}

}  // namespace

std::optional<std::uint64_t> parse_table_number(std::string_view error) {
  for (const std::string_view extension : {".sst", ".ldb"}) {
    const std::size_t end = error.find(extension);
    if (end == std::string_view::npos) continue;
    std::size_t begin = end;
    while (begin > 0 && error[begin - 1] >= '0' && error[begin - 1] <= '9') --begin;
    std::uint64_t number = 0;
    const auto [at, problem] = std::from_chars(error.data() + begin, error.data() + end, number);
    if (problem == std::errc() && at == error.data() + end) return number;
  }
  return std::nullopt;
}

Result<bool> set_aside_table(const ClosedDatabase& database, std::uint64_t number) {
  TRY(const Files files, list_tables(database));
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&](const auto& one) { return one.file_number == number; });
  if (file == files.end()) return false;
  TRY(keep(database, *file));
  TRY(remove_from_manifest(database, number));
  std::error_code ignored;
  std::filesystem::remove(database.path / table_name(number), ignored);
  LOG(error, "storage", "a damaged table was taken out family={} kept={}", file->column_family_name,
      (lost_folder(database.path) / table_name(number)).string());
  return true;
}

rocksdb::Status check_table(const rocksdb::Options& options, const std::filesystem::path& table) {
  rocksdb::SstFileReader reader(options);
  if (auto status = reader.Open(table.string()); !status.ok()) return status;
  rocksdb::ReadOptions slowly;
  slowly.readahead_size = kReadAhead;
  return reader.VerifyChecksum(slowly);
}

Result<std::optional<std::uint64_t>> find_damaged_table(const ClosedDatabase& database) {
  TRY(const Files files, list_tables(database));
  const rocksdb::Options options(database.options, database.families.at(0).options);
  for (const rocksdb::LiveFileMetaData& file : files) {
    const auto status = check_table(options, database.path / table_name(file.file_number));
    if (status.IsCorruption()) return std::optional(file.file_number);
  }
  return std::optional<std::uint64_t>();
}

}  // namespace jobledger::storage
