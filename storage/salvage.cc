// SPDX-License-Identifier: MIT
#include "storage/salvage.h"

#include "base/log.h"
#include "storage/damaged_scan.h"
#include "storage/layout.h"
#include "storage/record_codec.h"
#include "storage/rocks_batch.h"
#include "storage/rocks_error.h"

#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <memory>
#include <string>

namespace jobledger::storage {
namespace {

// The search behind damage tells keys apart by as many bytes, at least.
constexpr std::size_t kSearchedBytes = 32;

bool has_revisions(const std::string& family) {
  return family == family_name(Family::jobs) || family == family_name(Family::rows);
}

class Salvage {
 public:
  Salvage(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, rocksdb::SstFileReader& table)
      : db_(db), family_(family), table_(table), name_(family.GetName()) {}

  // All that can be read of the table.
  rocksdb::Status run(const std::string& smallest);
  std::uint64_t rows() const { return rows_; }

 private:
  rocksdb::Status put(const rocksdb::Iterator& at);
  bool is_newer(std::string_view saved, std::string_view known) const;

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& family_;
  rocksdb::SstFileReader& table_;
  const std::string name_;
  rocksdb::WriteBatch batch_;
  std::uint64_t rows_ = 0;
};

rocksdb::Status Salvage::run(const std::string& smallest) {
  const auto open = [this] {
    return std::unique_ptr<rocksdb::Iterator>(table_.NewIterator(rocksdb::ReadOptions()));
  };
  std::string last = smallest;
  auto at = open();
  at->SeekToFirst();
  for (;;) {
    for (; at->Valid(); at->Next()) {
      last = at->key().ToString();
      if (auto status = put(*at); !status.ok()) return status;
    }
    if (at->status().ok()) break;
    last.resize(std::max(last.size(), kSearchedBytes));
    at = seek_behind_damage(open, last);
    if (!at->status().ok()) break;
  }
  return write_and_clear(db_, batch_, true);
}

rocksdb::Status Salvage::put(const rocksdb::Iterator& at) {
  ++rows_;
  rocksdb::PinnableSlice known;
  auto status = db_.Get(rocksdb::ReadOptions(), &family_, at.key(), &known);
  if (status.ok() &&
      !is_newer({at.value().data(), at.value().size()}, {known.data(), known.size()})) {
    return status;
  }
  if (!status.ok() && !status.IsNotFound()) return status;
  status = batch_.Put(&family_, at.key(), at.value());
  if (status.ok() && batch_.GetDataSize() >= kBatchBytes)
    status = write_and_clear(db_, batch_, true);
  return status;
}

// Tables below this one hold older values, those above it newer ones.
bool Salvage::is_newer(std::string_view saved, std::string_view known) const {
  if (has_revisions(name_)) return revision_of(saved) > revision_of(known);
  return name_ == family_name(Family::node_history) && saved.size() > known.size();
}

}  // namespace

Result<void> salvage_table(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family,
                           const rocksdb::Options& options, const LostTable& table) {
  rocksdb::SstFileReader reader(options);
  if (const auto status = reader.Open(table.file.string()); !status.ok()) {
    LOG(error, "storage", "nothing can be read of the damaged table {}: {}", table.file.string(),
        status.ToString());
    return {};
  }
  Salvage salvage(db, family, reader);
  if (const auto status = salvage.run(table.smallest); !status.ok()) {
    return rocks_error("save rows of the damaged table " + table.file.string(), status);
  }
  const auto properties = reader.GetTableProperties();
  LOG(error, "storage", "of a damaged table {} of {} rows were saved family={} kept={}",
      salvage.rows(), properties ? properties->num_entries : 0, table.family, table.file.string());
  return {};
}

}  // namespace jobledger::storage
