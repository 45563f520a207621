// SPDX-License-Identifier: MIT
// What storage keeps besides jobs: where we are in the log, what could not be applied, stops that
// wait for their start, and what the scheduler said of its nodes.
#pragma once

#include "schema/job_json.h"
#include "schema/node_state.h"

#include <cstdint>
#include <string>
#include <vector>

namespace jobledger::storage {

// What tells one message of a stream from another one that got the same number.
struct StreamMark {
  std::uint64_t sequence = 0;
  std::int64_t time = 0;     // when the broker took it, ns since the epoch; 0: not known
  std::uint64_t digest = 0;  // of its subject and payload

  bool operator==(const StreamMark&) const = default;
};

// How far a stream of the log is applied. A re-created stream has another creation time. Whenever
// the numbers of a stream turn out to name other messages than before, a new epoch begins.
struct StreamPosition {
  std::string stream;
  std::int64_t created = 0;    // the stream's creation, ns since the epoch; 0 for plain subjects
  std::uint64_t sequence = 0;  // last stream sequence applied; all up to it are
  std::uint32_t epoch = 0;     // 0: as stored before epochs were counted
  std::int64_t time = 0;       // with `digest`: the mark of that message
  std::uint64_t digest = 0;

  StreamMark mark() const { return {sequence, time, digest}; }
  bool operator==(const StreamPosition&) const = default;
};

// Where one event came from; the total order of events and the identity of a dead letter.
struct EventOrigin {
  std::string stream;
  std::int64_t created = 0;
  std::uint64_t sequence = 0;
  std::uint32_t line = 0;   // of the message, from 0
  std::uint32_t epoch = 0;  // of the stream

  auto operator<=>(const EventOrigin&) const = default;
};

struct DeadLetter {
  std::int64_t id = 0;  // assigned when stored; what people name it by
  EventOrigin origin;
  std::string subject;
  std::string reason;
  std::string payload;  // the message as received, cut at the configured length
  bool payload_cut = false;
  std::int64_t received = 0;      // log time, epoch seconds
  std::size_t payload_bytes = 0;  // as stored; known also where the payload was not read
  // For whose room it takes (letter_room.h): a word for the reason, and whether it is of a cluster
  // that we have; not stored. The group is made of them when the letter is stored.
  std::string kind = {};
  bool of_known_cluster = false;
  std::string group = {};
};

struct ParkedStop {
  EventOrigin origin;
  schema::StopEvent stop;
  std::string subject, payload;
  std::int64_t received = 0;  // log time, epoch seconds
};

// The last known state of one node.
struct NodeState {
  std::string cluster, hostname, sub_cluster;
  schema::SchedulerState scheduler_state = schema::SchedulerState::unknown;
  schema::MonitoringState health_state = schema::MonitoringState::full;
  std::int32_t cpus_allocated = 0, gpus_allocated = 0, jobs_running = 0;
  std::int64_t memory_allocated = 0;  // MB
  std::int64_t time = 0;              // log time of the report, epoch seconds

  bool operator==(const NodeState&) const = default;
};

// How many nodes of a cluster were in which state, by one report.
struct NodeStateCounts {
  std::int64_t time = 0;
  std::uint32_t scheduler[schema::kSchedulerStateCount] = {};
  std::uint32_t health[schema::kMonitoringStateCount] = {};
};

}  // namespace jobledger::storage
