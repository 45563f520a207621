// SPDX-License-Identifier: MIT
#include "storage/salvage.h"

#include "base/log.h"
#include "storage/damaged_scan.h"
#include "storage/layout.h"

#include <rocksdb/sst_file_reader.h>
#include <rocksdb/write_batch.h>

#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace jobledger::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBatchBytes = 1 << 20;

class Salvage {
 public:
  Salvage(rocksdb::DB& db, rocksdb::SstFileReader& table) : db_(db), table_(table) {}

  // All that can be read of the table.
  rocksdb::Status run(rocksdb::ColumnFamilyHandle& family);
  std::uint64_t rows() const { return rows_; }

 private:
  rocksdb::Status put(rocksdb::ColumnFamilyHandle& family, const rocksdb::Iterator& at);
  rocksdb::Status write();

  rocksdb::DB& db_;
  rocksdb::SstFileReader& table_;
  rocksdb::WriteBatch batch_;
  std::uint64_t rows_ = 0;
};

rocksdb::Status Salvage::run(rocksdb::ColumnFamilyHandle& family) {
  const auto open = [this] {
    return std::unique_ptr<rocksdb::Iterator>(table_.NewIterator(rocksdb::ReadOptions()));
  };
  // All keys of a family are of one length.
  const bool is_log = family.GetName() == family_name(Family::metric_log);
  std::string last((is_log ? metric_log_key(0) : block_key({})).size(), '\0');
  auto at = open();
  at->SeekToFirst();
  for (;;) {
    for (; at->Valid(); at->Next()) {
      last = at->key().ToString();
      if (auto status = put(family, *at); !status.ok()) return status;
    }
    if (at->status().ok()) break;
    at = seek_behind_damage(open, last);
    if (!at->status().ok()) break;
  }
  return write();
}

// Not over what was written since: tables below this one are older, those above are newer.
rocksdb::Status Salvage::put(rocksdb::ColumnFamilyHandle& family, const rocksdb::Iterator& at) {
  ++rows_;
  rocksdb::PinnableSlice known;
  const auto found = db_.Get(rocksdb::ReadOptions(), &family, at.key(), &known);
  if (!found.IsNotFound()) return rocksdb::Status::OK();
  auto status = batch_.Put(&family, at.key(), at.value());
  if (status.ok() && batch_.GetDataSize() >= kBatchBytes) status = write();
  return status;
}

rocksdb::Status Salvage::write() {
  rocksdb::WriteOptions options;
  options.sync = true;
  const auto status = db_.Write(options, &batch_);
  batch_.Clear();
  return status;
}

// True when nothing more can come of the table.
bool salvage_table(rocksdb::DB& db, const rocksdb::Options& options, const fs::path& path,
                   const FindFamily& find_family) {
  rocksdb::SstFileReader table(options);
  if (const auto status = table.Open(path.string()); !status.ok()) {
    LOG(error, "storage", "nothing can be read of the damaged table {}: {}", path.string(),
        status.ToString());
    return status.IsCorruption();
  }
  const auto properties = table.GetTableProperties();
  rocksdb::ColumnFamilyHandle* const family = find_family(properties->column_family_name);
  if (family == nullptr) return true;
  Salvage salvage(db, table);
  if (const auto status = salvage.run(*family); !status.ok()) {
    LOG(error, "storage", "the damaged table {} cannot be read into its family now: {}",
        path.string(), status.ToString());
    return false;
  }
  LOG(error, "storage", "of a damaged table {} of {} rows were saved family={} kept={}",
      salvage.rows(), properties->num_entries, properties->column_family_name, path.string());
  return true;
}

}  // namespace

void salvage_tables(rocksdb::DB& db, const rocksdb::Options& options, const fs::path& lost,
                    const FindFamily& find_family) {
  std::error_code ignored;
  std::vector<fs::path> tables;
  for (const auto& entry : fs::directory_iterator(lost, ignored)) {
    if (entry.path().extension() == ".sst") tables.push_back(entry.path());
  }
  for (const fs::path& table : tables) {
    if (!salvage_table(db, options, table, find_family)) continue;
    fs::path done = table;
    done += ".done";
    fs::rename(table, done, ignored);
  }
}

}  // namespace jobledger::storage
