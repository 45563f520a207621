// SPDX-License-Identifier: MIT
// Which folder the root of the archive is. A file system that is mounted over it or taken away, a
// link that is turned, a folder that is exchanged: the path stays, the folder behind it changes.
// Nothing may be written then, neither into the folder that nobody sees any more nor into the
// other.
//
// Executor: any thread; check() asks the file system. Immutable.
#pragma once

#include "base/file.h"
#include "base/result.h"

#include <filesystem>
#include <memory>

namespace jobledger::archive {

class RootWatch {
 public:
  // Remembers the folder that is there now; io or not_found when there is none.
  static Result<std::shared_ptr<const RootWatch>> begin(std::filesystem::path root);

  // `unavailable`, and why, while the path does not lead to that folder.
  Result<void> check() const;
  // Whether the open folder is that folder.
  bool is_root(const Fd& folder) const;

 private:
  RootWatch(std::filesystem::path root, Fd folder)
      : root_(std::move(root)), folder_(std::move(folder)) {}

  const std::filesystem::path root_;
  const Fd folder_;  // as long as it is open, no other folder can get its number
};

// Whether both descriptors are of one folder or file. False also when one cannot be asked.
bool is_same_file(int a, int b);

}  // namespace jobledger::archive
