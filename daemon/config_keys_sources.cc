// SPDX-License-Identifier: MIT
// The keys of metric stores that others keep.
#include "daemon/config_bind.h"
#include "daemon/config_keys.h"
#include "sources/config.h"

#include <fmt/format.h>

namespace jobledger::daemon {
namespace {

using sources::ExternalConfig;

#define MEMBER(name) \
  [](ExternalConfig & c) -> auto& { return c.name; }

sources::SourceKind read_kind(const Given& given, Refusal& refusal) {
  const std::string text = read_text(given, refusal);
  const auto kind = sources::parse_source_kind(text);
  if (!kind && !refusal.why) {
    refusal.why = fmt::format("expected cc-metric-store or influxdb, found \"{}\"", text);
  }
  return kind.value_or(sources::SourceKind::cc_metric_store);
}

std::string show_kind(sources::SourceKind kind) { return show_text(sources::to_string(kind)); }

std::vector<BasicKey<ExternalConfig>> members() {
  return {
      text<ExternalConfig>(
          "scope", MEMBER(scope),
          "Whose samples are there: cluster-subcluster, cluster or \"*\". Needed."),
      bind_key<ExternalConfig>("kind", MEMBER(kind), read_kind, show_kind,
                               "cc-metric-store (or another jobledgerd), or influxdb (2)."),
      text<ExternalConfig>("url", MEMBER(url), "http:// or https://, host, port and path. Needed."),
      text<ExternalConfig>("token_file", MEMBER(token_file),
                           "A file whose first line is the token; read at each use. Empty: none."),
      text<ExternalConfig>("ca_file", MEMBER(ca_file),
                           "PEM file of those who may sign the certificate. Empty: the system's."),
      text<ExternalConfig>("org", MEMBER(org), "Organization; influxdb only, and needed there."),
      text<ExternalConfig>("bucket", MEMBER(bucket), "Bucket; influxdb only, and needed there."),
      duration<ExternalConfig>("connect_timeout", MEMBER(connect_timeout), {100, kHour},
                               "For one try to connect; 100ms to 1h."),
      duration<ExternalConfig>("timeout", MEMBER(timeout), {100, kHour},
                               "For one request, to the end of its answer; 100ms to 1h."),
      size<ExternalConfig>("max_answer_bytes", MEMBER(max_answer_bytes), {64 * kKiB, kTiB},
                           "Longest answer to one request, unpacked; requests are cut to fit.\n"
                           "64KiB or more."),
      count<ExternalConfig>("max_queries", MEMBER(max_queries), {1, 1'000'000},
                            "Series of one request; cc-metric-store only. 1 to 1000000."),
      count<ExternalConfig>("workers", MEMBER(workers), {1, 64},
                            "Threads that send its requests; 1 to 64."),
      count<ExternalConfig>("max_readers", MEMBER(max_readers), {1, 1'000},
                            "Questions to it at a time; more are refused. 1 to 1000."),
      count<ExternalConfig>("max_failures", MEMBER(max_failures), {1, 1'000},
                            "After so many failures in a row it is left alone; 1 to 1000."),
      duration<ExternalConfig>("pause", MEMBER(pause), {100, kHour},
                               "... for so long at first, doubled each time; 100ms to 1h."),
      duration<ExternalConfig>("pause_max", MEMBER(pause_max), {100, kDay},
                               "... up to this; 100ms to 1d."),
      count<ExternalConfig>("max_samples", MEMBER(max_samples), {1},
                            "Samples of one answer of ours; more are refused. 1 or more."),
  };
}

#undef MEMBER

}  // namespace

std::vector<Key> source_keys() {
  return {
      records<ExternalConfig>(
          "sources.external", [](Settings & s) -> auto& { return s.sources.external; }, members(),
          "A list; of the scopes that fit a job the most specific counts. Of each:"),
      duration<Settings>(
          "sources.health_interval",
          [](Settings & s) -> auto& { return s.sources.health_interval; }, {100, kHour},
          "How often they are asked for the health of the nodes whose samples they have. Without\n"
          "an answer for five times as long these nodes are failed. 100ms to 1h.")};
}

}  // namespace jobledger::daemon
