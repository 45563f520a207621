// SPDX-License-Identifier: MIT
#include "ingest/nats_source_impl.h"
#include "ingest/subject.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace jobledger::ingest {
namespace {

constexpr int kMissedHeartbeats = 3;
constexpr std::chrono::seconds kRecreateAfter{2};

}  // namespace

Attached NatsSource::Impl::attach() {
  // Two daemons with one consumer name take it from each other: not as fast as they can.
  if (Clock::now() - last_attach < config.retry_wait) wait(config.retry_wait);
  last_attach = Clock::now();
  if (over()) return Attached::no;
  {
    std::lock_guard lock(mutex);
    const std::string why = std::exchange(attach_reason, {});
    if (!why.empty()) LOG(info, "nats", "attaching stream={} because={}", config.stream, why);
  }
  StreamAnswer found = link->find_stream(config.stream);
  if (found.answer == Answer::no_jetstream) return start_plain();
  if (found.answer == Answer::not_found && nats.manage_streams && may_make_stream()) {
    found = link->make_stream(config, all_subjects(config));
    if (found.answer == Answer::ok) LOG(info, "nats", "stream made name={}", config.stream);
  }
  if (found.answer != Answer::ok) {
    fail(fmt::format("stream {}: {}", config.stream, found.problem));
    return found.answer == Answer::not_found ? Attached::not_yet : Attached::no;
  }
  cover_subjects(found);
  return follow();
}

// The broker still clears away a stream that was deleted just now, and what is made in its place at
// once may lose messages: a stream that we knew is given a while.
bool NatsSource::Impl::may_make_stream() {
  const auto position = memory.position(config.stream);
  if (position && !*position) return true;
  if (stream_gone_since == Clock::time_point{}) stream_gone_since = Clock::now();
  return Clock::now() - stream_gone_since > kRecreateAfter;
}

// The stream must take what we are configured to read; what it does not take is lost.
void NatsSource::Impl::cover_subjects(const StreamAnswer& found) {
  const std::vector<std::string> missing = not_covered(all_subjects(config), found.subjects);
  if (missing.empty()) return;
  if (nats.manage_streams) {
    std::vector<std::string> subjects = found.subjects;
    subjects.insert(subjects.end(), missing.begin(), missing.end());
    const StreamAnswer changed_to = link->set_subjects(config.stream, subjects);
    if (changed_to.answer == Answer::ok) {
      LOG(info, "nats", "subjects added to the stream name={} subjects={}", config.stream,
          fmt::join(missing, ","));
      return;
    }
    LOG(error, "nats", "cannot add subjects to the stream {}: {}", config.stream,
        changed_to.problem);
  }
  LOG(error, "nats", "the stream {} does not take {}: what is published there is lost",
      config.stream, fmt::join(missing, ","));
}

Attached NatsSource::Impl::follow() {
  const Result<void> deleted = link->delete_consumer(config.stream, config.consumer);
  if (!deleted) return fail(deleted.error().detail);
  // Only now: the stream may have changed meanwhile.
  const StreamAnswer now = link->find_stream(config.stream);
  if (now.answer != Answer::ok) return fail(now.problem);
  const Result<StartPoint> start = find_start(now.facts);
  if (!start) return fail(start.error().detail);
  const Result<void> pulling = pull_from(now.facts, *start);
  if (!pulling) return fail(pulling.error().detail);
  announce(now, *start);
  stream = now.facts;
  stream_gone_since = {};
  set_mode(SourceMode::following);
  return Attached::yes;
}

Result<StartPoint> NatsSource::Impl::find_start(const StreamFacts& facts) {
  TRY(const std::optional<storage::StreamPosition> position, memory.position(config.stream));
  const bool is_other = position && other_than && position->mark() == *other_than;
  StartPoint start = choose_start(position, facts, is_other);
  if (start.why == StartPoint::Why::rewound) start.sequence = find_common_end(facts) + 1;
  return start;
}

// The last message that the stream and we have in common, as far as marks tell.
std::uint64_t NatsSource::Impl::find_common_end(const StreamFacts& facts) {
  const std::uint64_t beginning = std::max<std::uint64_t>(facts.first_sequence, 1) - 1;
  const auto read = [this](std::uint64_t sequence) {
    return link->read_mark(config.stream, sequence);
  };
  const auto marks = memory.marks(config.stream);
  if (!marks) {
    LOG(error, "nats", "cannot read the marks of {}: {}", config.stream, marks.error().detail);
    return beginning;
  }
  const auto match = find_last_match(*marks, facts, read);
  if (!match) {
    LOG(warning, "nats", "cannot compare the stream {} with what we read: {}", config.stream,
        match.error().detail);
    return beginning;
  }
  return *match ? (*match)->sequence : beginning;
}

