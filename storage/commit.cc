// SPDX-License-Identifier: MIT
#include "storage/commit.h"

#include "base/log.h"
#include "storage/metrics/head_codec.h"
#include "storage/record_codec.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>

namespace jobledger::storage {
namespace {

// An answer takes seconds; RocksDB's compaction filters do not heed its snapshots.
constexpr std::int64_t kOldestReader = 3600;

using Report = std::map<std::string, NodeState>;  // by hostname

bool before(const NodeState& a, const NodeState& b) {
  return std::tie(a.cluster, a.hostname) < std::tie(b.cluster, b.hostname);
}

// A sub-cluster has it.
bool is_listed(const NodeState& node) { return !node.sub_cluster.empty(); }

class Encoder {
 public:
  Encoder(const Config& config, State& state, const Update::Impl& update, Database& database)
      : config_(config), state_(state), update_(update), database_(database) {}

  Result<Effects> encode() {
    effects_.counters = state_.counters;
    effects_.newest_report = state_.newest_report;
    encode_jobs();
    encode_tags();
    encode_stops();
    encode_letters();
    TRY(encode_nodes());
    for (const auto& [stream, position] : update_.positions) {
      put(Family::state, position_key(stream), encode_position(position));
    }
    TRY(encode_marks());
    for (const auto& [stream, clock] : update_.clocks) {
      put(Family::state, clock_key(stream), encode_log_clock(clock));
    }
    TRY(encode_metrics());
    encode_texts();  // last: the others find them
    ++effects_.counters.commits;
    put(Family::state, kCountersKey, encode_counters(effects_.counters));
    return std::move(effects_);
  }

 private:
  void put(Family family, std::string_view key, std::string_view value) {
    database_.put(effects_.batch, family, key, value);
  }
  void erase(Family family, std::string_view key) { database_.erase(effects_.batch, family, key); }

  void encode_jobs() {
    effects_.rows.reserve(update_.jobs.size());
    std::string value;
    for (const auto& [job, revision] : update_.jobs) {
      const std::string key = job_key(job.id);
      value.clear();
      encode_record(value, job, revision);
      put(Family::jobs, key, value);
      const jobs::Row& row =
          effects_.rows.emplace_back(make_row(job, revision, state_.table.dictionaries()));
      value.clear();
      encode_row(value, row);
      put(Family::rows, key, value);
      encode_damage_of(job.id);
    }
    effects_.counters.next_job += update_.added;
  }

  // Of jobs that are written, as their records may be what is left after damage, or heal it.
  void encode_damage_of(std::int64_t id) {
    const bool heals = update_.restored.contains(id);
    if (!heals && !update_.substituted.contains(id)) return;
    if (!effects_.damaged_jobs) {
      effects_.damaged_jobs = std::make_shared<DamagedJobs>(*state_.damaged_jobs);
    }
    if (heals) {
      effects_.damaged_jobs->erase(id);
      erase(Family::state, damage_key(id));
    } else {
      effects_.damaged_jobs->insert_or_assign(id, JobDamage::lost);
      put(Family::state, damage_key(id), encode_damage(JobDamage::lost));
    }
  }

  void encode_tags() {
    for (const schema::Tag& tag : update_.new_tags) {
      put(Family::state, tag_key(tag.id), encode_tag(tag));
    }
    effects_.counters.next_tag += static_cast<std::int64_t>(update_.new_tags.size());
  }

  void encode_stops() {
    for (const EventOrigin& origin : update_.unparked) erase(Family::state, parked_key(origin));
    for (const auto& [origin, stop] : update_.parked) {
      put(Family::state, parked_key(origin), encode_parked(stop));
    }
  }

  void encode_letters() {
    for (const auto& [id, origin] : update_.dropped_letters) {
      erase(Family::dead_letters, letter_key(id));
      erase(Family::state, letter_origin_key(origin));
    }
    for (const auto& [id, letter] : update_.letters) {
      put(Family::dead_letters, letter_key(id), encode_letter(letter));
      put(Family::state, letter_origin_key(letter.origin), encode_letter_id(id));
    }
    for (const auto& [group, room] : update_.letter_rooms) {
      if (room.letters == 0) {
        erase(Family::state, letter_room_key(group));
      } else {
        put(Family::state, letter_room_key(group), encode_letter_room(room));
      }
    }
    effects_.counters.dead_letters = update_.letter_count();
    effects_.counters.dead_letter_bytes = update_.letter_bytes();
    effects_.counters.next_dead_letter += update_.letters_added;
    effects_.counters.dead_letters_dropped += update_.letters_over_limit;
  }

  Result<void> encode_marks() {
    for (const auto& [from, to] : update_.dropped_marks) {
      TRY(database_.scan(Family::state, from, to,
                         [this](std::string_view key, std::string_view) -> Result<void> {
                           erase(Family::state, key);
                           return {};
                         }));
    }
    for (const auto& [place, mark] : update_.marks) {
      put(Family::state, mark_key(place.first, place.second), encode_mark(mark));
    }
    return {};
  }

