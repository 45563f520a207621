// SPDX-License-Identifier: MIT
#include "storage/reconcile.h"

#include "base/log.h"
#include "storage/event_codec.h"
#include "storage/record_codec.h"
#include "storage/rocks_batch.h"
#include "storage/row_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace jobledger::storage {
namespace {

constexpr std::size_t kNamed = 20;  // jobs in one line of the log

using Revisions = std::map<std::int64_t, std::uint32_t>;  // by number of the job

// Writes what was put once it is much, and the rest at the end.
class Writes {
 public:
  explicit Writes(Database& database) : database_(database) {}
  rocksdb::WriteBatch& batch() { return batch_; }
  Result<void> flush_if_full() {
    return batch_.GetDataSize() < kBatchBytes ? Result<void>() : flush();
  }
  Result<void> flush() {
    if (batch_.Count() == 0) return {};
    TRY(database_.write(batch_, true));
    batch_.Clear();
    return {};
  }

 private:
  Database& database_;
  rocksdb::WriteBatch batch_;
};

std::string list_of(const std::vector<std::int64_t>& ids) {
  std::string text;
  for (std::size_t i = 0; i < std::min(ids.size(), kNamed); ++i) {
    text += (i == 0 ? "" : ",") + std::to_string(ids[i]);
  }
  return ids.size() > kNamed ? text + ",..." : text;
}

// The jobs whose keys a lost table may have held.
class Jobs {
 public:
  Jobs(Database& database, State& state) : database_(database), state_(state), writes_(database) {}

  Result<void> settle(const LostTable& table);

 private:
  Result<Revisions> revisions(Family family, const LostTable& table) const;
  Result<void> renew_row(std::int64_t id);
  Result<void> renew_record(std::int64_t id);
  Result<std::string> get(Family family, std::int64_t id) const;
  void report(const LostTable& table) const;

  Database& database_;
  State& state_;
  Writes writes_;
  DamagedJobs damaged_;
  std::vector<std::int64_t> renewed_rows_, renewed_records_;
};

Result<Revisions> Jobs::revisions(Family family, const LostTable& table) const {
  Revisions found;
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    std::int64_t id = 0;
    if (parse_job_key(key, id)) found.emplace_hint(found.end(), id, revision_of(value));
    return {};
  };
  TRY(database_.scan(family, table.smallest, table.largest + '\0', visit));
  return found;
}

Result<std::string> Jobs::get(Family family, std::int64_t id) const {
  TRY(std::optional<std::string> bytes, database_.get(family, job_key(id)));
  if (bytes) return *std::move(bytes);
  return Error{ErrorKind::corrupt, describe_key(family, job_key(id)) + ": it is gone"};
}

Result<void> Jobs::renew_row(std::int64_t id) {
  TRY(const std::string bytes, get(Family::jobs, id));
  TRY(const Record record, decode_record(id, bytes, *state_.tags));
  std::string value;
  encode_row(value, make_row(record.job, record.revision, state_.table.dictionaries()));
  database_.put(writes_.batch(), Family::rows, job_key(id), value);
  renewed_rows_.push_back(id);
  return writes_.flush_if_full();
}

// Of its row, and of an older record should there be one.
Result<void> Jobs::renew_record(std::int64_t id) {
  TRY(const std::string bytes, get(Family::rows, id));
  jobs::Row row;
  const auto tag_count = static_cast<std::int64_t>(state_.tags->size());
  if (!decode_row(id, bytes, state_.stored_texts, tag_count, row)) {
    return Error{ErrorKind::corrupt, describe_key(Family::rows, job_key(id)) + ": not a row"};
  }
  TRY(const std::optional<std::string> old, database_.get(Family::jobs, job_key(id)));
  auto older =
      old ? decode_record(id, *old, *state_.tags) : Result<Record>(Error{ErrorKind::not_found, {}});
  const auto& dictionaries = state_.table.dictionaries();
  const schema::Job job = older
                              ? complete_job(std::move(older->job), row, dictionaries, *state_.tags)
                              : job_of_row(row, dictionaries, *state_.tags);
  const JobDamage damage = older ? JobDamage::outdated : JobDamage::lost;
  std::string value;
  encode_record(value, job, row.revision);
  database_.put(writes_.batch(), Family::jobs, job_key(id), value);
  database_.put(writes_.batch(), Family::state, damage_key(id), encode_damage(damage));
  damaged_.insert_or_assign(id, damage);
  renewed_records_.push_back(id);
  return writes_.flush_if_full();
}

void Jobs::report(const LostTable& table) const {
  LOG(error, "storage", "a damaged table of {} was checked: rows_renewed={} records_lost={}",
      table.family, renewed_rows_.size(), renewed_records_.size());
  if (renewed_records_.empty()) return;
  LOG(error, "storage", "records of jobs were lost, the archive is asked for them: ids={}",
      list_of(renewed_records_));
}

