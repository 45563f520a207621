// SPDX-License-Identifier: MIT
#include "archive/staged_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace jobledger::archive {
namespace {

Error file_error(std::string_view what, const std::string& name, int error_number) {
  Error error = errno_error(std::string(what) + " in the staging folder: " + name, error_number);
  error.kind = ErrorKind::unavailable;
  return error;
}

}  // namespace

Result<StagedFile> StagedFile::create(int folder, std::string name, std::size_t compress_bytes,
                                      int gzip_level) {
  Fd fd(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!fd) return file_error("create", name, errno);
  return StagedFile(folder, std::move(name), std::move(fd), compress_bytes, gzip_level);
}

StagedFile::StagedFile(int folder, std::string name, Fd fd, std::size_t compress_bytes,
                       int gzip_level)
    : folder_(folder),
      name_(std::move(name)),
      fd_(std::move(fd)),
      compress_bytes_(compress_bytes),
      gzip_level_(gzip_level) {}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : folder_(other.folder_),
      name_(std::exchange(other.name_, {})),
      fd_(std::move(other.fd_)),
      compress_bytes_(other.compress_bytes_),
      gzip_level_(other.gzip_level_),
      waiting_(std::move(other.waiting_)),
      gzip_(std::move(other.gzip_)) {}

StagedFile::~StagedFile() {
  if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
}

Result<void> StagedFile::put(std::string_view bytes) {
  const int failed = write_all(fd_.get(), bytes);
  if (failed != 0) return file_error("write", name_, failed);
  return {};
}

Result<void> StagedFile::write(std::string_view bytes) {
  if (!gzip_) {
    waiting_.append(bytes);
    if (waiting_.size() <= compress_bytes_) return {};
    gzip_.emplace(gzip_level_);
    const std::string text = std::exchange(waiting_, {});
    gzip_->write(text, waiting_);
  } else {
    gzip_->write(bytes, waiting_);
  }
  TRY(put(waiting_));
  waiting_.clear();
  return {};
}

Result<void> StagedFile::finish() {
  if (gzip_) gzip_->finish(waiting_);
  TRY(put(waiting_));
  waiting_.clear();
  return {};
}

Result<void> StagedFile::move_to(const std::string& to) {
  if (::renameat(folder_, name_.c_str(), folder_, to.c_str()) != 0)
    return file_error("rename", name_, errno);
  name_.clear();
  return {};
}

}  // namespace jobledger::archive
