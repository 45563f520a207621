// SPDX-License-Identifier: MIT
#include "archive/root_watch.h"

#include "archive/entries.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace jobledger::archive {
namespace {

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

bool is_same_file(int a, int b) {
  struct stat first {
  }, second{};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && is_same(first, second);
}

Result<std::shared_ptr<const RootWatch>> RootWatch::begin(std::filesystem::path root) {
  Fd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return errno_error("open " + root.string(), errno);
  return std::shared_ptr<const RootWatch>(new RootWatch(std::move(root), std::move(folder)));
}

Result<void> RootWatch::check() const {
  struct stat first {
  }, now{};
  const auto gone = [this](const std::string& why) {
    return Error{ErrorKind::unavailable,
                 root_.string() + ": " + why + "; nothing is archived until that folder is back"};
  };
  if (::stat(root_.c_str(), &now) != 0) {
    return gone("the archive's folder is gone (" + errno_error("stat", errno).detail + ")");
  }
  if (::fstat(folder_.get(), &first) != 0 || !is_same(first, now)) {
    return gone(
        "another folder or file system is there than at the start (mounted, unmounted or "
        "exchanged); if the new one is right, restart the daemon");
  }
  return {};
}

bool RootWatch::is_root(const Fd& folder) const {
  return is_same_file(folder_.get(), folder.get());
}

}  // namespace jobledger::archive
