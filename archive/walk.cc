// SPDX-License-Identifier: MIT
#include "archive/walk.h"

#include "archive/job_path.h"

#include <fcntl.h>

#include <algorithm>

namespace jobledger::archive {
namespace {

constexpr std::string_view kNotFolder = "not a folder";
constexpr std::string_view kNotNumber = "the folder's name is not a number";
constexpr const char* kCompressionFile = "compress.txt";

// Empty when the entry can be a part of a job's path.
std::string_view objection(const Entry& entry) {
  if (!entry.is_directory) return kNotFolder;
  return is_number(entry.name) ? std::string_view() : kNotNumber;
}

}  // namespace

Result<std::vector<std::string>> list_clusters(const std::filesystem::path& root,
                                               const std::filesystem::path& staging,
                                               std::vector<std::string>* stray) {
  Fd dir(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return errno_error("open " + root.string(), errno);
  std::error_code ignored;
  std::vector<std::string> clusters;
  EntryReader reader;
  reader.begin(dir.get());
  Entry entry;
  for (;;) {
    auto more = reader.next(entry);
    if (!more) return std::move(more).error().in(root.string());
    if (!*more) break;
    if (is_no_cluster(entry.name)) continue;
    if (!entry.is_directory) {
      const bool known = entry.name == kVersionFile || entry.name == kCompressionFile;
      if (stray != nullptr && !known) stray->emplace_back(entry.name);
    } else if (!std::filesystem::equivalent(root / entry.name, staging, ignored)) {
      clusters.emplace_back(entry.name);
    }
  }
  std::sort(clusters.begin(), clusters.end());
  return clusters;
}

Result<Walk> Walk::open(const std::filesystem::path& root, const std::vector<std::string>& clusters,
                        const WalkVisitor& visitor) {
  Walk walk;
  walk.root_ = Fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!walk.root_) return errno_error("open " + root.string(), errno);
  EntryReader reader;
  for (const std::string& cluster : clusters) {
    auto dir = open_directory_at(walk.root_.get(), cluster.c_str());
    if (!dir) {
      visitor.stray(cluster, dir.error().detail);
      continue;
    }
    reader.begin(dir->get());
    Entry entry;
    for (;;) {
      auto more = reader.next(entry);
      if (!more) visitor.stray(cluster, more.error().detail);
      if (!more || !*more) break;
      std::string path = cluster + "/";
      path += entry.name;
      const auto why = objection(entry);
      if (why.empty())
        walk.units_.push_back(std::move(path));
      else if (entry.name != kClusterFile)
        visitor.stray(path, why);
    }
  }
  std::sort(walk.units_.begin(), walk.units_.end());
  return walk;
}

void Walk::Walker::visit(std::size_t unit, const WalkVisitor& visitor) {
  path_ = walk_.units_[unit];
  const std::size_t base = path_.size();
  auto dir = open_directory_at(walk_.root_.get(), path_.c_str());
  if (!dir) return visitor.stray(path_, dir.error().detail);
  ids_.begin(dir->get());
  Entry entry;
  for (;;) {
    path_.resize(base);
    auto more = ids_.next(entry);
    if (!more) visitor.stray(path_, more.error().detail);
    if (!more || !*more) return;
    path_ += '/';
    path_ += entry.name;
    if (const auto why = objection(entry); !why.empty()) {
      visitor.stray(path_, why);
      continue;
    }
    auto inner = open_directory_at(dir->get(), entry.name.data());
    if (inner)
      visit_starts(inner->get(), visitor);
    else
      visitor.stray(path_, inner.error().detail);
  }
}

void Walk::Walker::visit_starts(int dir, const WalkVisitor& visitor) {
  const std::size_t base = path_.size();
  starts_.begin(dir);
  Entry entry;
  for (;;) {
    path_.resize(base);
    auto more = starts_.next(entry);
    if (!more) visitor.stray(path_, more.error().detail);
    if (!more || !*more) return;
    path_ += '/';
    path_ += entry.name;
    if (const auto why = objection(entry); !why.empty())
      visitor.stray(path_, why);
    else
      visitor.job({path_, dir, entry.name});
  }
}

}  // namespace jobledger::archive
