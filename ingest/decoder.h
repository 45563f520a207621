// SPDX-License-Identifier: MIT
// From a message's bytes to events: envelope, payload, checks. Never fails: what is wrong becomes
// Malformed events.
//
// Executor: one thread at a time per decoder (the source's delivery thread; the writer has its own
// for retried letters).
#pragma once

#include "ingest/config.h"
#include "ingest/event.h"
#include "ingest/line_protocol.h"
#include "ingest/metric_tally.h"
#include "schema/cluster.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

// The clusters as they are now; they may be exchanged while we run. Any thread.
using ClustersNow = std::function<std::shared_ptr<const schema::Clusters>()>;

// Members of payloads that we do not know, by name.
using UnknownCounts = std::map<std::string, std::uint64_t, std::less<>>;

class Decoder {
 public:
  Decoder(EventsConfig events, LimitsConfig limits, ClustersNow clusters);

  // Appends the events of one message. Views in them point into `payload`.
  void decode(std::string_view subject, std::string_view payload, std::vector<Event>& events);

  const ClustersNow& clusters() const { return clusters_; }

  // What was counted since the last call.
  UnknownCounts take_unknown();
  // Values that were left out, by member, with an example each. Their times are not set.
  std::vector<NameCount> take_dropped();

 private:
  void decode_lines(std::string_view payload, std::vector<Event>& events);
  void decode_line(const Line& line, Event& event);
  void decode_job_line(const Line& line, Event& event);
  const std::string* payload_of(const Line& line, Event& event);
  void count_left_out(const Line& line, const Event& event);
  void count_unknown();
  void count_dropped(const Line& line, const Event& event);
  NameCount& dropped_count(std::string_view name);

  EventsConfig events_;
  LimitsConfig limits_;
  ClustersNow clusters_;
  std::shared_ptr<const schema::Clusters> current_;  // of the message being decoded
  Line line_;
  std::string json_;
  schema::UnknownMembers unknown_;
  schema::DroppedMembers dropped_;
  UnknownCounts unknown_counts_;
  std::vector<NameCount> dropped_counts_;
};

}  // namespace jobledger::ingest
