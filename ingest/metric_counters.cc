// SPDX-License-Identifier: MIT
#include "ingest/metric_counters.h"

#include <string>

namespace jobledger::ingest {
namespace {

constexpr bool is_category(LineKind kind) {
  return kind != LineKind::sample && kind != LineKind::unusable;
}

std::string shown_name(const NameCount& name) {
  return name.cluster.empty() ? name.name : name.cluster + "/" + name.name;
}

}  // namespace

MetricCounters::MetricCounters(Telemetry& telemetry, const LimitsConfig& limits)
    : messages_(telemetry.counter("jobledger_ingest_metric_messages_total",
                                  "Messages of metric lines read")),
      repeated_(telemetry.counter("jobledger_ingest_metric_repeated_messages_total",
                                  "Messages of metric lines delivered again, and not read again")),
      bytes_(telemetry.counter("jobledger_ingest_metric_bytes_total",
                               "Bytes of the messages of metric lines read")),
      lines_(telemetry.counter("jobledger_ingest_metric_lines_total", "Metric lines read")),
      stored_(telemetry.counter("jobledger_ingest_metric_samples_total", "Samples stored")),
      other_fields_(telemetry.counter("jobledger_ingest_metric_other_fields_total",
                                      "Metric lines with more fields than `value`, ignored")) {
  for (int i = 0; i < kLineKindCount; ++i) {
    const auto kind = static_cast<LineKind>(i);
    if (!is_category(kind)) continue;
    skipped_.push_back(telemetry.counter("jobledger_ingest_metric_skipped_lines_total",
                                         "Lines that are no metrics, on subjects of metrics",
                                         {{"category", std::string(to_string(kind))}}));
  }
  for (int i = 1; i < kRefusalCount; ++i) {
    const std::string reason(to_string(static_cast<Refusal>(i)));
    refused_.push_back(telemetry.counter("jobledger_ingest_metric_refused_total",
                                         "Lines, samples or messages refused",
                                         {{"reason", reason}}));
  }
  for (int i = 0; i < kUnmatchedKindCount; ++i) {
    NamedCounters::Family family;
    family.name = "jobledger_ingest_metric_unmatched_lines_total";
    family.help = "Metric lines with names that are not known, and of hosts with wrong clocks";
    family.label = "name";
    family.others = {{"kind", std::string(to_string(static_cast<UnmatchedKind>(i)))}};
    unmatched_.emplace_back(telemetry, std::move(family), limits.max_unknown_names);
  }
}

void MetricCounters::add(const MetricTally& tally, std::uint64_t stored,
                         std::uint64_t repeated_messages) {
  add_to(messages_, tally.messages);
  add_to(repeated_, repeated_messages);
  add_to(bytes_, tally.bytes);
  add_to(lines_, tally.lines);
  add_to(stored_, stored);
  add_to(other_fields_, tally.other_fields);
  auto skipped = skipped_.begin();
  for (std::size_t i = 0; i < tally.skipped.size(); ++i) {
    if (is_category(static_cast<LineKind>(i))) add_to(*skipped++, tally.skipped[i]);
  }
  for (std::size_t i = 0; i < refused_.size(); ++i) add_to(refused_[i], tally.refused[i + 1].count);
  for (std::size_t kind = 0; kind < unmatched_.size(); ++kind) {
    for (const NameCount& name : tally.unmatched[kind]) {
      unmatched_[kind].add(shown_name(name), name.count);
    }
    unmatched_[kind].add_other(tally.unmatched_beyond[kind]);
  }
}

}  // namespace jobledger::ingest
