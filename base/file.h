// SPDX-License-Identifier: MIT
// Files: whole reads with a limit, durable writes, a temporary directory.
//
// Executor: blocking; not for the event loop.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace jobledger {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  int release();
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The whole file; too_large beyond the limit, not_found when absent.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes);

// 0, or the error's number.
int write_all(int fd, std::string_view bytes);

// Creates or truncates, writes all, and syncs when asked. Not atomic: for files nobody looks at
// yet.
Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, bool sync);

// Replaces `path` by a durable file with these bytes, or leaves it as it was: written beside it as
// "<path>.tmp", synced, renamed, directory synced.
Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes);

Result<void> sync_directory(const std::filesystem::path& path);
// Everything written so far to the file system that holds `path`.
Result<void> sync_file_system(const std::filesystem::path& path);
Result<void> make_directories(const std::filesystem::path& path);
Result<std::uintmax_t> free_bytes(const std::filesystem::path& path);

// A fresh directory below the system's temporary one, removed with all contents at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace jobledger
