// SPDX-License-Identifier: MIT
#include "storage/load.h"

#include "base/log.h"
#include "storage/damaged_scan.h"
#include "storage/metrics/head_codec.h"
#include "storage/reconcile.h"
#include "storage/rocks_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace jobledger::storage {
namespace {

Error corrupt_at(Family family, std::string_view key, std::string_view what) {
  return {ErrorKind::corrupt, describe_key(family, key) + ": " + std::string(what)};
}

// All keys of `state` that begin with the prefix.
template <class Visit>
Result<void> scan_prefix(const Database& database, char prefix, Visit visit) {
  const std::string from(1, prefix), to(1, static_cast<char>(prefix + 1));
  return database.scan(Family::state, from, to,
                       [&](std::string_view key, std::string_view value) -> Result<void> {
                         auto done = visit(key, value);
                         if (done) return {};
                         return std::move(done).error().in(describe_key(Family::state, key));
                       });
}

Result<void> load_dictionaries(const Database& database, State& state) {
  auto& dictionaries = state.table.dictionaries();
  return scan_prefix(database, kDictionaryPrefix,
                     [&](std::string_view key, std::string_view value) -> Result<void> {
                       jobs::Dictionary dictionary{};
                       jobs::StringId number = 0;
                       if (!parse_dictionary_key(key, dictionary, number)) {
                         return Error{ErrorKind::corrupt, "not a key of a text"};
                       }
                       if (number != dictionaries.size(dictionary)) {
                         return Error{ErrorKind::corrupt, "the text before it is missing"};
                       }
                       if (dictionaries.intern(dictionary, value) != number) {
                         return Error{ErrorKind::corrupt, "the text has two numbers"};
                       }
                       state.stored_texts[static_cast<std::size_t>(dictionary)] = number + 1;
                       return {};
                     });
}

Result<void> load_tags(const Database& database, State& state) {
  auto tags = std::make_shared<Tags>();
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    std::int64_t id = 0;
    if (!parse_tag_key(key, id) || id != static_cast<std::int64_t>(tags->size()) + 1) {
      return Error{ErrorKind::corrupt, "not the key of the next tag"};
    }
    TRY(schema::Tag tag, decode_tag(id, value));
    state.tag_numbers.emplace(TagName(tag.type, tag.name, tag.scope), id);
    tags->push_back(std::move(tag));
    return {};
  };
  TRY(scan_prefix(database, kTagPrefix, visit));
  state.tags = std::move(tags);
  return {};
}

Result<void> load_positions(const Database& database, State& state) {
  auto positions = std::make_shared<Positions>();
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    TRY(StreamPosition position, decode_position(key.substr(1), value));
    positions->insert_or_assign(std::string(key.substr(1)), std::move(position));
    return {};
  };
  TRY(scan_prefix(database, kPositionPrefix, visit));
  state.positions = std::move(positions);
  return {};
}

Result<void> load_clocks(const Database& database, State& state) {
  auto clocks = std::make_shared<LogClocks>();
  TRY(scan_prefix(database, kClockPrefix,
                  [&](std::string_view key, std::string_view value) -> Result<void> {
                    TRY((*clocks)[std::string(key.substr(1))], decode_log_clock(value));
                    return {};
                  }));
  state.clocks = std::move(clocks);
  return {};
}

Result<void> load_letter_rooms(const Database& database, State& state) {
  return scan_prefix(database, kLetterRoomPrefix,
                     [&](std::string_view key, std::string_view value) -> Result<void> {
                       TRY(state.letter_rooms[std::string(key.substr(1))],
                           decode_letter_room(value));
                       return {};
                     });
}

Result<void> load_nodes(const Database& database, State& state) {
  auto nodes = std::make_shared<Nodes>();
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    TRY(NodeState node, decode_node(value));
    if (node_key(node.cluster, node.hostname) != key) {
      return Error{ErrorKind::corrupt, "the key is another node's"};
    }
    state.newest_report = std::max(state.newest_report, node.time);
    nodes->push_back(std::move(node));
    return {};
  };
  TRY(scan_prefix(database, kNodePrefix, visit));
  std::sort(nodes->begin(), nodes->end(), [](const NodeState& a, const NodeState& b) {
    return std::tie(a.cluster, a.hostname) < std::tie(b.cluster, b.hostname);
  });
  state.nodes = std::move(nodes);
  return {};
}

