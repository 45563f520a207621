// SPDX-License-Identifier: MIT
#include "archive/tree_writer.h"

#include "archive/entries.h"
#include "archive/job_folder.h"
#include "archive/job_path.h"
#include "base/gzip.h"
#include "base/log.h"
#include "schema/job_json.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace jobledger::archive {
namespace {

constexpr std::string_view kEmptyData = "{}\n";

// What concerns every job alike becomes `unavailable`.
Error tree_error(std::string_view what, int error_number) {
  Error error = errno_error(what, error_number);
  switch (error_number) {
    case EROFS:
    case ENOSPC:
    case EDQUOT:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENODEV:
    case ESTALE:
      error.kind = ErrorKind::unavailable;
      break;
    default:
      error.kind = ErrorKind::io;
  }
  return error;
}

// Whatever hinders us in our own staging folder hinders all jobs.
Error staging_error(std::string_view what, int error_number) {
  Error error = errno_error(what, error_number);
  error.kind = ErrorKind::unavailable;
  return error;
}

Result<Fd> open_folder(const std::filesystem::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return staging_error("open " + path.string(), errno);
  return fd;
}

bool exists_at(int dir, const char* name) {
  struct stat info {};
  return ::fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

// The record as it is to stand in the archive.
schema::Job archived_form(const schema::Job& job) {
  schema::Job out = job;
  out.monitoring_status = schema::MonitoringStatus::archived;
  for (schema::Tag& tag : out.tags) tag.id = 0;
  return out;
}

}  // namespace

TreeWriter::TreeWriter(Config config, std::function<void(std::string_view)> at_point,
                       std::shared_ptr<const RootWatch> root)
    : config_(std::move(config)), at_point_(std::move(at_point)), watch_(std::move(root)) {}

TreeWriter::~TreeWriter() {
  // An empty staging folder is in nobody's way, but a hidden one inside the root would be: other
  // programs take it for a cluster.
  if (prepared_) ::rmdir(staging_path(config_).c_str());
}

void TreeWriter::reach(std::string_view point) const {
  if (at_point_) at_point_(point);
}

Result<void> TreeWriter::prepare() {
  const std::lock_guard lock(preparing_);
  if (prepared_) {
    TRY(watch_->check());
    return keep_staging();
  }
  TRY(open_folders());
  TRY(remove_leftovers());
  prepared_ = true;
  return {};
}

Result<void> TreeWriter::open_folders() {
  if (!watch_) {
    auto found = RootWatch::begin(config_.path);
    if (!found) return Error{ErrorKind::unavailable, found.error().detail};
    watch_ = *std::move(found);
  }
  TRY(watch_->check());
  TRY(Fd root, open_folder(config_.path));
  TRY(Fd staging, open_staging(root));
  if (!watch_->is_root(root))
    return Error{ErrorKind::unavailable, config_.path.string() + ": is being exchanged"};
  root_ = std::move(root);
  staging_ = std::move(staging);
  return {};
}

Result<Fd> TreeWriter::open_staging(const Fd& root) const {
  const auto path = staging_path(config_);
  const std::string advice =
      "set archive.staging to a folder on the archive's file system that the daemon may write, "
      "such as " +
      (config_.path / ".staging").string();
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
    Error error = staging_error("create staging folder " + path.string(), errno);
    error.detail += "; " + advice;
    return error;
  }
  TRY(Fd staging, open_folder(path));
  struct stat root_info {
  }, staging_info{};
  if (::fstat(root.get(), &root_info) != 0 || ::fstat(staging.get(), &staging_info) != 0)
    return staging_error("stat " + path.string(), errno);
  if (root_info.st_dev != staging_info.st_dev) {
    ::rmdir(path.c_str());
    return Error{ErrorKind::invalid, "staging folder " + path.string() +
                                         ": not on the file system of " + config_.path.string() +
                                         "; " + advice};
  }
  if (::flock(staging.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorKind::unavailable,
                 "staging folder " + path.string() + ": another process archives here"};
  }
  return staging;
}

