// SPDX-License-Identifier: MIT
// The traversal of a job-archive tree, cut into units that threads can share: one unit is one
// <cluster>/<jobId / 1000> folder.
//
// What is not a job's folder is stepped over and named, never a stop: files where folders belong,
// folders whose names are no numbers, folders that cannot be read. Symbolic links are not followed.
// Hidden folders of the root are ignored.
#pragma once

#include "archive/entries.h"
#include "base/result.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::archive {

// One job's folder; views hold during the call.
struct FoundJob {
  std::string_view path;  // relative to the root
  int parent = -1;        // descriptor of the folder above
  std::string_view name;  // in there: the start time
};

struct WalkVisitor {
  std::function<void(const FoundJob&)> job;
  // What was stepped over: its path relative to the root, and why.
  std::function<void(std::string_view path, std::string_view why)> stray;
};

// The folders of the root that hold clusters, sorted. `stray` gets what else is there, apart from
// the files of the format.
Result<std::vector<std::string>> list_clusters(const std::filesystem::path& root,
                                               const std::filesystem::path& staging,
                                               std::vector<std::string>* stray = nullptr);

class Walk {
 public:
  // Lists the units of these clusters.
  static Result<Walk> open(const std::filesystem::path& root,
                           const std::vector<std::string>& clusters, const WalkVisitor& visitor);

  std::size_t units() const { return units_.size(); }

  // One thread's way through units; any number side by side.
  class Walker {
   public:
    explicit Walker(const Walk& walk) : walk_(walk) {}
    void visit(std::size_t unit, const WalkVisitor& visitor);

   private:
    void visit_starts(int dir, const WalkVisitor& visitor);
    const Walk& walk_;
    EntryReader ids_, starts_;
    std::string path_;
  };

 private:
  Walk() = default;
  Fd root_;
  std::vector<std::string> units_;  // "<cluster>/<number>"
};

}  // namespace jobledger::archive