Result<void> load_parked(const Database& database, State& state) {
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    EventOrigin origin;
    if (!parse_parked_key(key, origin)) return Error{ErrorKind::corrupt, "not a key of a stop"};
    TRY(const ParkedStop parked, decode_parked(origin, value));
    state.parked.add(origin, parked.stop.job_id, parked.received);
    return {};
  };
  return scan_prefix(database, kParkedPrefix, visit);
}

Result<void> load_damage(const Database& database, State& state) {
  auto damaged = std::make_shared<DamagedJobs>();
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    std::int64_t id = 0;
    if (!parse_damage_key(key, id)) return Error{ErrorKind::corrupt, "not the key of a job's mark"};
    TRY(const JobDamage damage, decode_damage(value));
    damaged->emplace(id, damage);
    return {};
  };
  TRY(scan_prefix(database, kDamagePrefix, visit));
  state.damaged_jobs = std::move(damaged);
  return {};
}

// One thread's share of the rows.
struct RowRange {
  std::int64_t from = 0, to = 0;  // to: exclusive
  std::unique_ptr<jobs::Table::Loader> loader;
  std::vector<jobs::JobRef> due;
  Result<void> outcome;
};

Result<void> load_rows(const Database& database, const State& state, RowRange& range) {
  const std::string from = job_key(range.from), to = job_key(range.to);
  const rocksdb::Slice upper(to);
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = 1 << 20;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> at(
      database.db().NewIterator(options, database.family(Family::rows)));
  jobs::Row row;
  for (at->Seek(from); at->Valid(); at->Next()) {
    const std::string_view key(at->key().data(), at->key().size());
    std::int64_t id = 0;
    if (!parse_job_key(key, id) || id >= state.counters.next_job ||
        !decode_row(id, {at->value().data(), at->value().size()}, state.stored_texts,
                    static_cast<std::int64_t>(state.tags->size()), row)) {
      return corrupt_at(Family::rows, key, "not a row of a job that was counted");
    }
    range.loader->add(row);
    if (is_archive_due(row)) range.due.push_back({row.id, row.revision});
  }
  database.note(at->status());
  if (!at->status().ok()) return rocks_error("scan rows", at->status());
  return {};
}

Result<std::vector<jobs::JobRef>> load_table(const Database& database, const Config& config,
                                             State& state) {
  const auto threads = static_cast<std::size_t>(std::max(config.load_threads, 1));
  const std::int64_t share = state.counters.next_job / static_cast<std::int64_t>(threads) + 1;
  std::vector<RowRange> ranges(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    ranges[i].from = static_cast<std::int64_t>(i) * share;
    // The last range is open, so that a row beyond the counter does not pass unseen.
    ranges[i].to = i + 1 < threads ? ranges[i].from + share : INT64_MAX;
    ranges[i].loader = state.table.make_loader();
  }
  const auto run = [&](RowRange& range) { range.outcome = load_rows(database, state, range); };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(run, std::ref(ranges[i]));
  run(ranges[0]);
  for (std::thread& other : others) other.join();

  std::vector<jobs::JobRef> due;
  std::vector<std::unique_ptr<jobs::Table::Loader>> loaders;
  for (RowRange& range : ranges) {
    TRY(std::move(range.outcome));
    due.insert(due.end(), range.due.begin(), range.due.end());
    loaders.push_back(std::move(range.loader));
  }
  state.table.finish_load(std::move(loaders));
  return due;
}

}  // namespace

Result<Counters> load_counters(const Database& database) {
  TRY(const std::optional<std::string> bytes, database.get(Family::state, kCountersKey));
  if (!bytes) return Counters();  // nothing was ever committed
  auto counters = decode_counters(*bytes);
  if (!counters) return std::move(counters).error().in(describe_key(Family::state, kCountersKey));
  return counters;
}

namespace {

Result<void> load_layouts(const Database& database, metrics::Head& head) {
  return scan_prefix(database, kTickLayoutPrefix,
                     [&](std::string_view key, std::string_view value) -> Result<void> {
                       std::uint32_t number = 0;
                       if (!parse_tick_layout_key(key, number)) {
                         return Error{ErrorKind::corrupt, "not the key of a layout"};
                       }
                       TRY(metrics::TickLayout layout, metrics::decode_layout(number, value));
                       head.layouts.load(std::move(layout));
                       return {};
                     });
}

Result<void> load_head_hosts(const Database& database, const metrics::Head& head,
                             metrics::HeadLoader& loader) {
  return scan_prefix(
      database, kHeadHostPrefix, [&](std::string_view key, std::string_view value) -> Result<void> {
        std::uint32_t number = 0;
        if (!parse_head_host_key(key, number)) {
          return Error{ErrorKind::corrupt, "not the key of a host"};
        }
        TRY(metrics::HostTicks host, metrics::decode_host(number, value, head.layouts));
        loader.add(std::move(host));
        return {};
      });
}

// Reads the head log from its begin. Samples that cannot be read are lost, and said so; they must
// not stop the start.
class LogReplay {
 public:
  LogReplay(const Database& database, const metrics::HeadCounters& counters,
            metrics::HeadLoader& loader)
      : database_(database), counters_(counters), loader_(loader), next_(counters.log_begin) {}

