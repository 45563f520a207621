// SPDX-License-Identifier: MIT
#include "daemon/config_keys.h"

#include "daemon/config_bind.h"
#include "daemon/values.h"
#include "ingest/ingest.h"
#include "sources/source_map.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace jobledger::daemon {
namespace {

// The member of Settings, by reference.
#define MEMBER(name) \
  [](Settings & s) -> auto& { return s.name; }

Key log_level_key() {
  constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLevels{
      {{"error", LogLevel::error},
       {"warning", LogLevel::warning},
       {"info", LogLevel::info},
       {"debug", LogLevel::debug}}};
  return bind_key(
      "log.level", MEMBER(log_level),
      [kLevels](const Given& given, Refusal& refusal) {
        const auto text = read_text(given, refusal);
        for (const auto& [name, level] : kLevels) {
          if (name == text) return level;
        }
        refusal.why = fmt::format("expected error, warning, info or debug, found \"{}\"", text);
        return LogLevel::info;
      },
      [kLevels](LogLevel wanted) {
        for (const auto& [name, level] : kLevels) {
          if (level == wanted) return std::string(name);
        }
        return std::string("info");
      },
      "How much is logged: error (a promise was broken), warning (an input or a peer is wrong),\n"
      "info (life-cycle and summaries), debug (every request).");
}

std::vector<Key> storage_keys() {
  return {
      text("storage.path", MEMBER(storage.path),
           "Folder of the database (RocksDB); made if absent. Belongs on a local disk."),
      size("storage.cache_bytes", MEMBER(storage.cache_bytes), {8 * kMiB, kTiB},
           "Memory for blocks, indexes, filters and memtables together; 8MiB or more."),
      size("storage.memtable_bytes", MEMBER(storage.memtable_bytes), {kMiB, kTiB},
           "The part of cache_bytes that unwritten changes may take; 1MiB or more."),
      size("storage.max_wal_bytes", MEMBER(storage.max_wal_bytes), {kMiB, kTiB},
           "Changes that are replayed after a crash; beyond it they are written to tables. 1MiB\n"
           "or more."),
      count("storage.max_open_files", MEMBER(storage.max_open_files), {16, 1'000'000},
            "Files that the database keeps open; 16 to 1000000."),
      size("storage.record_cache_bytes", MEMBER(storage.record_cache_bytes), {0, kTiB},
           "Memory for decoded jobs of recent answers; 0B or more."),
      count("storage.background_jobs", MEMBER(storage.background_jobs), {1, 64},
            "RocksDB flushes and compactions at once; 1 to 64."),
      count("storage.load_threads", MEMBER(storage.load_threads), {1, 64},
            "Threads that rebuild the job table at start; 1 to 64."),
      size("storage.min_free_bytes", MEMBER(storage.min_free_bytes), {0},
           "With less free disk than this, writing pauses (and events wait in the log) until\n"
           "there is room again; 0B or more."),
      size("storage.scrub_bytes_per_second", MEMBER(storage.scrub_bytes_per_second), {0, kTiB},
           "How much of the tables is read a second, only to find damage of the disk before it\n"
           "is in the way; 0B: none."),
      duration("storage.node_history", MEMBER(storage.node_history), {kHour, 36500 * kDay},
               "How long past node states are kept; 1h or more."),
      duration("storage.max_report_lead", MEMBER(storage.max_report_lead), {60'000, kDay},
               "A node report that claims to be later than now by more says nothing about the age\n"
               "of others; 1min to 1d."),
      size("storage.max_text_bytes", MEMBER(storage.max_text_bytes), {64, 4096},
           "Beginning of a job's name, user, project and the like that filters and orders\n"
           "know, and that is kept in memory; the job keeps the full text. Tags with longer\n"
           "texts are refused, and counted. 64B to 4KiB."),
      count("storage.max_tags", MEMBER(storage.max_tags), {0, 1'000'000},
            "Distinct tags; jobs get no further ones, which is counted. 0 to 1000000."),
      count("storage.max_nodes_per_cluster", MEMBER(storage.max_nodes_per_cluster), {1, 10'000'000},
            "Nodes whose states are kept; more are refused. 1 to 10000000."),
      count("storage.max_parked_stops", MEMBER(storage.max_parked_stops), {0},
            "Stops that may wait for their start; more become dead letters. 0 or more."),
      count("storage.max_parked_stops_per_job", MEMBER(storage.max_parked_stops_per_job),
            {1, 10'000}, "... of one job id; 1 to 10000."),
      size("storage.max_parked_stop_bytes", MEMBER(storage.max_parked_stop_bytes),
           {kKiB, 64 * kMiB}, "... longest one that may wait; 1KiB to 64MiB."),
      count("storage.max_dead_letters", MEMBER(storage.max_dead_letters), {0},
            "Further ones are counted and dropped; 0 or more."),
      size("storage.max_dead_letter_total_bytes", MEMBER(storage.max_dead_letter_total_bytes), {0},
           "... and when their texts together would take more than this; 0B or more."),
      count("storage.max_dead_letters_per_group", MEMBER(storage.max_dead_letters_per_group), {0},
            "... of one reason on one subject, of known clusters and of others; 0 or more."),
      size("storage.max_dead_letter_group_bytes", MEMBER(storage.max_dead_letter_group_bytes), {0},
           "... and their texts together; 0B or more."),
      count(
          "storage.dead_letter_reserve", MEMBER(storage.dead_letter_reserve), {0, 100},
          "Percent of max_dead_letters and max_dead_letter_total_bytes that only events of known\n"
          "clusters may take; 0 to 100."),
      size("storage.max_dead_letter_bytes", MEMBER(storage.max_dead_letter_bytes),
           {kKiB, 64 * kMiB},
           "Longest payload kept of one; longer ones are cut, and say so. 1KiB to 64MiB."),
      count("storage.writer.max_queued", MEMBER(writer.max_queued), {1, 1'000'000},
            "Batches that wait to be written; more push back to the log. 1 to 1000000."),
      count("storage.writer.max_batch", MEMBER(writer.max_batch), {1, 1'000'000},
            "Batches that share one synced write; 1 to 1000000."),
      duration("storage.writer.retry", MEMBER(writer.retry), {10, kHour},
               "Pause after a failed write before it is tried again; 10ms to 1h."),
  };
}

std::vector<Key> daemon_keys() {
  return {
      flag("auth.enabled", MEMBER(auth.enabled),
           "Users, roles and logins are not built yet: only false is possible."),
      duration("readiness.max_log_outage", MEMBER(readiness.max_log_outage), {0, 365 * kDay},
               "/readyz says 503 until the log was reached, and when it has been out of reach for\n"
               "longer; 0s or more."),
      duration("readiness.max_write_outage", MEMBER(readiness.max_write_outage), {0, 365 * kDay},
               "... and when nothing could be written for longer (disk full); 0s or more."),
      duration("shutdown.drain", MEMBER(shutdown.drain), {0, kHour},
               "On SIGTERM, how long requests in flight may take to finish; 0s to 1h."),
  };
}

#undef MEMBER

std::vector<Key> all_keys() {
  std::vector<Key> keys{log_level_key()};
  for (auto part :
       {http_keys(), graphql_keys(), store_api_keys(), nats_keys(), ingest_keys(), storage_keys(),
        metric_store_keys(), source_keys(), archive_keys(), daemon_keys()}) {
    std::move(part.begin(), part.end(), std::back_inserter(keys));
  }
  return keys;
}

}  // namespace

const std::vector<Key>& config_keys() {
  static const std::vector<Key> keys = all_keys();
  return keys;
}

std::string_view section_help(std::string_view section) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kHelp{{
      {"http", "What clients reach: GraphQL, health, metrics."},
      {"http.tls", "TLS 1.2 or newer when both are given."},
      {"http.graphql", "Bounds of one GraphQL request; beyond them it is refused."},
      {"http.resampling", "How long series are shortened for clients that show them."},
      {"http.metric_store",
       "Bounds of one request to our store as others' metric store: /api/query, "
       "/api/healthcheck."},
      {"nats", "The broker. Its JetStream keeps the log that everything is read from."},
      {"ingest", "What is read from the log, and what it means."},
      {"ingest.events", "Job and node events."},
      {"ingest.metrics",
       "Measured samples. What 1,000 nodes of 1,600 series send every minute fills the 4GiB of\n"
       "stream_max_bytes in less than half an hour: give it what an outage may take."},
      {"ingest.rules", "What events mean. Times are compared with those of the log."},
      {"ingest.limits",
       "Bounds for what comes in; an event that exceeds them is kept as a dead letter."},
      {"storage", "The durable state."},
      {"storage.writer", "The one thread that writes."},
      {"storage.metrics",
       "Samples of metrics: in memory until a window is full, then in blocks, a file family "
       "a\nday."},
      {"sources",
       "Metric stores that others keep, and that are asked instead of our own. Nothing is written\n"
       "to them."},
      {"archive", "The job-archive tree: clusters are read from it, finished jobs written to it."},
      {"auth", "Who may see what."},
      {"readiness", "When /readyz gives up."},
      {"shutdown", "The orderly end."},
  }};
  for (const auto& [name, help] : kHelp) {
    if (name == section) return help;
  }
  return {};
}

std::vector<Conflict> check_together(const Settings& settings) {
  std::vector<Conflict> found;
  if (settings.auth.enabled) {
    found.push_back({"auth.enabled",
                     "authentication is not built yet; set it to false and listen on loopback, "
                     "behind a proxy that authenticates",
                     ""});
  }
  for (const std::string& text : settings.http.listen) {
    auto listen = parse_listen(text);
    if (!listen) {
      found.push_back({"http.listen", std::move(listen).error().detail, ""});
    } else if (!listen->loopback && !settings.auth.enabled &&
               !settings.http.allow_unauthenticated_remote) {
      found.push_back({"http.listen",
                       fmt::format("{} is not a loopback address, and auth.enabled is false: "
                                   "everybody who reaches it would see every job. Set "
                                   "http.allow_unauthenticated_remote if that is meant",
                                   text),
                       "auth.enabled"});
    }
  }
  if (settings.http.tls.certificate.empty() != settings.http.tls.key.empty()) {
    const bool no_key = settings.http.tls.key.empty();
    found.push_back({no_key ? "http.tls.certificate" : "http.tls.key",
                     "certificate and key belong together: give both or none",
                     no_key ? "http.tls.key" : "http.tls.certificate"});
  }
  if (settings.archive.retry_min > settings.archive.retry_max) {
    found.push_back({"archive.retry_min", "the shortest pause is longer than archive.retry_max",
                     "archive.retry_max"});
  }
  if (settings.storage.memtable_bytes > settings.storage.cache_bytes) {
    found.push_back({"storage.memtable_bytes", "is a part of storage.cache_bytes, yet larger",
                     "storage.cache_bytes"});
  }
  if (settings.storage.metrics.max_series_bytes > settings.storage.metrics.max_head_bytes / 2) {
    found.push_back({"storage.metrics.max_series_bytes",
                     "is more than half of storage.metrics.max_head_bytes",
                     "storage.metrics.max_head_bytes"});
  }
  for (SettingProblem& problem : ingest::check_config(settings.ingest)) {
    found.push_back({std::string(problem.key), std::move(problem.text), ""});
  }
  for (const sources::ConfigProblem& problem : sources::check_config(settings.sources)) {
    const auto path = [&problem](std::string_view member) {
      return fmt::format("sources.external[{}].{}", problem.record, member);
    };
    found.push_back({path(problem.member), problem.message, path(problem.other)});
  }
  return found;
}

}  // namespace jobledger::daemon