  Result<void> encode_nodes() {
    if (update_.reports.empty()) return {};
    for (const auto& [key, nodes] : update_.reports) {
      effects_.newest_report = std::max(effects_.newest_report, key.first);
    }
    const std::int64_t now = std::time(nullptr);
    const std::int64_t cutoff = history_cutoff(config_, effects_.newest_report, now);
    latest_credible_ = now + config_.max_report_lead.count();
    auto latest = std::make_shared<Nodes>(*state_.nodes);
    for (const auto& [key, nodes] : update_.reports) {
      const auto& [time, cluster] = key;
      forget_old(*latest, cluster, cutoff);
      if (time < cutoff) continue;
      const Report admitted = admit(*latest, cluster, time, nodes);
      TRY(encode_history(time, cluster, admitted));
      merge_latest(*latest, admitted);
    }
    effects_.nodes = std::move(latest);
    return {};
  }

  // Nodes of the cluster that were not reported for as long as history is kept.
  void forget_old(Nodes& latest, const std::string& cluster, std::int64_t cutoff) {
    forget(latest,
           [&](const NodeState& node) { return node.time < cutoff && node.cluster == cluster; });
  }

  template <class Predicate>
  void forget(Nodes& latest, Predicate goes) {
    std::erase_if(latest, [&](const NodeState& node) {
      if (!goes(node)) return false;
      erase(Family::state, node_key(node.cluster, node.hostname));
      return true;
    });
  }

  std::size_t room(const Nodes& latest, const std::string& cluster, bool listed) const {
    const auto count = std::count_if(latest.begin(), latest.end(), [&](const NodeState& node) {
      return node.cluster == cluster && is_listed(node) == listed;
    });
    const std::size_t most =
        listed ? config_.max_nodes_per_cluster : config_.metrics.max_unlisted_hosts;
    return most - std::min(most, static_cast<std::size_t>(count));
  }

  // Where there is no room for all new nodes, those that were silent for long make some.
  std::size_t make_room(Nodes& latest, const std::string& cluster, std::int64_t time, bool listed,
                        std::size_t wanted) {
    if (const std::size_t left = room(latest, cluster, listed); left >= wanted) return left;
    const std::int64_t heard =
        std::min(time, latest_credible_) - config_.metrics.silent_host_age.count();
    forget(latest, [&](const NodeState& node) {
      return node.cluster == cluster && is_listed(node) == listed && node.time < heard;
    });
    return room(latest, cluster, listed);
  }

  // Known nodes, and as many new ones as the cluster may have; nodes that no sub-cluster has take
  // no place of the others.
  Report admit(Nodes& latest, const std::string& cluster, std::int64_t time, Report report) {
    for (const bool listed : {true, false}) {
      const auto is_new = [&](const NodeState& node) {
        return is_listed(node) == listed &&
               !std::binary_search(latest.begin(), latest.end(), node, before);
      };
      const auto wanted = static_cast<std::size_t>(std::count_if(
          report.begin(), report.end(), [&](const auto& entry) { return is_new(entry.second); }));
      std::size_t left = make_room(latest, cluster, time, listed, wanted);
      effects_.refused_nodes += std::erase_if(report, [&](const auto& entry) {
        if (!is_new(entry.second)) return false;
        if (left == 0) return true;
        --left;
        return false;
      });
    }
    return report;
  }

  // Into the report of that moment, should it be there already. What cannot be read is lost anyway,
  // and must not hold up what comes after it.
  Result<void> encode_history(std::int64_t time, const std::string& cluster, Report nodes) {
    jobs::Dictionaries& dictionaries = state_.table.dictionaries();
    const std::string key = history_key(time, cluster);
    auto known = read_history(key, time, cluster);
    if (!known && known.error().kind != ErrorKind::corrupt) return std::move(known).error();
    if (!known) {
      LOG(error, "storage", "a stored node report is unreadable and written over: {}",
          known.error().detail);
      ++effects_.unreadable_reports;
      known = std::vector<NodeState>();
    }
    for (NodeState& node : *known) {
      std::string hostname = node.hostname;
      nodes.emplace(std::move(hostname), std::move(node));
    }
    std::vector<NodeState> all;
    all.reserve(nodes.size());
    for (auto& [hostname, node] : nodes) all.push_back(std::move(node));
    put(Family::node_history, key, encode_report(all, dictionaries));
    return {};
  }

  // Nothing when there is none.
  Result<std::vector<NodeState>> read_history(const std::string& key, std::int64_t time,
                                              const std::string& cluster) const {
    TRY(const std::optional<std::string> bytes, database_.get(Family::node_history, key));
    if (!bytes) return std::vector<NodeState>();
    auto nodes = decode_report(cluster, time, *bytes, state_.table.dictionaries());
    if (!nodes) return std::move(nodes).error().in(describe_key(Family::node_history, key));
    return nodes;
  }