  Result<void> run();
  std::uint64_t unreadable() const { return unreadable_; }

 private:
  void take(std::string_view key, std::string_view value);
  void note_gap(std::uint64_t end);

  const Database& database_;
  const metrics::HeadCounters& counters_;
  metrics::HeadLoader& loader_;
  std::uint64_t next_;  // entries are numbered without gaps: the one that is expected
  std::uint64_t unreadable_ = 0;
};

void LogReplay::take(std::string_view key, std::string_view value) {
  std::uint64_t entry = 0;
  Result<void> done = Error{ErrorKind::corrupt, "not the key of an entry"};
  if (parse_metric_log_key(key, entry)) {
    note_gap(entry);
    next_ = entry + 1;
    done = loader_.replay(entry, value);
  }
  if (done) return;
  ++unreadable_;
  LOG(error, "storage", "samples are lost: {}: {}", describe_key(Family::metric_log, key),
      done.error().detail);
}

// Entries from the next one to before `end` are not there.
void LogReplay::note_gap(std::uint64_t end) {
  if (end <= next_) return;
  unreadable_ += end - next_;
  LOG(error, "storage", "samples are lost: entries of the head log cannot be read from={} to={}",
      next_, end - 1);
}

// All entries that can be read. An error when the database refuses, which is no damage.
Result<void> LogReplay::run() {
  const auto open = [this] {
    return std::unique_ptr<rocksdb::Iterator>(
        database_.db().NewIterator({}, database_.family(Family::metric_log)));
  };
  auto at = open();
  at->Seek(metric_log_key(next_));
  for (bool tried_again = false;;) {
    for (; at->Valid(); at->Next()) {
      take({at->key().data(), at->key().size()}, {at->value().data(), at->value().size()});
    }
    if (at->status().ok()) break;
    const Error error = rocks_error("scan the head log", at->status());
    if (error.kind != ErrorKind::corrupt && error.kind != ErrorKind::io) return error;
    if (error.kind == ErrorKind::io && !tried_again) {
      tried_again = true;  // it may have been a moment
      at = open();
      at->Seek(metric_log_key(next_));
      continue;
    }
    LOG(error, "storage", "{}", error.detail);
    at = seek_behind_damage(open, metric_log_key(next_ - 1));
    if (!at->status().ok()) break;
  }
  note_gap(counters_.next_log);
  return {};
}

}  // namespace

Result<std::uint64_t> load_head(const Database& database, State& state) {
  metrics::HeadCounters counters;
  TRY(const std::optional<std::string> bytes, database.get(Family::state, kHeadCountersKey));
  if (bytes) {
    auto decoded = metrics::decode_head_counters(*bytes);
    if (!decoded) {
      return std::move(decoded).error().in(describe_key(Family::state, kHeadCountersKey));
    }
    counters = *decoded;
  }
  metrics::HeadLoader loader(state.head, counters);
  TRY(load_layouts(database, state.head));
  TRY(load_head_hosts(database, state.head, loader));
  LogReplay replay(database, counters, loader);
  TRY(replay.run());
  loader.finish(state.table.dictionaries());
  return replay.unreadable();
}

Result<std::vector<jobs::JobRef>> load_state(Database& database, const Config& config,
                                             State& state) {
  TRY(state.counters, load_counters(database));
  TRY(load_dictionaries(database, state));
  TRY(load_tags(database, state));
  TRY(load_damage(database, state));
  TRY(settle_lost_tables(database, state));
  TRY(load_positions(database, state));
  TRY(load_clocks(database, state));
  TRY(load_letter_rooms(database, state));
  TRY(load_nodes(database, state));
  TRY(load_parked(database, state));
  // Beside the rows: both are long, and neither needs the other.
  Result<std::uint64_t> unreadable = std::uint64_t{0};
  std::thread head([&] { unreadable = load_head(database, state); });
  auto due = load_table(database, config, state);
  head.join();
  TRY(state.unreadable_log_entries, std::move(unreadable));
  return due;
}

}  // namespace jobledger::storage
