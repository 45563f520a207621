// SPDX-License-Identifier: MIT
#include "base/file.h"

#include "base/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace jobledger {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

int Fd::release() { return std::exchange(fd_, -1); }

namespace {

Result<Fd> open_file(const std::filesystem::path& path, int flags) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, 0666));
  if (!fd) return errno_error("open " + path.string(), errno);
  return fd;
}

}  // namespace

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  TRY(Fd fd, open_file(path, O_RDONLY));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return errno_error("stat " + path.string(), errno);
  if (S_ISDIR(info.st_mode)) return io_error("read " + path.string() + ": is a directory");
  std::string bytes;
  bytes.resize(static_cast<std::size_t>(info.st_size) + 1);
  std::size_t used = 0;
  for (;;) {
    const ssize_t n = ::read(fd.get(), bytes.data() + used, bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error("read " + path.string(), errno);
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
    if (used > max_bytes) {
      return Error{ErrorKind::too_large,
                   "read " + path.string() + ": more than " + std::to_string(max_bytes) + " bytes"};
    }
    if (used == bytes.size()) bytes.resize(bytes.size() * 2);
  }
  bytes.resize(used);
  return bytes;
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, bool sync) {
  TRY(Fd fd, open_file(path, O_WRONLY | O_CREAT | O_TRUNC));
  if (const int failed = write_all(fd.get(), bytes))
    return errno_error("write " + path.string(), failed);
  if (sync && ::fsync(fd.get()) != 0) return errno_error("sync " + path.string(), errno);
  return {};
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path aside = path;
  aside += ".tmp";
  auto written = write_file(aside, bytes, true);
  if (written && ::rename(aside.c_str(), path.c_str()) != 0) {
    written = errno_error("rename to " + path.string(), errno);
  }
  if (!written) {
    ::unlink(aside.c_str());
    return written;
  }
  return sync_directory(path.parent_path());
}

Result<void> sync_directory(const std::filesystem::path& path) {
  TRY(Fd fd, open_file(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(fd.get()) != 0) return errno_error("sync " + path.string(), errno);
  return {};
}

Result<void> sync_file_system(const std::filesystem::path& path) {
  TRY(Fd fd, open_file(path, O_RDONLY));
  if (::syncfs(fd.get()) != 0) return errno_error("syncfs " + path.string(), errno);
  return {};
}

Result<void> make_directories(const std::filesystem::path& path) {
  std::error_code ec;
  std::filesystem::create_directories(path, ec);
  if (ec) return io_error("create " + path.string() + ": " + ec.message());
  return {};
}

Result<std::uintmax_t> free_bytes(const std::filesystem::path& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return errno_error("statvfs " + path.string(), errno);
  return static_cast<std::uintmax_t>(info.f_bavail) * info.f_frsize;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = std::filesystem::temp_directory_path() / "jobledger-XXXXXX";
  CHECK(::mkdtemp(pattern.data()) != nullptr, "mkdtemp {}: errno {}", pattern, errno);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace jobledger
