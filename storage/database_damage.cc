// SPDX-License-Identifier: MIT
// The part of Database that opens it although tables are damaged (damaged_table.h), and brings back
// what can be had of them.
#include "base/log.h"
#include "storage/damaged_table.h"
#include "storage/database.h"
#include "storage/database_options.h"
#include "storage/rocks_error.h"
#include "storage/salvage.h"
#include "storage/state_copy.h"
#include "storage/store.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace jobledger::storage {
namespace {

constexpr std::uint64_t kMaxDamagedTables = 100;  // then it is the disk, not a file
constexpr std::uint32_t kFirstFormatWithCopy = 4;

Error open_error(const std::string& path, const rocksdb::Status& status) {
  Error error = rocks_error("open " + path, status);
  // The usual reason; RocksDB's words for it name no process.
  if (error.detail.find("lock") != std::string::npos) {
    error.detail += " (does another jobledgerd use it?)";
  }
  return error;
}

// Whose rest must be found elsewhere, by who knows what the bytes mean.
bool needs_settling(const std::string& family) {
  return family == family_name(Family::jobs) || family == family_name(Family::rows) ||
         family == family_name(Family::dead_letters);
}

bool is_state(const std::string& family) {
  return family == family_name(Family::state) || family == family_name(Family::state_copy);
}

bool holds(const std::vector<LostTable>& tables, Family family) {
  return std::any_of(tables.begin(), tables.end(),
                     [&](const LostTable& one) { return one.family == family_name(family); });
}

}  // namespace

void Database::note(const rocksdb::Status& status) const {
  if (!status.IsCorruption()) return;
  if (const auto table = parse_table_number(status.ToString())) note_damaged_table(*table);
}

void Database::note_damaged_table(std::uint64_t number) const { trouble_->note_damage(number); }

Result<rocksdb::DB*> Database::open_undamaged(const OpenPlan& plan,
                                              std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  const DiskTrouble::Taken trouble = trouble_->take();  // opening may find the next
  if (auto taken_out = take_out_noted(plan, trouble); !taken_out) {
    trouble_->put_back(trouble);
    return std::move(taken_out).error();
  }
  rocksdb::DB* db = nullptr;
  for (;;) {
    const std::string path = config_.path.string();
    const auto status = rocksdb::DB::Open(plan.options, path, plan.families, &handles, &db);
    if (status.ok()) return db;
    TRY(const bool removed, set_aside_damaged(plan, status));
    if (!removed) return open_error(path, status);
  }
}

// What the database stumbled over while it was open.
Result<void> Database::take_out_noted(const OpenPlan& plan, const DiskTrouble::Taken& trouble) {
  for (const std::uint64_t table : trouble.tables) {
    TRY(const bool removed, set_aside(plan, table));
    if (!removed) trouble_->give_up(table);
  }
  if (!trouble.unnamed) return {};
  TRY(const auto table, find_damaged_table({plan.options, plan.families, config_.path}));
  if (table) TRY(set_aside(plan, *table));
  return {};
}

Result<bool> Database::set_aside(const OpenPlan& plan, std::uint64_t table) {
  if (damaged_tables_ == kMaxDamagedTables) return false;
  TRY(const bool removed, set_aside_table({plan.options, plan.families, config_.path}, table));
  if (removed) ++damaged_tables_;
  return removed;
}

// True when that error of opening was a damaged table, which is taken out now.
Result<bool> Database::set_aside_damaged(const OpenPlan& plan, const rocksdb::Status& error) {
  if (!error.IsCorruption()) return false;
  auto table = parse_table_number(error.ToString());
  if (!table) {
    TRY(table, find_damaged_table({plan.options, plan.families, config_.path}));
  }
  if (!table) return false;
  return set_aside(plan, *table);
}

rocksdb::ColumnFamilyHandle* Database::find_family(const std::string& name) const {
  for (int i = 0; i < kFamilyCount; ++i) {
    if (family_name(static_cast<Family>(i)) == name) return family(static_cast<Family>(i));
  }
  const auto period = parse_period_name(name);
  if (!period) return nullptr;
  std::lock_guard lock(periods_mutex_);
  const auto at = periods_.find(*period);
  return at == periods_.end() ? nullptr : at->second->handle();
}

Result<void> Database::restore_lost(const OpenPlan& plan) {
  const std::filesystem::path folder = lost_folder(config_.path);
  lost_ = read_lost_notes(folder);
  TRY(restore_state());
  const rocksdb::Options options(plan.options, plan.families.at(0).options);
  for (const LostTable& table : lost_) {
    if (is_state(table.family)) continue;
    if (auto* const family = find_family(table.family)) {
      TRY(salvage_table(*db_, *family, options, table));
    }
  }
  for (const LostTable& table : lost_) {
    if (!needs_settling(table.family)) finish_lost_table(folder, table);
  }
  std::erase_if(lost_, [](const LostTable& one) { return !needs_settling(one.family); });
  return {};
}

// Databases of an older format have no copy yet, or a part of it.
Result<void> Database::check_copy() const {
  std::string version;
  const rocksdb::Slice key(kFormatKey.data(), kFormatKey.size());
  const auto status = db_->Get({}, family(Family::state_copy), key, &version);
  std::uint32_t number = 0;
  if (status.ok()) std::from_chars(version.data(), version.data() + version.size(), number);
  if (number >= kFirstFormatWithCopy) return {};
  return Error{ErrorKind::corrupt, "the state is damaged, its table is in " +
                                       lost_folder(config_.path).string() +
                                       ", and there is no copy yet: take the back-up"};
}

// From its copy, or the copy from it.
Result<void> Database::restore_state() {
  const bool first = holds(lost_, Family::state), second = holds(lost_, Family::state_copy);
  if (!first && !second) return {};
  if (first && second) {
    return Error{ErrorKind::corrupt, "both copies of the state are damaged, their tables are in " +
                                         lost_folder(config_.path).string() + ": take the back-up"};
  }
  if (first) TRY(check_copy());
  const Family from = first ? Family::state_copy : Family::state;
  const Family to = first ? Family::state : Family::state_copy;
  TRY(copy_family(*db_, *family(from), *family(to)));
  LOG(warning, "storage", "a damaged part of {} was written anew from {}", family_name(to),
      family_name(from));
  return {};
}

void Database::settle_lost_tables() {
  for (const LostTable& table : std::exchange(lost_, {})) {
    finish_lost_table(lost_folder(config_.path), table);
  }
}

std::optional<CheckedTable> Database::check_table_after(std::uint64_t number) const {
  std::vector<rocksdb::LiveFileMetaData> files;
  {
    std::shared_lock lock(gate_);
    if (!db_) return std::nullopt;
    db_->GetLiveFilesMetaData(&files);
  }
  const rocksdb::LiveFileMetaData* next = nullptr;
  for (const auto& file : files) {
    if (file.file_number <= number) continue;
    if (next == nullptr || file.file_number < next->file_number) next = &file;
  }
  if (next == nullptr) return std::nullopt;
  rocksdb::Options options;
  options.env = hooks_.env;
  const auto status = check_table(options, config_.path / table_name(next->file_number));
  if (status.IsCorruption()) {
    LOG(error, "storage", "the scrub found a damaged table of {}: {}", next->column_family_name,
        status.ToString());
    note_damaged_table(next->file_number);
  }
  return CheckedTable{next->file_number, next->size};
}

}  // namespace jobledger::storage
