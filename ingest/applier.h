// SPDX-License-Identifier: MIT
// Applies decoded batches to the state: one event after the other, in the order of the log, and
// then the position. Never fails: what cannot be applied becomes a dead letter, so that nothing
// stops behind it.
//
// Executor: the writer thread; log_time() from any.
#pragma once

#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/event.h"
#include "ingest/job_rules.h"
#include "ingest/source.h"
#include "ingest/tally.h"
#include "storage/update.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::ingest {

struct DecodedBatch {
  RawBatch raw;
  std::vector<Event> events;      // of all messages, in order
  std::vector<std::size_t> ends;  // per message: the end of its events
  UnknownCounts unknown;
  std::vector<NameCount> dropped;  // members, with the time of the last message
};

DecodedBatch decode_batch(RawBatch raw, Decoder& decoder);

// Health of a node whose samples are in the metric store of somebody else, by cluster, sub-cluster
// and hostname, as last heard of it; nothing: its samples are ours. Executor: the writer thread; it
// must not wait.
using HealthElsewhere = std::function<std::optional<schema::MonitoringState>(
    std::string_view cluster, std::string_view sub_cluster, std::string_view hostname)>;

// By what the health of nodes is judged when they report.
struct HealthSources {
  ClustersNow measured;       // clusters whose hosts send metrics to us; empty: nobody does
  HealthElsewhere elsewhere;  // empty: nobody else has any
  // Whether the log of metrics has been read to its end; empty: always. Metrics and node states are
  // logs of their own: while that of the metrics is behind, nodes are judged by its time.
  std::function<bool()> metrics_caught_up;
};

// What to tell once the batch is durable.
struct Effects {
  Tally tally;
  std::vector<std::pair<std::string, Result<void>>> answers;  // by command id
};

class Applier {
 public:
  // `retry_decoder`: for dead letters that are applied again.
  Applier(RulesConfig rules, Decoder retry_decoder, HealthSources health = {});

  // Consumes the batch's events. Messages at or before the stored position are skipped.
  Effects apply(storage::Update& update, DecodedBatch& batch);

  // Log time after the last applied message, epoch seconds; 0 before the first.
  std::int64_t log_time() const { return log_time_.load(std::memory_order_relaxed); }
  const JobRules& rules() const { return rules_; }

 private:
  void advance(storage::Update& update, storage::LogClock& clock, std::int64_t sent,
               Effects& effects);
  void apply_event(storage::Update& update, Event& event, const Place& place, Effects& effects);
  Verdict judge(storage::Update& update, Event& event, const Place& place, Effects& effects);
  Verdict put_nodes(storage::Update& update, NodeStates states, std::int64_t time, Tally& tally);
  void judge_health(const storage::Update& update, NodeStates& states, std::int64_t time) const;
  void judge_own(const storage::Update& update, const schema::Cluster& cluster,
                 std::span<storage::NodeState* const> nodes, std::int64_t time) const;
  Verdict obey(storage::Update& update, const Command& command, const Place& place,
               Effects& effects);
  Result<void> drop_letter(storage::Update& update, std::int64_t id);
  Result<void> retry_letter(storage::Update& update, std::int64_t id, const Place& place,
                            Effects& effects);

  JobRules rules_;
  Decoder retry_decoder_;
  const HealthSources health_;
  std::atomic<std::int64_t> log_time_{0};
};

}  // namespace jobledger::ingest
