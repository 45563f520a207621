// SPDX-License-Identifier: MIT
#include "storage/format.h"

#include "base/log.h"
#include "storage/state_copy.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace jobledger::storage {
namespace {

Result<void> write_version(Database& database, std::uint32_t version) {
  rocksdb::WriteBatch batch;
  database.put(batch, Family::state, kFormatKey, std::to_string(version));
  return database.write(batch, true);
}

Result<bool> is_empty(const Database& database) {
  bool empty = true;
  const auto visit = [&](std::string_view, std::string_view) -> Result<void> {
    empty = false;
    return Error{ErrorKind::cancelled, {}};
  };
  for (int i = 0; i < kFamilyCount && empty; ++i) {
    const auto scanned = database.scan(static_cast<Family>(i), {}, {}, visit);
    if (!scanned && scanned.error().kind != ErrorKind::cancelled) return scanned.error();
  }
  return empty;
}

Result<std::uint32_t> parse_version(std::string_view text) {
  std::uint32_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || version == 0) {
    return Error{ErrorKind::corrupt,
                 describe_key(Family::state, kFormatKey) + ": not a format version"};
  }
  return version;
}

// Before 4 the origins of dead letters lay beside the letters.
Result<void> move_letter_origins(Database& database) {
  rocksdb::WriteBatch batch;
  const std::string from(1, kLetterOriginPrefix), to(1, static_cast<char>(kLetterOriginPrefix + 1));
  TRY(database.scan(Family::dead_letters, from, to,
                    [&](std::string_view key, std::string_view value) -> Result<void> {
                      database.put(batch, Family::state, key, value);
                      database.erase(batch, Family::dead_letters, key);
                      return {};
                    }));
  return database.write(batch, true);
}

Result<void> copy_state(Database& database) {
  TRY(move_letter_origins(database));
  return copy_family(database.db(), *database.family(Family::state),
                     *database.family(Family::state_copy));
}

}  // namespace

std::span<const Migration> migrations() {
  // Before 2 there were no metric samples; their families are made when the database is opened.
  // Before 3 streams had no epochs and no marks; what is without them stays readable.
  static const std::array<Migration, 3> steps = {
      Migration{1, "room for metric samples", [](Database&) { return Result<void>(); }},
      Migration{2, "epochs of streams", [](Database&) { return Result<void>(); }},
      Migration{3, "the list of dead letters into the state, and the state twice", copy_state}};
  return steps;
}

Result<void> check_format(Database& database, std::uint32_t current,
                          std::span<const Migration> steps) {
  TRY(const std::optional<std::string> stored, database.get(Family::state, kFormatKey));
  if (!stored) {
    TRY(const bool empty, is_empty(database));
    if (empty) return write_version(database, current);
    return Error{ErrorKind::corrupt, "there is data but no format version: not our database?"};
  }
  TRY(std::uint32_t version, parse_version(*stored));
  if (version > current) {
    return invalid(
        fmt::format("its format version {} is newer than {}, the newest that this program knows: "
                    "use the program that wrote it, or a newer one",
                    version, current));
  }
  for (; version < current; ++version) {
    const auto step = std::find_if(steps.begin(), steps.end(),
                                   [&](const Migration& m) { return m.from == version; });
    if (step == steps.end()) {
      return invalid(
          fmt::format("its format version {} can no longer be migrated to {}", version, current));
    }
    LOG(info, "storage", "migrating from={} to={} what={}", version, version + 1, step->what);
    auto done = step->run(database);
    if (!done) {
      return std::move(done).error().in(fmt::format("migrate from format {}", version));
    }
    TRY(write_version(database, version + 1));
  }
  return {};
}

}  // namespace jobledger::storage
