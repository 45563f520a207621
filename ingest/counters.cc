// SPDX-License-Identifier: MIT
#include "ingest/counters.h"

#include "base/log.h"

namespace jobledger::ingest {
namespace {

std::vector<Counter> event_counters(Telemetry& telemetry) {
  std::vector<Counter> counters;
  for (int kind = 0; kind < kEventKindCount; ++kind) {
    for (int outcome = 0; outcome < kOutcomeCount; ++outcome) {
      counters.push_back(telemetry.counter(
          "jobledger_ingest_events_total", "Events of the log by what became of them",
          {{"kind", std::string(to_string(static_cast<EventKind>(kind)))},
           {"outcome", std::string(to_string(static_cast<Outcome>(outcome)))}}));
    }
  }
  return counters;
}

std::vector<Counter> dead_letter_counters(Telemetry& telemetry) {
  std::vector<Counter> counters;
  for (int reason = 0; reason < kReasonCount; ++reason) {
    counters.push_back(
        telemetry.counter("jobledger_ingest_dead_letters_total", "Dead letters by reason",
                          {{"reason", std::string(to_string(static_cast<Reason>(reason)))}}));
  }
  return counters;
}

}  // namespace

Counters::Counters(Telemetry& telemetry, const LimitsConfig& limits)
    : events_(event_counters(telemetry)),
      dead_letters_(dead_letter_counters(telemetry)),
      messages_(
          telemetry.counter("jobledger_ingest_messages_total", "Messages of the log applied")),
      repeated_(telemetry.counter("jobledger_ingest_repeated_messages_total",
                                  "Messages delivered again that were applied already")),
      settled_(telemetry.counter("jobledger_ingest_parked_settled_total",
                                 "Parked stops whose start came")),
      never_restarted_(telemetry.counter("jobledger_ingest_parked_dropped_total",
                                         "Parked stops dropped as their job did not start again")),
      strangers_(telemetry.counter("jobledger_ingest_nodes_without_sub_cluster_total",
                                   "Reports of nodes that are in no sub-cluster's list")),
      overtime_(telemetry.counter("jobledger_ingest_overtime_jobs_total",
                                  "Jobs marked as timed out because no stop came")),
      unknown_(telemetry,
               {"jobledger_ingest_unknown_members_total",
                "Members of events that were ignored",
                "member",
                {}},
               limits.max_unknown_names),
      dropped_(telemetry,
               {"jobledger_ingest_dropped_members_total",
                "Values of events that were of no use and left out",
                "member",
                {}},
               limits.max_unknown_names) {}

void Counters::add(const Tally& tally) {
  for (std::size_t kind = 0; kind < kEventKindCount; ++kind) {
    for (std::size_t outcome = 0; outcome < kOutcomeCount; ++outcome) {
      add_to(events_[kind * kOutcomeCount + outcome], tally.events[kind][outcome]);
    }
  }
  for (std::size_t reason = 0; reason < kReasonCount; ++reason) {
    add_to(dead_letters_[reason], tally.dead_letters[reason]);
  }
  add_to(messages_, tally.messages);
  add_to(repeated_, tally.repeated_messages);
  add_to(settled_, tally.parked_settled);
  add_to(never_restarted_, tally.parked_dropped);
  add_to(strangers_, tally.nodes_without_sub_cluster);
  add_to(overtime_, tally.marked_overtime);
}

void Counters::add(const UnknownCounts& unknown) {
  for (const auto& [name, count] : unknown) {
    if (!unknown_.add(name, count)) continue;
    LOG(info, "ingest", "ignoring an unknown member of events, counted from now on member={}",
        name);
  }
}

void Counters::add(const std::vector<NameCount>& dropped) {
  for (const NameCount& member : dropped) {
    if (!dropped_.add(member.name, member.count)) continue;
    LOG(warning, "ingest", "leaving out a member of events, counted from now on member={} {}",
        member.name, member.example);
  }
}

}  // namespace jobledger::ingest
