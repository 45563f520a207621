// SPDX-License-Identifier: MIT
#include "archive/data_file.h"

#include "archive/entries.h"
#include "archive/job_folder.h"
#include "archive/job_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace jobledger::archive {
namespace {

constexpr std::size_t kPackedRoom = 256u << 10;
constexpr std::size_t kLeastGzip = 18;  // bytes of an empty member

Result<Fd> open_file(const Fd& folder, const char* name) {
  Fd fd(::openat(folder.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return errno_error("open", errno);
  return fd;
}

}  // namespace

Result<DataFileReader> DataFileReader::open(const Config& config, const schema::NaturalKey& key) {
  const auto path = config.path / job_path(key);
  auto folder = open_job_folder(config.path, key);
  if (!folder) return std::move(folder).error().in(path.string());
  for (const bool packed : {true, false}) {
    const char* name = packed ? kPackedDataFile : kDataFile;
    auto fd = open_file(*folder, name);
    if (!fd && packed && fd.error().kind == ErrorKind::not_found) continue;
    if (!fd) return std::move(fd).error().in((path / name).string());
    DataFileReader reader(*std::move(fd), path / name, packed, config.max_data_bytes);
    TRY(reader.look_at_end());
    return reader;
  }
  return Error{ErrorKind::internal, "no name of a data file"};
}

DataFileReader::DataFileReader(Fd fd, std::filesystem::path path, bool packed,
                               std::uint64_t max_bytes)
    : fd_(std::move(fd)), path_(std::move(path)), packed_(packed), max_bytes_(max_bytes) {}

// The last four bytes of a gzip member are the length of its text.
Result<void> DataFileReader::look_at_end() {
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) return errno_error("stat " + path_.string(), errno);
  if (!S_ISREG(info.st_mode)) return invalid(path_.string() + ": is not a regular file");
  least_bytes_ = static_cast<std::uint64_t>(info.st_size);
  if (!packed_ || least_bytes_ < kLeastGzip) return {};
  std::array<unsigned char, 4> end{};
  if (::pread(fd_.get(), end.data(), end.size(), info.st_size - 4) != 4)
    return io_error("read " + path_.string());
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < end.size(); ++i) size |= std::uint64_t{end[i]} << (8 * i);
  least_bytes_ = std::max(least_bytes_, size);
  return {};
}

Result<void> DataFileReader::begin() {
  if (::lseek(fd_.get(), 0, SEEK_SET) != 0) return errno_error("seek " + path_.string(), errno);
  done_ = 0;
  waiting_ = {};
  gunzip_.reset();
  if (packed_) gunzip_.emplace();
  return {};
}

Result<std::size_t> DataFileReader::read(std::span<char> out, const sources::Stop& stop) {
  if (stop.asked()) return Error{ErrorKind::cancelled, "reading metrics was stopped"};
  auto got = packed_ ? read_text(out) : read_file(out);
  if (!got) return std::move(got).error().in(path_.string());
  done_ += *got;
  if (done_ > max_bytes_) {
    return Error{ErrorKind::too_large,
                 path_.string() + ": longer than " + std::to_string(max_bytes_) + " bytes"};
  }
  return got;
}

Result<std::size_t> DataFileReader::read_file(std::span<char> out) {
  for (;;) {
    const ssize_t got = ::read(fd_.get(), out.data(), out.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return errno_error("read", errno);
  }
}

Result<std::size_t> DataFileReader::read_text(std::span<char> out) {
  for (;;) {
    TRY(const std::size_t got, gunzip_->read(waiting_, out));
    if (got > 0) return got;
    if (!waiting_.empty()) continue;
    room_.resize(kPackedRoom);
    TRY(const std::size_t more, read_file(room_));
    if (more > 0) {
      waiting_ = std::string_view(room_).substr(0, more);
      continue;
    }
    if (!gunzip_->at_end()) return Error{ErrorKind::corrupt, "gzip: cut off"};
    return std::size_t{0};
  }
}

}  // namespace jobledger::archive
