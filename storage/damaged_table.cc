// SPDX-License-Identifier: MIT
#include "storage/damaged_table.h"

#include "base/log.h"
#include "storage/rocks_error.h"

#include <rocksdb/utilities/ldb_cmd.h>

#include <charconv>
#include <memory>
#include <system_error>

namespace jobledger::storage {
namespace {

std::string table_name(std::uint64_t number) { return fmt::format("{:06}.sst", number); }

// Without looking into tables: their names and families stand in the manifest.
Result<std::string> family_of_table(rocksdb::DBOptions options,
                                    const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                                    const std::filesystem::path& path, std::uint64_t number) {
  options.paranoid_checks = false;
  options.listeners.clear();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const auto status =
      rocksdb::DB::OpenForReadOnly(options, path.string(), families, &handles, &opened);
  if (!status.ok()) return rocks_error("look for a damaged table in " + path.string(), status);
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::vector<rocksdb::LiveFileMetaData> files;
  db->GetLiveFilesMetaData(&files);
  for (auto* handle : handles) (void)db->DestroyColumnFamilyHandle(handle);
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (file.file_number == number) return file.column_family_name;
  }
  return std::string();
}

}  // namespace

std::filesystem::path lost_folder(const std::filesystem::path& database) {
  return database / "lost";
}

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

Result<bool> set_aside_table(const rocksdb::DBOptions& options,
                             const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                             const std::filesystem::path& path, std::uint64_t number) {
  TRY(const std::string family, family_of_table(options, families, path, number));
  if (family != family_name(Family::metric_log) && !parse_period_name(family)) return false;
  // First a second name for the file: RocksDB deletes what it does not know.
  const std::filesystem::path lost = lost_folder(path);
  std::error_code ignored;  // the file may be gone
  std::filesystem::create_directory(lost, ignored);
  std::filesystem::create_hard_link(path / table_name(number), lost / table_name(number), ignored);
  rocksdb::Options all(options, families.at(0).options);
  all.listeners.clear();
  const std::unique_ptr<rocksdb::LDBCommand> command(rocksdb::LDBCommand::InitFromCmdLineArgs(
      {"--db=" + path.string(), "unsafe_remove_sst_file", std::to_string(number)}, all,
      rocksdb::LDBOptions(), &families));
  command->Run();
  if (!command->GetExecuteState().IsSucceed()) {
    return Error{ErrorKind::corrupt,
                 "take out a damaged table: " + command->GetExecuteState().ToString()};
  }
  std::filesystem::remove(path / table_name(number), ignored);
  LOG(error, "storage", "a damaged table of metric samples was taken out family={} kept={}", family,
      (lost / table_name(number)).string());
  return true;
}

}  // namespace jobledger::storage