// Others use the descriptor meanwhile, so its number stays: dup3() exchanges what it stands for.
Result<void> TreeWriter::keep_staging() {
  const auto path = staging_path(config_);
  const Fd now(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (now && is_same_file(now.get(), staging_.get())) return {};
  auto anew = open_staging(root_);
  if (!anew) return Error{ErrorKind::unavailable, anew.error().detail};
  LOG(warning, "archive", "the staging folder was removed, made anew path={}", path.string());
  if (::dup3(anew->get(), staging_.get(), O_CLOEXEC) < 0) return staging_error("dup", errno);
  return remove_leftovers();
}

Result<void> TreeWriter::remove_leftovers() {
  const auto path = staging_path(config_);
  std::error_code error;
  std::uintmax_t removed = 0;
  std::filesystem::directory_iterator entries(path, error), end;
  for (; !error && entries != end; entries.increment(error)) {
    std::filesystem::remove_all(entries->path(), error);
    if (error) break;
    ++removed;
  }
  if (error) {
    return Error{ErrorKind::unavailable, "clean " + path.string() + ": " + error.message()};
  }
  if (removed > 0)
    LOG(info, "archive", "removed what a crash left behind jobs={} in={}", removed, path.string());
  return {};
}

Result<Staged> TreeWriter::stage(const schema::Job& job, const JobData& data) {
  TRY(check_cluster_name(job.cluster));
  Staged staged;
  staged.name = next_name();
  staged.target = job_path(job);
  staged.keep_data = std::holds_alternative<NoMetrics>(data);
  thread_local std::string json;
  json.clear();
  schema::write_meta_json(json, archived_form(job));
  if (json.size() > config_.max_meta_bytes)
    return Error{ErrorKind::too_large, staged.target + "/meta.json: longer than may be read back"};
  if (::mkdirat(staging_.get(), staged.name.c_str(), 0777) != 0)
    return staging_error("create " + (staging_path(config_) / staged.name).string(), errno);
  auto written = write_at(staged.name + "/" + kMetaFile, json);
  if (written) {
    auto name = write_data(staged.name, data);
    if (name)
      staged.data_name = *name;
    else
      written = std::move(name).error();
  }
  if (!written) {
    discard(staged);
    return std::move(written).error();
  }
  reach("staged");
  return staged;
}

Result<StagedFile> TreeWriter::create_data() {
  return StagedFile::create(staging_.get(), next_name(), config_.compress_bytes,
                            config_.gzip_level);
}

Result<const char*> TreeWriter::write_data(const std::string& folder, const JobData& data) {
  if (const auto* file = std::get_if<DataFile>(&data)) {
    const char* name = file->packed ? kPackedDataFile : kDataFile;
    TRY(copy_data(folder + "/" + name, *file));
    return name;
  }
  if (const auto* file = std::get_if<StagedFile*>(&data)) {
    const char* name = (*file)->packed() ? kPackedDataFile : kDataFile;
    TRY((*file)->move_to(folder + "/" + name));
    return name;
  }
  const auto* metrics = std::get_if<const schema::MetricData*>(&data);
  if (metrics == nullptr) {
    TRY(write_at(folder + "/" + kDataFile, kEmptyData));
    return kDataFile;
  }
  std::string json;
  schema::write_metric_data(json, **metrics);
  const bool packed = json.size() > config_.compress_bytes;
  const char* name = packed ? kPackedDataFile : kDataFile;
  TRY(write_at(folder + "/" + name, packed ? gzip(json, config_.gzip_level) : json));
  return name;
}

Result<void> TreeWriter::write_at(const std::string& path, std::string_view bytes) {
  Fd fd(::openat(staging_.get(), path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const auto full = [&] { return (staging_path(config_) / path).string(); };
  if (!fd) return staging_error("create " + full(), errno);
  if (const int failed = write_all(fd.get(), bytes))
    return staging_error("write " + full(), failed);
  return {};
}

Result<void> TreeWriter::copy_data(const std::string& to, const DataFile& from) {
  Fd in(::open(from.path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!in) return errno_error("open " + from.path.string(), errno);
  struct stat info {};
  if (::fstat(in.get(), &info) != 0) return errno_error("stat " + from.path.string(), errno);
  if (!S_ISREG(info.st_mode)) return invalid(from.path.string() + ": is not a regular file");
  Fd out(::openat(staging_.get(), to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const auto full = [&] { return (staging_path(config_) / to).string(); };
  if (!out) return staging_error("create " + full(), errno);
  std::array<char, 64u << 10> buffer;
  for (;;) {
    const ssize_t n = ::read(in.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error("read " + from.path.string(), errno);
    if (n == 0) return {};
    if (const int failed = write_all(out.get(), {buffer.data(), static_cast<std::size_t>(n)}))
      return staging_error("write " + full(), failed);
  }
}

Result<void> TreeWriter::sync() {
  // The descriptor stays open so that a write that failed in the background is reported here.
  if (::syncfs(staging_.get()) != 0) return staging_error("sync " + config_.path.string(), errno);
  TRY(watch_->check());
  reach("synced");
  return {};
}

// The cluster's folder may be a link, what is below it may not (entries.h).
Result<Fd> TreeWriter::make_parents(const std::string& target) {
  std::size_t begin = target.find('/') + 1;
  Fd folder(
      ::openat(root_.get(), target.substr(0, begin).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return tree_error("open " + target.substr(0, begin), errno);
  for (std::size_t end = 0; (end = target.find('/', begin)) != target.npos; begin = end + 1) {
    const std::string part = target.substr(begin, end - begin);
    if (::mkdirat(folder.get(), part.c_str(), 0777) != 0 && errno != EEXIST)
      return tree_error("create " + target.substr(0, end), errno);
    Fd next(::openat(folder.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return tree_error("open " + target.substr(0, end), errno);
    folder = std::move(next);
  }
  return folder;
}

Result<void> TreeWriter::place(const Staged& staged) {
  TRY(const Fd parent, make_parents(staged.target));
  reach("parents made");
  const std::string name = staged.target.substr(staged.target.rfind('/') + 1);
  const int done = ::renameat(staging_.get(), staged.name.c_str(), parent.get(), name.c_str());
  if (done == 0) {
    reach("placed");
    return {};
  }
  if (errno == ENOTEMPTY || errno == EEXIST) return replace_files(staged);
  return tree_error("rename to " + staged.target, errno);
}

Result<void> TreeWriter::replace_files(const Staged& staged) {
  auto target = open_archive_folder(root_.get(), staged.target);
  if (!target) return std::move(target).error().in(staged.target);
  TRY(replace_data(staged, target->get()));
  reach("data replaced");
  const std::string meta = staged.name + "/" + kMetaFile;
  if (::renameat(staging_.get(), meta.c_str(), target->get(), kMetaFile) != 0)
    return tree_error("rename to " + staged.target + "/" + kMetaFile, errno);
  discard(staged);
  reach("placed");
  return {};
}

Result<void> TreeWriter::replace_data(const Staged& staged, int target) {
  const bool packed = staged.data_name == std::string_view(kPackedDataFile);
  const char* twin = packed ? kDataFile : kPackedDataFile;
  const bool has_twin = exists_at(target, twin);
  if (staged.keep_data && (has_twin || exists_at(target, staged.data_name))) return {};
  const std::string from = staged.name + "/" + staged.data_name;
  if (::renameat(staging_.get(), from.c_str(), target, staged.data_name) != 0)
    return tree_error("rename to " + staged.target + "/" + staged.data_name, errno);
  if (!has_twin) return {};
  // A twin may go only when its successor is there for good.
  if (::fsync(target) != 0) return tree_error("sync " + staged.target, errno);
  reach("twin left");
  if (::unlinkat(target, twin, 0) != 0)
    return tree_error("remove " + staged.target + "/" + twin, errno);
  return {};
}

void TreeWriter::discard(const Staged& staged) {
  for (const char* name : {kMetaFile, kDataFile, kPackedDataFile})
    ::unlinkat(staging_.get(), (staged.name + "/" + name).c_str(), 0);
  ::unlinkat(staging_.get(), staged.name.c_str(), AT_REMOVEDIR);
}

bool TreeWriter::has_job(std::string_view path) const {
  return exists_at(root_.get(), std::string(path).c_str());
}

}  // namespace jobledger::archive
