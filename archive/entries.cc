// SPDX-License-Identifier: MIT
#include "archive/entries.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace jobledger::archive {
namespace {

// Above this a file's buffer is not kept for the next one.
constexpr std::size_t kKeepBytes = 1u << 20;

Error too_long(std::size_t max_bytes) {
  return {ErrorKind::too_large, "more than " + std::to_string(max_bytes) + " bytes"};
}

bool is_directory_at(int dir, const char* name) {
  struct stat info {};
  return ::fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

Result<Fd> open_directory_at(int dir, const char* name) {
  Fd fd(::openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return errno_error("open folder", errno);
  return fd;
}

EntryReader::EntryReader() : buffer_(new char[kBufferBytes]) {}

void EntryReader::begin(int dir) {
  dir_ = dir;
  at_ = end_ = 0;
}

Result<bool> EntryReader::next(Entry& entry) {
  for (;;) {
    if (at_ == end_) {
      const ssize_t n = ::getdents64(dir_, buffer_.get(), kBufferBytes);
      if (n < 0) return errno_error("read folder", errno);
      if (n == 0) return false;
      at_ = 0;
      end_ = static_cast<std::size_t>(n);
    }
    const auto* raw = reinterpret_cast<const dirent64*>(buffer_.get() + at_);
    at_ += raw->d_reclen;
    entry.name = raw->d_name;
    if (entry.name == "." || entry.name == "..") continue;
    entry.is_directory =
        raw->d_type == DT_DIR || (raw->d_type == DT_UNKNOWN && is_directory_at(dir_, raw->d_name));
    return true;
  }
}

Result<std::string_view> FileReader::read(int dir, const char* name, std::size_t max_bytes,
                                          Links links) {
  // Without O_NONBLOCK a named pipe would hold the reader up for ever.
  const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | (links == Links::refuse ? O_NOFOLLOW : 0);
  Fd fd(::openat(dir, name, flags));
  if (!fd) {
    if (errno == ELOOP && links == Links::refuse) return invalid("is a symbolic link");
    return errno_error("open", errno);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return errno_error("stat", errno);
  if (!S_ISREG(info.st_mode)) return invalid("is not a regular file");
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size > max_bytes) return too_long(max_bytes);
  return read_open(fd.get(), size, max_bytes);
}

Result<std::string_view> FileReader::read_open(int fd, std::size_t size, std::size_t max_bytes) {
  const std::size_t wanted = size + 1;  // never empty, so that the end is met by reading
  if (capacity_ < wanted || capacity_ > std::max(wanted, kKeepBytes)) {
    capacity_ = std::max<std::size_t>(wanted, 16u << 10);
    buffer_.reset(new char[capacity_]);
  }
  std::size_t used = 0;
  while (used < capacity_) {
    const ssize_t n = ::read(fd, buffer_.get() + used, capacity_ - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error("read", errno);
    used += static_cast<std::size_t>(n);
    if (n == 0 || used == size) break;
  }
  if (used > max_bytes) return too_long(max_bytes);
  return std::string_view(buffer_.get(), used);
}

}  // namespace jobledger::archive
