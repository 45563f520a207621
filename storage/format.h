// SPDX-License-Identifier: MIT
// The version of everything on disk (docs/formats.md): a newer one is refused, an older one is
// migrated step by step, each step durable before the next.
#pragma once

#include "base/result.h"
#include "storage/database.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace jobledger::storage {

constexpr std::uint32_t kFormatVersion = 4;

struct Migration {
  std::uint32_t from;     // makes version from + 1 of version from
  std::string_view what;  // for the log
  // May be interrupted anywhere and must then work again from the start.
  std::function<Result<void>(Database&)> run;
};
std::span<const Migration> migrations();

// Marks a fresh database with `current`. `invalid`: newer, or no way to migrate; `corrupt`: data
// without a readable version.
Result<void> check_format(Database& database, std::uint32_t current = kFormatVersion,
                          std::span<const Migration> steps = migrations());

}  // namespace jobledger::storage
