// SPDX-License-Identifier: MIT
// What the store holds in memory. Everything here can be rebuilt from RocksDB (load.h) and changes
// only when a commit has succeeded.
//
// Executor: the writer thread; the immutable parts behind shared pointers are handed to snapshots.
#pragma once

#include "storage/config.h"
#include "storage/event_codec.h"
#include "storage/events.h"
#include "storage/job_damage.h"
#include "storage/jobs/table.h"
#include "storage/letter_room.h"
#include "storage/log_clock.h"
#include "storage/metrics/head_edit.h"
#include "storage/row_codec.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jobledger::storage {

using Tags = std::vector<schema::Tag>;  // tag n at n - 1
using Nodes = std::vector<NodeState>;   // by (cluster, hostname)
using Positions = std::map<std::string, StreamPosition, std::less<>>;
using TagName = std::tuple<std::string, std::string, std::string>;  // type, name, scope

// Which stops wait, without their contents.
class ParkedIndex {
 public:
  using Age = std::pair<std::int64_t, EventOrigin>;  // received, origin: oldest first

  void add(const EventOrigin& origin, std::int64_t job_id, std::int64_t received);
  void remove(const EventOrigin& origin);
  bool contains(const EventOrigin& origin) const { return by_origin_.contains(origin); }
  std::size_t size() const { return by_origin_.size(); }

  // Oldest first.
  std::vector<EventOrigin> find(std::int64_t job_id) const;
  // Calls visit(age) from that age on, oldest first, while it answers true.
  template <class Visit>
  void visit_from(const Age& from, Visit visit) const {
    for (auto at = by_time_.lower_bound(from); at != by_time_.end(); ++at) {
      if (!visit(*at)) return;
    }
  }

 private:
  struct Stop {
    std::int64_t job_id, received;
  };
  std::map<EventOrigin, Stop> by_origin_;
  std::set<Age> by_time_;
  std::unordered_map<std::int64_t, std::set<Age>> by_job_id_;
};

struct State {
  explicit State(const Config& config) : table({.max_text_bytes = config.max_text_bytes}) {}

  jobs::Table table;
  Counters counters;
  // Entries of each dictionary that are on disk; further ones go with the next batch.
  DictionarySizes stored_texts{};
  std::map<TagName, std::int64_t> tag_numbers;
  std::shared_ptr<const Tags> tags = std::make_shared<Tags>();
  std::shared_ptr<const DamagedJobs> damaged_jobs = std::make_shared<DamagedJobs>();
  std::shared_ptr<const Nodes> nodes = std::make_shared<Nodes>();
  std::shared_ptr<const Positions> positions = std::make_shared<Positions>();
  std::shared_ptr<const LogClocks> clocks = std::make_shared<LogClocks>();
  ParkedIndex parked;
  LetterRooms letter_rooms;
  std::int64_t newest_report = INT64_MIN;  // time of the latest node states
  metrics::Head head;
  std::uint64_t unreadable_log_entries = 0;  // of the head log, at the start
};

}  // namespace jobledger::storage
