// SPDX-License-Identifier: MIT
#include "ingest/applier.h"

#include "base/log.h"
#include "ingest/dead_letter.h"
#include "ingest/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace jobledger::ingest {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

}  // namespace

DecodedBatch decode_batch(RawBatch raw, Decoder& decoder) {
  DecodedBatch batch;
  batch.raw = std::move(raw);
  batch.events.reserve(batch.raw.messages.size());
  batch.ends.reserve(batch.raw.messages.size());
  for (const RawMessage& message : batch.raw.messages) {
    decoder.decode(message.subject, message.payload, batch.events);
    batch.ends.push_back(batch.events.size());
  }
  batch.unknown = decoder.take_unknown();
  batch.dropped = decoder.take_dropped();
  for (NameCount& member : batch.dropped) {
    member.time = batch.raw.messages.back().time / kNanoseconds;
  }
  return batch;
}

Applier::Applier(RulesConfig rules, Decoder retry_decoder, HealthSources health)
    : rules_(rules, retry_decoder.clusters()),
      retry_decoder_(std::move(retry_decoder)),
      health_(std::move(health)) {}

Effects Applier::apply(storage::Update& update, DecodedBatch& batch) {
  Effects effects;
  const RawBatch& raw = batch.raw;
  const std::uint64_t applied = applied_before(raw, update.position(raw.stream));
  storage::LogClock clock = update.log_clock(raw.stream);
  std::size_t next = 0;
  for (std::size_t i = 0; i < raw.messages.size(); ++i) {
    const RawMessage& message = raw.messages[i];
    const std::size_t end = batch.ends[i];
    if (raw.durable && message.sequence <= applied) {
      ++effects.tally.repeated_messages;
      next = end;
      continue;
    }
    ++effects.tally.messages;
    Place place;
    place.origin = {raw.stream, raw.created, message.sequence, 0, raw.epoch};
    place.sent = message.time / kNanoseconds;
    place.subject = message.subject;
    advance(update, clock, place.sent, effects);
    place.time = std::min(place.sent, clock.time);
    for (; next < end; ++next) {
      place.origin.line = batch.events[next].line;
      place.text = batch.events[next].text;
      apply_event(update, batch.events[next], place, effects);
    }
  }
  update.set_log_clock(raw.stream, clock);
  const std::uint64_t last = raw.messages.back().sequence;
  if (raw.durable && last > applied) ingest::advance(update, measure(raw));
  return effects;
}

// What the passing of log time alone does, before the first event of a new second.
void Applier::advance(storage::Update& update, storage::LogClock& clock, std::int64_t sent,
                      Effects& effects) {
  const std::int64_t before = clock.time;
  clock.take(sent);
  log_time_.store(clock.time, std::memory_order_relaxed);
  if (clock.time <= before) return;
  const Result<void> expired = rules_.expire_parked(update, clock.time, effects.tally);
  if (!expired) LOG(error, "ingest", "cannot expire parked stops: {}", expired.error().detail);
}

void Applier::apply_event(storage::Update& update, Event& event, const Place& place,
                          Effects& effects) {
  const EventKind kind = event.kind;
  const Verdict verdict = judge(update, event, place, effects);
  effects.tally.count(kind, verdict.outcome);
  if (verdict.outcome != Outcome::malformed) return;
  const bool known = verdict.reason == Reason::already_stopped ||
                     names_known_cluster(place.text, *retry_decoder_.clusters()());
  add_dead_letter(update, place, verdict, known, effects.tally);
}

Verdict Applier::judge(storage::Update& update, Event& event, const Place& place,
                       Effects& effects) {
  if (auto* start = std::get_if<StartJob>(&event.what)) {
    return rules_.start(update, std::move(*start), place, effects.tally);
  }
  if (const auto* stop = std::get_if<StopJob>(&event.what)) {
    return rules_.stop(update, *stop, place);
  }
  if (auto* states = std::get_if<NodeStates>(&event.what)) {
    return put_nodes(update, std::move(*states), place.time, effects.tally);
  }
  if (const auto* command = std::get_if<Command>(&event.what)) {
    return obey(update, *command, place, effects);
  }
  if (auto* malformed = std::get_if<Malformed>(&event.what)) {
    return Verdict::malformed(malformed->reason, std::move(malformed->text));
  }
  return {Outcome::ignored, {}, {}};
}

Verdict Applier::put_nodes(storage::Update& update, NodeStates states, std::int64_t time,
                           Tally& tally) {
  for (storage::NodeState& node : states.nodes) {
    node.time = time;
    if (node.sub_cluster.empty()) ++tally.nodes_without_sub_cluster;
  }
  judge_health(update, states, time);
  update.put_node_states(states.cluster, time, std::move(states.nodes));
  return {Outcome::applied, {}, {}};
}

