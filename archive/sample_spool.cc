// SPDX-License-Identifier: MIT
#include "archive/sample_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace jobledger::archive {
namespace {

constexpr const char* kName = "samples.tmp";  // where files without a name are not to be had

Error spool_error(std::string_view what) {
  Error error = errno_error(what, errno);
  error.kind = ErrorKind::unavailable;  // what hinders us in our own folder hinders all jobs
  return error;
}

Result<Fd> make_file(int folder) {
  Fd fd(::openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  fd = Fd(::openat(folder, kName, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return spool_error("create a file for samples in the staging folder");
  ::unlinkat(folder, kName, 0);
  return fd;
}

}  // namespace

SampleSpool::SampleSpool(int folder, std::size_t memory_bytes)
    : folder_(folder), memory_samples_(memory_bytes / sizeof(float)) {}

Result<std::uint64_t> SampleSpool::put(std::span<const float> samples) {
  const std::uint64_t place = in_file_ + memory_.size();
  while (!samples.empty()) {
    if (memory_.size() >= memory_samples_) TRY(move_to_file());
    const std::size_t room = std::max<std::size_t>(memory_samples_, 1) - memory_.size();
    const auto some = samples.first(std::min(samples.size(), room));
    memory_.insert(memory_.end(), some.begin(), some.end());
    samples = samples.subspan(some.size());
  }
  return place;
}

Result<void> SampleSpool::move_to_file() {
  if (!file_) {
    TRY(file_, make_file(folder_));
  }
  const std::string_view bytes(reinterpret_cast<const char*>(memory_.data()),
                               memory_.size() * sizeof(float));
  const auto at = static_cast<off_t>(in_file_ * sizeof(float));
  if (::lseek(file_.get(), at, SEEK_SET) != at) return spool_error("seek in a file for samples");
  errno = write_all(file_.get(), bytes);
  if (errno != 0) return spool_error("write samples into the staging folder");
  in_file_ += memory_.size();
  memory_.clear();
  return {};
}

Result<void> SampleSpool::read(std::uint64_t place, std::span<float> out) const {
  while (!out.empty() && place < in_file_) {
    const std::size_t count = std::min<std::uint64_t>(out.size(), in_file_ - place);
    const ssize_t read = ::pread(file_.get(), out.data(), count * sizeof(float),
                                 static_cast<off_t>(place * sizeof(float)));
    if (read < 0 && errno == EINTR) continue;
    if (read < static_cast<ssize_t>(sizeof(float)))
      return spool_error("read samples from the staging folder");
    const auto got = static_cast<std::size_t>(read) / sizeof(float);
    place += got;
    out = out.subspan(got);
  }
  if (out.empty()) return {};
  const auto from = memory_.begin() + static_cast<std::ptrdiff_t>(place - in_file_);
  std::copy_n(from, out.size(), out.begin());
  return {};
}

void SampleSpool::clear() {
  memory_.clear();
  in_file_ = 0;
}

}  // namespace jobledger::archive