  void merge_latest(Nodes& latest, const Report& report) {
    const auto known_end = static_cast<std::ptrdiff_t>(latest.size());
    for (const auto& [hostname, node] : report) {
      const auto end = latest.begin() + known_end;
      const auto found = std::lower_bound(latest.begin(), end, node, before);
      const bool known = found != end && !before(node, *found);
      // One from the future must not shut out those of the present.
      const bool is_late = known && found->time > node.time && found->time <= latest_credible_;
      if (is_late || (known && *found == node)) continue;
      put(Family::state, node_key(node.cluster, hostname), encode_node(node));
      if (known) {
        *found = node;
      } else {
        latest.push_back(node);
      }
    }
    std::inplace_merge(latest.begin(), latest.begin() + known_end, latest.end(), before);
  }

  Result<void> encode_metrics() {
    const metrics::Layouts& layouts = state_.head.layouts;
    effects_.stored_layouts = layouts.end();
    for (std::uint32_t n = layouts.stored_end(); n < layouts.end(); ++n) {
      put(Family::state, tick_layout_key(n), metrics::encode_layout(*layouts.find(n)));
    }
    for (const std::uint32_t n : update_.unused_layouts) erase(Family::state, tick_layout_key(n));
    if (!update_.head || update_.head->empty()) return {};
    const metrics::HeadEdit& head = *update_.head;
    for (const auto& [number, entry] : head.hosts()) {
      if (entry.record_changed) put(Family::state, head_host_key(number), encode_host(*entry.host));
    }
    for (const std::uint32_t number : head.forgotten()) erase(Family::state, head_host_key(number));
    for (const SealedBlock& block : update_.blocks) {
      TRY(database_.make_period(block.period));
      database_.put(effects_.batch, block.period, block.key, block.value);
    }
    if (head.has_samples()) {
      std::string entry;
      metrics::encode_log_entry(entry, head);
      put(Family::metric_log, metric_log_key(head.log_entry()), entry);
    }
    put(Family::state, kHeadCountersKey, metrics::encode_head_counters(head.counters_after()));
    return {};
  }

  void encode_texts() {
    const jobs::Dictionaries& dictionaries = state_.table.dictionaries();
    for (int i = 0; i < jobs::kDictionaryCount; ++i) {
      const auto dictionary = static_cast<jobs::Dictionary>(i);
      const jobs::StringId size = dictionaries.size(dictionary);
      for (jobs::StringId n = state_.stored_texts[static_cast<std::size_t>(i)]; n < size; ++n) {
        put(Family::state, dictionary_key(dictionary, n), dictionaries.text(dictionary, n));
      }
      effects_.stored_texts[static_cast<std::size_t>(i)] = size;
    }
  }

  const Config& config_;
  State& state_;
  const Update::Impl& update_;
  Database& database_;
  Effects effects_;
  std::int64_t latest_credible_ = INT64_MAX;
};

}  // namespace

Result<Effects> encode_update(const Config& config, State& state, const Update::Impl& update,
                              Database& database) {
  return Encoder(config, state, update, database).encode();
}

void apply_effects(State& state, const Update::Impl& update, const Effects& effects) {
  state.counters = effects.counters;
  state.stored_texts = effects.stored_texts;
  state.newest_report = effects.newest_report;
  if (!effects.rows.empty()) state.table.apply(effects.rows);
  if (effects.damaged_jobs) state.damaged_jobs = effects.damaged_jobs;
  state.head.layouts.set_stored(effects.stored_layouts);
  if (update.head && !update.head->empty()) update.head->apply();
  if (!update.new_tags.empty()) {
    auto tags = std::make_shared<Tags>(*state.tags);
    tags->insert(tags->end(), update.new_tags.begin(), update.new_tags.end());
    state.tags = std::move(tags);
    state.tag_numbers.insert(update.new_tag_numbers.begin(), update.new_tag_numbers.end());
  }
  for (const EventOrigin& origin : update.unparked) state.parked.remove(origin);
  for (const auto& [origin, stop] : update.parked) {
    state.parked.add(origin, stop.stop.job_id, stop.received);
  }
  for (const auto& [group, room] : update.letter_rooms) {
    if (room.letters == 0) {
      state.letter_rooms.erase(group);
    } else {
      state.letter_rooms.insert_or_assign(group, room);
    }
  }
  if (effects.nodes) state.nodes = effects.nodes;
  if (!update.clocks.empty()) {
    auto clocks = std::make_shared<LogClocks>(*state.clocks);
    for (const auto& [stream, clock] : update.clocks) clocks->insert_or_assign(stream, clock);
    state.clocks = std::move(clocks);
  }
  if (!update.positions.empty()) {
    auto positions = std::make_shared<Positions>(*state.positions);
    for (const auto& [stream, position] : update.positions) {
      positions->insert_or_assign(stream, position);
    }
    state.positions = std::move(positions);
  }
}

std::int64_t history_cutoff(const Config& config, std::int64_t newest_report, std::int64_t now) {
  const std::int64_t kept = config.node_history.count();
  const std::int64_t newest = std::min(newest_report, now + config.max_report_lead.count());
  return newest < INT64_MIN + kept ? INT64_MIN : newest - kept;
}

std::int64_t removal_cutoff(std::int64_t history_cutoff) {
  return history_cutoff < INT64_MIN + kOldestReader ? INT64_MIN : history_cutoff - kOldestReader;
}

}  // namespace jobledger::storage
