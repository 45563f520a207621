// SPDX-License-Identifier: MIT
#include "storage/disk_trouble.h"

#include "storage/damaged_table.h"

#include <string>
#include <utility>

namespace jobledger::storage {

void DiskTrouble::note_failure(const rocksdb::Status& status) {
  failed_ = true;
  if (!status.IsCorruption()) return;
  if (const auto table = parse_table_number(status.ToString())) {
    note_damage(*table);
    return;
  }
  std::lock_guard lock(mutex_);
  unnamed_ = true;
}

void DiskTrouble::note_damage(std::uint64_t table) {
  std::lock_guard lock(mutex_);
  if (given_up_.contains(table)) return;
  tables_.insert(table);
  damaged_ = true;
}

void DiskTrouble::give_up(std::uint64_t table) {
  std::lock_guard lock(mutex_);
  given_up_.insert(table);
}

DiskTrouble::Taken DiskTrouble::take() {
  std::lock_guard lock(mutex_);
  damaged_ = false;
  return {failed_.exchange(false), std::exchange(unnamed_, false), std::exchange(tables_, {})};
}

void DiskTrouble::put_back(Taken taken) {
  std::lock_guard lock(mutex_);
  if (taken.failed) failed_ = true;
  unnamed_ = unnamed_ || taken.unnamed;
  tables_.merge(taken.tables);
  damaged_ = !tables_.empty();
}

}  // namespace jobledger::storage
