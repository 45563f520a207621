// SPDX-License-Identifier: MIT
#include "archive/tree.h"

#include "archive/entries.h"
#include "archive/job_folder.h"
#include "archive/job_path.h"
#include "archive/walk.h"
#include "base/file.h"
#include "base/gzip.h"
#include "schema/job_json.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace jobledger::archive {
namespace {

constexpr std::uint64_t kVersion = 3;
constexpr std::size_t kMaxVersionBytes = 64;

Result<std::string> read_whole(const std::filesystem::path& path, std::size_t max_bytes) {
  FileReader reader;
  auto bytes = reader.read(AT_FDCWD, path.c_str(), max_bytes, Links::follow);
  if (!bytes) return std::move(bytes).error().in(path.string());
  return std::string(*bytes);
}

Result<void> check_version_text(std::string_view text, const std::filesystem::path& file) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size()) {
    return invalid(
        fmt::format("{}: expected the number {}, found \"{}\"", file.string(), kVersion, text));
  }
  if (version != kVersion) {
    return invalid(fmt::format("{}: the archive has version {}; this program reads version {}",
                               file.string(), version, kVersion));
  }
  return {};
}

// Whether the root holds anything that is neither hidden nor the file system's own.
Result<bool> is_in_use(const std::filesystem::path& root) {
  std::error_code error;
  std::filesystem::directory_iterator entries(root, error), end;
  for (; !error && entries != end; entries.increment(error)) {
    if (!is_no_cluster(entries->path().filename().native())) return true;
  }
  if (error) return io_error(root.string() + ": " + error.message());
  return false;
}

// An absent or empty folder becomes an archive, any other stays as it is.
Result<void> make_root(const std::filesystem::path& root) {
  const auto file = root / kVersionFile;
  const auto text = read_whole(file, kMaxVersionBytes);
  if (text || text.error().kind != ErrorKind::not_found) return {};
  TRY(make_directories(root));
  TRY(const bool in_use, is_in_use(root));
  if (in_use) {
    return invalid(
        fmt::format("{}: missing, though the folder is not empty: it is not a job "
                    "archive, or one that its migration tool has to bring to version {}",
                    file.string(), kVersion));
  }
  return replace_file(file, fmt::format("{}\n", kVersion));
}

Result<schema::Cluster> load_cluster(const Config& config, const std::string& name,
                                     std::vector<std::string>& warnings) {
  const auto file = config.path / name / kClusterFile;
  TRY(const std::string json, read_whole(file, config.max_cluster_bytes));
  std::vector<std::string> found;
  auto cluster = schema::parse_cluster(json, &found);
  if (!cluster) return std::move(cluster).error().in(file.string());
  for (const std::string& warning : found) warnings.push_back(file.string() + ": " + warning);
  if (cluster->name != name) {
    return invalid(fmt::format("{}: name: the cluster is called \"{}\", its folder \"{}\"",
                               file.string(), cluster->name, name));
  }
  return cluster;
}

}  // namespace

Result<void> check_version(const std::filesystem::path& root) {
  const auto file = root / kVersionFile;
  TRY(const std::string text, read_whole(file, kMaxVersionBytes));
  return check_version_text(text, file);
}

Result<Tree> Tree::open(Config config, OpenMode mode) {
  if (mode == OpenMode::write) TRY(make_root(config.path));
  Tree tree;
  TRY(tree.root_, RootWatch::begin(config.path));
  TRY(check_version(config.path));
  std::vector<std::string> stray;
  TRY(tree.names_, list_clusters(config.path, staging_path(config), &stray));
  for (const std::string& name : stray)
    tree.warnings_.push_back((config.path / name).string() + ": is not part of the archive");
  std::vector<schema::Cluster> clusters;
  for (const std::string& name : tree.names_) {
    TRY(schema::Cluster cluster, load_cluster(config, name, tree.warnings_));
    clusters.push_back(std::move(cluster));
  }
  TRY(tree.root_->check());  // all of that was read from one folder
  tree.clusters_ = std::make_shared<const schema::Clusters>(std::move(clusters));
  tree.config_ = std::move(config);
  return tree;
}

Result<schema::Job> Tree::read_meta(const schema::NaturalKey& key) const {
  const auto file = config_.path / job_path(key) / kMetaFile;
  FileReader reader;
  const auto read = [&]() -> Result<std::string_view> {
    TRY(const Fd folder, open_job_folder(config_.path, key));
    return reader.read(folder.get(), kMetaFile, config_.max_meta_bytes);
  };
  auto json = read();
  if (!json) TRY(root_->check());
  if (!json) return std::move(json).error().in(file.string());
  auto job = schema::parse_meta_json(*json);
  if (!job) return std::move(job).error().in(file.string());
  return job;
}

Result<std::string> Tree::read_data_json(const schema::NaturalKey& key,
                                         std::size_t max_bytes) const {
  max_bytes = std::min(max_bytes, config_.max_data_bytes);
  const auto path = config_.path / job_path(key);
  const auto folder = open_job_folder(config_.path, key);
  if (!folder) TRY(root_->check());
  if (!folder) return Error(folder.error()).in(path.string());
  FileReader reader;
  // Compressed data counts first, as other readers do it.
  const auto packed = path / kPackedDataFile;
  auto bytes = reader.read(folder->get(), kPackedDataFile, max_bytes);
  if (bytes) {
    auto json = gunzip(*bytes, max_bytes);
    if (!json) return std::move(json).error().in(packed.string());
    return json;
  }
  if (bytes.error().kind != ErrorKind::not_found)
    return std::move(bytes).error().in(packed.string());
  const auto plain = path / kDataFile;
  bytes = reader.read(folder->get(), kDataFile, max_bytes);
  if (!bytes) TRY(root_->check());
  if (!bytes) return std::move(bytes).error().in(plain.string());
  return std::string(*bytes);
}

Result<schema::MetricData> Tree::read_data(const schema::NaturalKey& key,
                                           std::size_t max_bytes) const {
  TRY(const std::string json, read_data_json(key, max_bytes));
  schema::JsonLimits limits = schema::kMetricDataLimits;
  limits.max_bytes = std::min(max_bytes, config_.max_data_bytes);
  auto data = schema::parse_metric_data(json, nullptr, limits);
  if (!data) return std::move(data).error().in("metric data of " + job_path(key));
  return data;
}

Result<void> Tree::for_each_job(const Visitor& visitor) const {
  FileReader reader;
  std::string name;
  WalkVisitor inner;
  inner.stray = [&](std::string_view path, std::string_view why) {
    visitor.problem(path, invalid(std::string(why)));
  };
  inner.job = [&](const FoundJob& found) {
    name.assign(found.name).append("/").append(kMetaFile);
    auto json = reader.read(found.parent, name.c_str(), config_.max_meta_bytes);
    if (!json) return visitor.problem(found.path, std::move(json).error().in(kMetaFile));
    auto job = schema::parse_meta_json(*json);
    if (!job) return visitor.problem(found.path, std::move(job).error().in(kMetaFile));
    visitor.job(found.path, *std::move(job));
  };
  TRY(const Walk walk, Walk::open(config_.path, names_, inner));
  Walk::Walker walker(walk);
  for (std::size_t unit = 0; unit < walk.units(); ++unit) walker.visit(unit, inner);
  return {};
}

}  // namespace jobledger::archive