Result<void> NatsSource::Impl::pull_from(const StreamFacts& facts, const StartPoint& start) {
  auto receiver = std::make_shared<Intake>(config, limits, deliver,
                                           [this](std::string why) { request_attach(why); });
  intake = receiver;
  TRY(receiver->open(link));
  TRY(link->make_consumer(config, start.sequence));
  receiver->accept(facts, start);
  // What the broker refuses of this it says before it answers.
  TRY(link->flush());
  const std::string refused = link->refusal();
  const bool concerns_us = refused.find(receiver->inbox()) != std::string::npos ||
                           refused.find("CONSUMER.MSG.NEXT") != std::string::npos;
  if (concerns_us) return Error{ErrorKind::unavailable, refused};
  return {};
}

void NatsSource::Impl::announce(const StreamAnswer& found, const StartPoint& start) {
  using Why = StartPoint::Why;
  doubts = describe_weakness(found.weakness);
  for (const std::string& doubt : doubts) {
    LOG(warning, "nats", "messages may be lost: {}: {}", config.stream, doubt);
  }
  if (start.why == Why::recreated || start.why == Why::rewound) {
    LOG(warning, "nats",
        "the stream {} {}: reading from {} on, what is known already has no effect", config.stream,
        start.why == Why::recreated ? "was made anew" : "lost messages that we read",
        start.sequence);
  }
  if (start.is_unproven) {
    LOG(warning, "nats",
        "our last message of the stream {} cannot be compared: nobody can tell whether the broker "
        "lost others",
        config.stream);
  }
  if (start.missed > 0) {
    const auto problem = fmt::format(
        "{} messages left the stream before we read them: they are lost to us", start.missed);
    LOG(error, "nats", "{}: {} first={}", config.stream, problem, start.sequence);
    doubts.push_back(problem);
  }
  LOG(info, "nats", "following stream={} from={} last={} epoch={}", config.stream, start.sequence,
      found.facts.last_sequence, start.epoch);
  std::lock_guard lock(mutex);
  shown.missed_messages += start.missed;
  if (start.why == Why::rewound) ++shown.rewinds;
  if (start.is_unproven) ++shown.unproven_resumes;
  shown.last_sequence = found.facts.last_sequence;
  shown.warnings = doubts;
}

Attached NatsSource::Impl::start_plain() {
  plain->start(*link);
  const Result<void> flushed = link->flush();
  const std::string refused = flushed ? link->refusal() : flushed.error().detail;
  if (refused.find("ubscription") != std::string::npos || !flushed) return fail(refused);
  set_mode(SourceMode::plain, "the broker has no JetStream: messages can be lost");
  return Attached::yes;
}

// Once per status interval, or when woken.
void NatsSource::Impl::watch() {
  const std::uint64_t received = intake ? intake->last_sequence() : 0;
  const StreamAnswer now = link->find_stream(config.stream);
  if (plain->active()) {
    watch_plain(now);
  } else {
    watch_stream(now, received);
  }
  std::unique_lock lock(mutex);
  changed.wait_for(lock, std::min(config.status_interval, config.heartbeat),
                   [this] { return stopping || link_lost || attach_wanted; });
}

void NatsSource::Impl::watch_plain(const StreamAnswer& now) {
  const std::uint64_t lost = plain->take_lost(*link);
  {
    std::lock_guard lock(mutex);
    shown.missed_messages += lost;
  }
  if (now.answer == Answer::ok || now.answer == Answer::not_found) {
    request_attach("the broker has JetStream now");
  }
}

// `received`: the last that had come before the stream was asked.
void NatsSource::Impl::watch_stream(const StreamAnswer& now, std::uint64_t received) {
  show(now);
  const auto patience = kMissedHeartbeats * config.heartbeat;
  if (intake->silence() > patience) request_attach("no heartbeat from the consumer");
  if (now.answer == Answer::not_found) request_attach("the stream is gone");
  if (now.answer != Answer::ok) return;
  intake->set_first_sequence(now.facts.first_sequence);
  if (now.facts.created != stream.created) request_attach("the stream was made anew");
  if (now.facts.last_sequence < received) request_attach("the stream lost messages that we read");
  // Seen with a stream made anew at once: a consumer that lives, and sends nothing.
  if (now.facts.last_sequence > intake->last_sequence() && intake->idleness() > patience) {
    const Result<std::uint64_t> pending = link->find_pending(config.stream, config.consumer);
    if (pending && *pending > 0) request_attach("the consumer does not send what is pending");
  }
}

void NatsSource::Impl::show(const StreamAnswer& now) {
  const std::uint64_t missing = intake->take_missing();
  if (missing > 0) {
    LOG(error, "nats", "{} messages were removed from the stream {} before we read them", missing,
        config.stream);
  }
  const std::string refused = link->refusal();
  std::lock_guard lock(mutex);
  shown.missed_messages += missing;
  shown.warnings = doubts;
  if (!refused.empty()) shown.warnings.push_back(refused);
  if (now.answer == Answer::ok) shown.last_sequence = now.facts.last_sequence;
  if (shown.mode != SourceMode::following) return;
  shown.problem = now.answer == Answer::ok ? "" : "cannot ask for the stream's end: " + now.problem;
}

}  // namespace jobledger::ingest
