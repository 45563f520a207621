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

// Where JOBLEDGER_SHARED_DATA says, else ../shared/data/archive beside the repository; empty, with
// a message, when there is none.
inline std::filesystem::path archive_files() {
  const char* given = std::getenv("JOBLEDGER_SHARED_DATA");
  const std::filesystem::path path =
      given != nullptr ? std::filesystem::path(given)
                       : std::filesystem::path(JOBLEDGER_SOURCE_ROOT) / "../shared/data/archive";
  if (std::filesystem::exists(path / "version.txt")) return path;
  MESSAGE("skipped: no archive files in ", path.string());
  return {};
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
