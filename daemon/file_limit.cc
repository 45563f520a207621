// SPDX-License-Identifier: MIT
#include "daemon/file_limit.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

namespace jobledger::daemon {
namespace {

// Of the database beside its tables (log, manifest, folders), the archive, the broker, listeners,
// threads that ask other metric stores.
constexpr std::size_t kOtherFiles = 192;
constexpr std::size_t kFewestTables = 16, kFewestConnections = 16;

}  // namespace

std::size_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kOtherFiles;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  return limit.rlim_max;
}

std::vector<std::string> fit_to_file_limit(Settings& settings, std::size_t files) {
  std::vector<std::string> changes;
  const std::size_t reserved = 3 * settings.http.reserved_connections;  // 2 and the local socket's
  const std::size_t shared = files - std::min(files, kOtherFiles + reserved);
  const auto tables = static_cast<std::size_t>(settings.storage.max_open_files);
  const std::size_t kept = std::min(settings.http.max_connections, shared / 2);
  const std::size_t most_tables = std::max(kFewestTables, shared - kept);
  if (tables > most_tables) {
    changes.push_back(fmt::format("storage.max_open_files={} instead of {}", most_tables, tables));
    settings.storage.max_open_files = static_cast<int>(most_tables);
  }
  const std::size_t left = shared - std::min(shared, std::min(tables, most_tables));
  const std::size_t most = std::max(kFewestConnections, left);
  if (settings.http.max_connections > most) {
    changes.push_back(
        fmt::format("http.max_connections={} instead of {}", most, settings.http.max_connections));
    settings.http.max_connections = most;
  }
  return changes;
}

}  // namespace jobledger::daemon
