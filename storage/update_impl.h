// SPDX-License-Identifier: MIT
// What an Update gathers: an overlay over the state. For update.cc and commit.cc.
#pragma once

#include "storage/config.h"
#include "storage/database.h"
#include "storage/record_codec.h"
#include "storage/state.h"
#include "storage/update.h"

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jobledger::storage {

struct Update::Impl {
  Impl(const Config& c, const Database& d, State& s)
      : config(c), database(d), state(s), growing(s), version(s.counters.commits) {}

  struct PendingJob {
    schema::Job job;
    std::uint32_t revision = 0;
  };
  // What must hold when a job that was read is replaced.
  struct Known {
    std::uint32_t revision = 0;
    std::string cluster;
    std::int64_t job_id = 0, start_time = 0;
  };

  const Config& config;
  const Database& database;
  const State& state;
  State& growing;               // for its dictionaries and layouts only, which may grow at once
  const std::uint64_t version;  // of the state that this update changes

  // A deque, as matches point into it.
  std::deque<PendingJob> jobs;
  std::unordered_map<std::int64_t, PendingJob*> job_by_id;
  std::unordered_multimap<std::int64_t, const PendingJob*> added_by_job_id;
  jobs::RunIndex pending_runs;  // of `jobs`
  mutable std::unordered_map<std::int64_t, Known> known;
  std::int64_t added = 0;  // new jobs; their numbers follow the counter
  // Whose record was made of the row; whose true record is written.
  mutable std::set<std::int64_t> substituted;
  std::set<std::int64_t> restored;

  std::vector<schema::Tag> new_tags;
  std::map<TagName, std::int64_t> new_tag_numbers;
  std::uint64_t refused_tags = 0;

  // New stops, none of them in the state any more; those of the state that go.
  std::map<EventOrigin, ParkedStop> parked;
  ParkedIndex parked_index;  // of `parked`
  std::set<EventOrigin> unparked;
  // Every stop of the state before this age is in `unparked`: looking for old ones goes on here.
  mutable ParkedIndex::Age oldest_left{INT64_MIN, {}};

  // New letters, numbered on from the counter whatever becomes of them; those of the state that go.
  std::map<std::int64_t, DeadLetter> letters;
  std::map<EventOrigin, std::int64_t> letter_by_origin;
  std::map<std::int64_t, EventOrigin> dropped_letters;
  std::int64_t letters_added = 0;
  std::uint64_t letters_over_limit = 0;
  std::uint64_t letter_bytes_added = 0, letter_bytes_dropped = 0;
  LetterRooms letter_rooms;  // those that change, as they will be

  // (time, cluster) -> what its report adds, by hostname.
  std::map<std::pair<std::int64_t, std::string>, std::map<std::string, NodeState>> reports;
  std::map<std::string, StreamPosition, std::less<>> positions;
  std::map<std::pair<std::string, std::uint64_t>, StreamMark> marks;  // by stream and sequence
  // Marks of the state that go, before those come: from, to.
  std::vector<std::pair<std::string, std::string>> dropped_marks;  // keys
  LogClocks clocks;

  std::unique_ptr<metrics::HeadEdit> head;  // null: no change
  std::vector<SealedBlock> blocks;
  std::vector<std::uint32_t> unused_layouts;
  std::int64_t first_period = INT64_MIN;  // those before it go

  Result<Record> load_record(std::int64_t id) const;  // not_found when there is none
  // Stored already, from the same place or by an epoch before.
  Result<bool> has_letter(const DeadLetter& letter) const;
  Result<std::vector<std::int64_t>> letters_at(const EventOrigin& first) const;
  LetterRoom room_of(std::string_view group) const;
  std::string group_of(const DeadLetter& letter) const;
  Result<Record> substitute_record(std::int64_t id) const;
  std::uint64_t letter_count() const;
  std::uint64_t letter_bytes() const;
  std::uint64_t parked_count() const;
  Result<ParkedStop> load_parked(const EventOrigin& origin) const;  // of the state
  // Of the state, oldest first.
  std::vector<EventOrigin> parked_in_state(std::int64_t job_id) const;
  void note_run(const schema::Job& job);
  // Gives each tag its number, a new one where it has none yet, and drops repetitions and those
  // beyond the limits.
  void register_tags(std::vector<schema::Tag>& tags);
  bool may_register(const schema::Tag& tag) const;
  std::int64_t number_of(const schema::Tag& tag);  // 0: beyond a limit
  metrics::HeadEdit& edit_head();

  bool empty() const {
    return jobs.empty() && parked.empty() && unparked.empty() && letters_added == 0 &&
           letters_over_limit == 0 && dropped_letters.empty() && reports.empty() &&
           positions.empty() && clocks.empty() && marks.empty() && dropped_marks.empty() &&
           (!head || head->empty()) && unused_layouts.empty() && first_period == INT64_MIN;
  }
};

}  // namespace jobledger::storage