Result<void> Jobs::settle(const LostTable& table) {
  TRY(const Revisions rows, revisions(Family::rows, table));
  TRY(const Revisions records, revisions(Family::jobs, table));
  const auto revision_in = [](const Revisions& revisions, std::int64_t id) {
    const auto found = revisions.find(id);
    return found == revisions.end() ? 0 : found->second;
  };
  for (const auto& [id, revision] : records) {
    if (revision > revision_in(rows, id)) TRY(renew_row(id));
  }
  for (const auto& [id, revision] : rows) {
    if (revision > revision_in(records, id)) TRY(renew_record(id));
  }
  TRY(writes_.flush());
  auto damaged = std::make_shared<DamagedJobs>(*state_.damaged_jobs);
  for (const auto& [id, damage] : damaged_) damaged->insert_or_assign(id, damage);
  state_.damaged_jobs = std::move(damaged);
  report(table);
  return {};
}

// All dead letters: those that were dropped go again, those that are lost are replaced by a word
// about them.
class Letters {
 public:
  Letters(Database& database, State& state)
      : database_(database), state_(state), writes_(database) {}

  Result<void> settle();

 private:
  Result<void> load_origins();
  Result<void> look_at(std::string_view key, std::string_view value);
  Result<void> replace_lost();
  Result<void> renew_rooms();

  Database& database_;
  State& state_;
  Writes writes_;
  std::map<std::int64_t, EventOrigin> missing_;  // letters that there should be, until found
  std::uint64_t count_ = 0, bytes_ = 0;
  LetterRooms rooms_;
};

Result<void> Letters::load_origins() {
  const std::string from(1, kLetterOriginPrefix), to(1, static_cast<char>(kLetterOriginPrefix + 1));
  return database_.scan(Family::state, from, to,
                        [&](std::string_view key, std::string_view value) -> Result<void> {
                          EventOrigin origin;
                          if (!parse_letter_origin_key(key, origin)) return {};
                          TRY(const std::int64_t id, decode_letter_id(value));
                          missing_.emplace(id, std::move(origin));
                          return {};
                        });
}

Result<void> Letters::look_at(std::string_view key, std::string_view value) {
  std::int64_t id = 0;
  if (!parse_letter_key(key, id) || missing_.erase(id) == 0) {
    database_.erase(writes_.batch(), Family::dead_letters, key);
    return {};
  }
  TRY(const DeadLetter letter, decode_letter(id, value));
  ++count_;
  bytes_ += text_bytes(letter);
  if (letter.group.empty()) return {};  // stored before there were groups
  LetterRoom& room = rooms_[letter.group];
  ++room.letters;
  room.bytes += text_bytes(letter);
  return {};
}

// Groups count what is there; the word about a lost letter is of none.
Result<void> Letters::renew_rooms() {
  const std::string from(1, kLetterRoomPrefix), to(1, static_cast<char>(kLetterRoomPrefix + 1));
  TRY(database_.scan(Family::state, from, to,
                     [&](std::string_view key, std::string_view) -> Result<void> {
                       database_.erase(writes_.batch(), Family::state, key);
                       return {};
                     }));
  for (const auto& [group, room] : rooms_) {
    database_.put(writes_.batch(), Family::state, letter_room_key(group), encode_letter_room(room));
  }
  return {};
}

Result<void> Letters::replace_lost() {
  std::vector<std::int64_t> ids;
  for (auto& [id, origin] : missing_) {
    DeadLetter letter;
    letter.id = id;
    letter.origin = std::move(origin);
    letter.reason = "the disk lost this letter";
    database_.put(writes_.batch(), Family::dead_letters, letter_key(id), encode_letter(letter));
    ++count_;
    bytes_ += text_bytes(letter);
    ids.push_back(id);
    TRY(writes_.flush_if_full());
  }
  if (!ids.empty()) LOG(error, "storage", "dead letters were lost: ids={}", list_of(ids));
  return {};
}

Result<void> Letters::settle() {
  TRY(load_origins());
  TRY(database_.scan(Family::dead_letters, {}, {},
                     [&](std::string_view key, std::string_view value) -> Result<void> {
                       return look_at(key, value);
                     }));
  TRY(replace_lost());
  TRY(renew_rooms());
  Counters counters = state_.counters;
  counters.dead_letters = count_;
  counters.dead_letter_bytes = bytes_;
  database_.put(writes_.batch(), Family::state, kCountersKey, encode_counters(counters));
  TRY(writes_.flush());
  state_.counters = counters;
  state_.letter_rooms = std::move(rooms_);
  return {};
}

}  // namespace

Result<void> settle_lost_tables(Database& database, State& state) {
  if (database.lost_tables().empty()) return {};
  bool letters = false;
  for (const LostTable& table : database.lost_tables()) {
    if (table.family == family_name(Family::dead_letters)) {
      letters = true;
    } else {
      TRY(Jobs(database, state).settle(table));
    }
  }
  if (letters) TRY(Letters(database, state).settle());
  database.settle_lost_tables();
  return {};
}

}  // namespace jobledger::storage
