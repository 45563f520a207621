// SPDX-License-Identifier: MIT
#include "storage/state_copy.h"

#include "storage/rocks_batch.h"
#include "storage/rocks_error.h"

#include <memory>

namespace jobledger::storage {
namespace {

using IteratorPtr = std::unique_ptr<rocksdb::Iterator>;

// Two families side by side, in the order of their keys.
class Copy {
 public:
  Copy(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& from, rocksdb::ColumnFamilyHandle& to)
      : db_(db),
        to_(to),
        old_(db.NewIterator(rocksdb::ReadOptions(), &to)),
        new_(db.NewIterator(rocksdb::ReadOptions(), &from)) {}

  rocksdb::Status run();

 private:
  rocksdb::Status step();

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& to_;
  IteratorPtr old_, new_;
  rocksdb::WriteBatch batch_;
};

rocksdb::Status Copy::run() {
  old_->SeekToFirst();
  new_->SeekToFirst();
  while (old_->Valid() || new_->Valid()) {
    auto status = step();
    if (status.ok() && batch_.GetDataSize() >= kBatchBytes)
      status = write_and_clear(db_, batch_, false);
    if (!status.ok()) return status;
  }
  if (!new_->status().ok()) return new_->status();
  if (!old_->status().ok()) return old_->status();
  return write_and_clear(db_, batch_, true);
}

// The lowest key of both.
rocksdb::Status Copy::step() {
  if (!new_->status().ok()) return new_->status();  // no end: nothing is deleted for it
  int order = 0;
  if (!new_->Valid()) order = -1;
  if (!old_->Valid()) order = 1;
  if (new_->Valid() && old_->Valid()) order = old_->key().compare(new_->key());
  rocksdb::Status status;
  if (order < 0) status = batch_.Delete(&to_, old_->key());
  if (order > 0 || (order == 0 && old_->value() != new_->value())) {
    status = batch_.Put(&to_, new_->key(), new_->value());
  }
  if (order <= 0) old_->Next();
  if (order >= 0) new_->Next();
  return status;
}

}  // namespace

Result<void> copy_family(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& from,
                         rocksdb::ColumnFamilyHandle& to) {
  const auto status = Copy(db, from, to).run();
  if (status.ok()) return {};
  return rocks_error("copy " + from.GetName() + " to " + to.GetName(), status);
}

}  // namespace jobledger::storage
