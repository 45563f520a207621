// SPDX-License-Identifier: MIT
// A job's data file while it is written, piece by piece, in the staging folder (tree_writer.h).
//
// Executor: one thread. Lifetime: of one job, shorter than the TreeWriter's; the file goes with the
// object unless a job's folder took it. Failure: `unavailable`, as what hinders us in our own
// folder hinders all jobs.
#pragma once

#include "base/file.h"
#include "base/gzip_stream.h"
#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace jobledger::archive {

class StagedFile {
 public:
  // Texts longer than `compress_bytes` are packed. `folder` stays open as long as this lives.
  static Result<StagedFile> create(int folder, std::string name, std::size_t compress_bytes,
                                   int gzip_level);
  StagedFile(StagedFile&& other) noexcept;
  ~StagedFile();

  Result<void> write(std::string_view bytes);
  Result<void> finish();  // once, before move_to()

  bool packed() const { return gzip_.has_value(); }
  // Renames it; `to` is relative to the staging folder.
  Result<void> move_to(const std::string& to);

 private:
  StagedFile(int folder, std::string name, Fd fd, std::size_t compress_bytes, int gzip_level);
  Result<void> put(std::string_view bytes);

  int folder_;
  std::string name_;  // empty: moved
  Fd fd_;
  std::size_t compress_bytes_;
  int gzip_level_;
  std::string waiting_;  // as long as it is not known whether to pack; then what is packed
  std::optional<GzipWriter> gzip_;
};

}  // namespace jobledger::archive
