// SPDX-License-Identifier: MIT
// Real archive files for tests, which are not part of this repository.
#pragma once

#include "base/file.h"
#include "base/gzip.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace jobledger::test {

// Where JOBLEDGER_SHARED_DATA says, else ../shared/data/archive beside the repository.
inline std::filesystem::path shared_archive() {
  const char* given = std::getenv("JOBLEDGER_SHARED_DATA");
  if (given != nullptr) return std::filesystem::path(given);
  return std::filesystem::path(JOBLEDGER_SOURCE_ROOT) / "../shared/data/archive";
}

// Empty, with a message, when the file of that name is not in the folder.
inline std::filesystem::path folder_with(const std::filesystem::path& path, const char* file) {
  if (std::filesystem::exists(path / file)) return path;
  MESSAGE("skipped: no such files in ", path.string());
  return {};
}

inline std::filesystem::path archive_files() {
  return folder_with(shared_archive(), "version.txt");
}

// What was recorded from a real scheduler; it lies beside the archive.
inline std::filesystem::path slurm_files() {
  return folder_with(shared_archive().parent_path() / "slurm", "requeue.events");
}

inline std::string file_text(const std::filesystem::path& path) {
  constexpr std::size_t kLimit = 64u << 20;
  Result<std::string> bytes = read_file(path, kLimit);
  REQUIRE_MESSAGE(bytes.has_value(), path.string());
  if (path.extension() != ".gz") return *std::move(bytes);
  Result<std::string> text = gunzip(*bytes, kLimit);
  REQUIRE(text.has_value());
  return *std::move(text);
}

}  // namespace jobledger::test
