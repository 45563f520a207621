// SPDX-License-Identifier: MIT
#include "test/storage/faulty_disk.h"

#include <rocksdb/file_system.h>

#include <string>
#include <utility>

namespace jobledger::storage {
namespace {

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

class FaultyFileSystem : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(SharedFault fault)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), fault_(std::move(fault)) {}
  const char* Name() const override { return "FaultyFileSystem"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* context) override {
    IOStatus status = FileSystemWrapper::NewWritableFile(name, options, result, context);
    if (status.ok() && name.ends_with(".log")) {
      *result = std::make_unique<FaultyLog>(std::move(*result), fault_);
    }
    return status;
  }

 private:
  SharedFault fault_;
};

}  // namespace

FaultyDisk::FaultyDisk()
    : fault_(std::make_shared<std::atomic<Fault>>(Fault::none)),
      env_(rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(fault_))) {}

FaultyDisk::~FaultyDisk() = default;

}  // namespace jobledger::storage