// Nodes that are down count as well; those in no sub-cluster fail, as nobody knows what they should
// send.
void Applier::judge_health(const storage::Update& update, NodeStates& states,
                           std::int64_t time) const {
  std::vector<storage::NodeState*> own;
  for (storage::NodeState& node : states.nodes) {
    if (node.scheduler_state == schema::SchedulerState::down || node.sub_cluster.empty()) continue;
    const auto elsewhere = health_.elsewhere
                               ? health_.elsewhere(states.cluster, node.sub_cluster, node.hostname)
                               : std::nullopt;
    if (elsewhere) {
      node.health_state = *elsewhere;
    } else {
      own.push_back(&node);
    }
  }
  if (own.empty() || !health_.measured) return;
  const std::shared_ptr<const schema::Clusters> clusters = health_.measured();
  const schema::Cluster* cluster = clusters->find(states.cluster);
  if (cluster != nullptr) judge_own(update, *cluster, own, time);
}

// A log of metrics that lags behind, after a time out of reach say, has not told yet what the nodes
// sent until now: its own time counts then, or all of them would be called failed.
void Applier::judge_own(const storage::Update& update, const schema::Cluster& cluster,
                        std::span<storage::NodeState* const> nodes, std::int64_t time) const {
  const bool lags = health_.metrics_caught_up && !health_.metrics_caught_up();
  const std::int64_t now = lags ? std::min(time, update.metric_time()) : time;
  const storage::HealthJudge judge = update.health_judge();
  std::map<std::string_view, std::vector<const schema::MetricConfig*>> expected;
  for (storage::NodeState* node : nodes) {
    const schema::SubCluster* sub = cluster.find_sub_cluster(node->sub_cluster);
    if (sub == nullptr) continue;
    const auto [at, is_new] = expected.try_emplace(sub->name);
    if (is_new) at->second = storage::expected_metrics(*sub);
    node->health_state = judge.judge({cluster.name, node->hostname, sub}, at->second, now).state;
  }
}

Verdict Applier::obey(storage::Update& update, const Command& command, const Place& place,
                      Effects& effects) {
  Result<void> done = command.verb == Command::Verb::dead_letter_retry
                          ? retry_letter(update, command.dead_letter, place, effects)
                          : drop_letter(update, command.dead_letter);
  const Outcome outcome = done ? Outcome::applied : Outcome::refused;
  if (!command.id.empty()) effects.answers.emplace_back(command.id, std::move(done));
  return {outcome, {}, {}};
}

Result<void> Applier::drop_letter(storage::Update& update, std::int64_t id) {
  TRY(const bool dropped, update.drop_dead_letter(id));
  if (dropped) return {};
  return Error{ErrorKind::not_found, fmt::format("no dead letter {}", id)};
}

// The letter's text takes the command's place in the log. It stays when any part of it still cannot
// be applied; parts that could be are applied, and will be exact repeats the next time.
Result<void> Applier::retry_letter(storage::Update& update, std::int64_t id, const Place& place,
                                   Effects& effects) {
  TRY(const std::optional<storage::DeadLetter> letter, update.find_dead_letter(id));
  if (!letter) return Error{ErrorKind::not_found, fmt::format("no dead letter {}", id)};
  if (letter->payload_cut) {
    return Error{ErrorKind::conflict, "the stored message is incomplete: it was too long to keep"};
  }
  std::vector<Event> events;
  retry_decoder_.decode(letter->subject, letter->payload, events);
  retry_decoder_.take_unknown();
  retry_decoder_.take_dropped();
  std::optional<Error> failure;
  for (Event& event : events) {
    // A command cannot be retried by a command: that could go on for ever.
    if (event.kind == EventKind::command) return invalid("commands are not retried: submit anew");
    Place again = place;
    // What nodes were doing, they did then; jobs wait and expire from now on.
    if (event.kind == EventKind::node_state) again.time = std::min(letter->received, place.time);
    again.origin.line = event.line;
    again.subject = letter->subject;
    again.text = event.text;
    const EventKind kind = event.kind;
    Verdict verdict = judge(update, event, again, effects);
    if (verdict.outcome == Outcome::malformed) {
      if (!failure) failure = invalid("still cannot be applied: " + verdict.text);
    } else {
      effects.tally.count(kind, verdict.outcome);
    }
  }
  if (failure) return *std::move(failure);
  return drop_letter(update, id);
}

}  // namespace jobledger::ingest
