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
#include <string>
#include <utility>
#include <vector>

namespace jobledger::ingest {

struct DecodedBatch {
  RawBatch raw;
  std::vector<Event> events;      // of all messages, in order
  std::vector<std::size_t> ends;  // per message: the end of its events
  UnknownCounts unknown;
};

DecodedBatch decode_batch(RawBatch raw, Decoder& decoder);

// What to tell once the batch is durable.
struct Effects {
  Tally tally;
  std::vector<std::pair<std::string, Result<void>>> answers;  // by command id
};

class Applier {
 public:
  // `retry_decoder`: for dead letters that are applied again. `measured`: clusters whose hosts send
  // metrics to us, by which their health is judged; empty: nobody does.
  Applier(RulesConfig rules, Decoder retry_decoder, ClustersNow measured = {});

  // Consumes the batch's events. Messages at or before the stored position are skipped.
  Effects apply(storage::Update& update, DecodedBatch& batch);

  // Time of the last applied message, epoch seconds; 0 before the first.
  std::int64_t log_time() const { return log_time_.load(std::memory_order_relaxed); }
  const JobRules& rules() const { return rules_; }

 private:
  void advance(storage::Update& update, std::int64_t time, Effects& effects);
  void apply_event(storage::Update& update, Event& event, const Place& place, Effects& effects);
  Verdict judge(storage::Update& update, Event& event, const Place& place, Effects& effects);
  Verdict put_nodes(storage::Update& update, NodeStates states, std::int64_t time, Tally& tally);
  void judge_health(const storage::Update& update, NodeStates& states, std::int64_t time) const;
  Verdict obey(storage::Update& update, const Command& command, const Place& place,
               Effects& effects);
  Result<void> drop_letter(storage::Update& update, std::int64_t id);
  Result<void> retry_letter(storage::Update& update, std::int64_t id, const Place& place,
                            Effects& effects);

  JobRules rules_;
  Decoder retry_decoder_;
  ClustersNow measured_;
  std::atomic<std::int64_t> log_time_{0};
};

}  // namespace jobledger::ingest
