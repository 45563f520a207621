// SPDX-License-Identifier: MIT
#include "storage/private_files.h"

#include "base/log.h"

#include <string>
#include <system_error>
#include <utility>

namespace jobledger::storage {
namespace {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr fs::perms kFile = fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read;
constexpr fs::perms kFolder = fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec;

class PrivateFiles : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "PrivateFiles"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* context) override {
    return made(name, FileSystemWrapper::NewWritableFile(name, options, result, context));
  }
  IOStatus LockFile(const std::string& name, const IOOptions& options, rocksdb::FileLock** lock,
                    IODebugContext* context) override {
    return made(name, FileSystemWrapper::LockFile(name, options, lock, context));
  }

 private:
  static IOStatus made(const std::string& name, IOStatus status) {
    std::error_code ignored;  // the folder is private in any case
    if (status.ok()) fs::permissions(name, kFile, ignored);
    return status;
  }
};

void set_permissions(const fs::path& path, fs::perms wanted) {
  std::error_code error;
  if (fs::status(path, error).permissions() == wanted) return;
  fs::permissions(path, wanted, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    LOG(warning, "storage", "permissions of {} cannot be set: {}", path.string(), error.message());
  }
}

}  // namespace

std::shared_ptr<rocksdb::FileSystem> with_private_files(std::shared_ptr<rocksdb::FileSystem> base) {
  return std::make_shared<PrivateFiles>(std::move(base));
}

void make_private(const fs::path& folder) {
  set_permissions(folder, kFolder);
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_symlink()) continue;
    set_permissions(at->path(), at->is_directory() ? kFolder : kFile);
  }
}

}  // namespace jobledger::storage
