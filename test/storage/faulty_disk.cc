// SPDX-License-Identifier: MIT
#include "test/storage/faulty_disk.h"

#include <rocksdb/file_system.h>

#include <string>
#include <utility>

namespace jobledger::storage {
namespace {

using SharedFlag = std::shared_ptr<std::atomic<bool>>;
using SharedFault = std::shared_ptr<std::atomic<Fault>>;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class FaultyLog : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyLog(std::unique_ptr<rocksdb::FSWritableFile>&& file, SharedFault fault)
      : FSWritableFileOwnerWrapper(std::move(file)), fault_(std::move(fault)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* context) override {
    if (*fault_ == Fault::torn_append) {
      (void)target()->Append({data.data(), data.size() / 2}, options, context);
    }
    if (*fault_ == Fault::append || *fault_ == Fault::torn_append) {
      return IOStatus::IOError("injected append error");
    }
    return target()->Append(data, options, context);
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    if (*fault_ == Fault::sync) return IOStatus::IOError("injected sync error");
    return target()->Sync(options, context);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    if (*fault_ == Fault::sync) return IOStatus::IOError("injected sync error");
    return target()->Fsync(options, context);
  }

 private:
  SharedFault fault_;
};

class FaultyTable : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FaultyTable(std::unique_ptr<rocksdb::FSRandomAccessFile>&& file,
              std::shared_ptr<ReadFaults> faults)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), faults_(std::move(faults)) {}

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions& options,
                rocksdb::Slice* result, char* scratch, IODebugContext* context) const override {
    if (faults_->next_fails()) return IOStatus::IOError("injected read error");
    return target()->Read(offset, size, options, result, scratch, context);
  }

 private:
  std::shared_ptr<ReadFaults> faults_;
};

class FaultyFileSystem : public rocksdb::FileSystemWrapper {
 public:
  FaultyFileSystem(SharedFault fault, std::shared_ptr<ReadFaults> reads, SharedFlag held)
      : FileSystemWrapper(rocksdb::FileSystem::Default()),
        fault_(std::move(fault)),
        reads_(std::move(reads)),
        held_(std::move(held)) {}
  const char* Name() const override { return "FaultyFileSystem"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* context) override {
    if (name.ends_with(".sst")) held_->wait(true);
    IOStatus status = FileSystemWrapper::NewWritableFile(name, options, result, context);
    if (status.ok() && name.ends_with(".log")) {
      *result = std::make_unique<FaultyLog>(std::move(*result), fault_);
    }
    return status;
  }
  IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext* context) override {
    IOStatus status = FileSystemWrapper::NewRandomAccessFile(name, options, result, context);
    if (status.ok()) *result = std::make_unique<FaultyTable>(std::move(*result), reads_);
    return status;
  }

 private:
  SharedFault fault_;
  std::shared_ptr<ReadFaults> reads_;
  SharedFlag held_;
};

}  // namespace

FaultyDisk::FaultyDisk()
    : fault_(std::make_shared<std::atomic<Fault>>(Fault::none)),
      reads_(std::make_shared<ReadFaults>()),
      held_(std::make_shared<std::atomic<bool>>(false)),
      env_(rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(fault_, reads_, held_))) {}

void FaultyDisk::hold_tables(bool hold) {
  *held_ = hold;
  held_->notify_all();
}

void FaultyDisk::fail_reads(std::int64_t first, std::int64_t count) {
  reads_->thread = std::this_thread::get_id();
  reads_->count = count;
  reads_->first = first;
}

FaultyDisk::~FaultyDisk() = default;

}  // namespace jobledger::storage
