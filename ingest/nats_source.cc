// SPDX-License-Identifier: MIT
#include "ingest/nats_source.h"

#include "base/log.h"
#include "base/mailbox.h"
#include "ingest/intake.h"
#include "ingest/nats_link.h"
#include "ingest/plain_intake.h"
#include "ingest/subject.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace jobledger::ingest {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kNoConnection = "no connection to the broker";
constexpr int kMissedHeartbeats = 3;
constexpr std::chrono::seconds kRecreateAfter{2};
constexpr std::chrono::milliseconds kPublishPatience{200};  // how often the publisher looks up

struct Command {
  std::string payload;
  std::function<void(Result<void>)> done;
};

}  // namespace

struct NatsSource::Impl {
  Impl(NatsConfig nats_in, StreamConfig config_in, LimitsConfig limits_in)
      : nats(std::move(nats_in)),
        config(std::move(config_in)),
        limits(limits_in),
        commands(limits.max_waiting_commands) {}

  // --- control thread
  void run();
  void open_link();
  void close_link();
  bool attach();
  bool follow();
  bool may_make_stream();
  void cover_subjects(const StreamAnswer& found);
  void watch();
  void watch_plain(const StreamAnswer& now);
  void watch_stream(const StreamAnswer& now);
  void start_plain();
  void wait(std::chrono::milliseconds patience);
  void announce(const StreamFacts& stream, const StartPoint& start);
  void set_mode(SourceMode mode, std::string problem = {});

  // --- other threads
  void on_state(LinkState state);
  void request_attach(std::string why);
  void run_publisher();
  Result<void> publish_one(const std::string& payload);

  const NatsConfig nats;
  const StreamConfig config;
  const LimitsConfig limits;
  Source::Deliver deliver;
  Source::PositionOf position;

  std::thread control, publisher;
  Mailbox<Command> commands;

  mutable std::mutex mutex;  // guards all below
  std::condition_variable changed;
  bool stopping = false, link_closed = false, attach_wanted = false;
  std::string attach_reason;
  SourceStatus shown;
  bool was_connected = false;
  Clock::time_point unreachable_since = Clock::now();
  std::shared_ptr<NatsLink> link;

  std::atomic<bool> interrupted{false};  // give up waiting: the connection is gone, or we stop

  std::shared_ptr<Intake> intake;                        // control thread
  StreamFacts stream;                                    // control thread: attached to
  LogGate waiting_gate;                                  // control thread
  Clock::time_point stream_gone_since{}, last_attach{};  // control thread
  std::unique_ptr<PlainIntake> plain;                    // control thread; outlives the link
};

// ------------------------------------------------------------------------------- control thread

void NatsSource::Impl::run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    const bool need_link = link == nullptr || link_closed;
    const bool connected = shown.connected;
    const bool need_attach = attach_wanted;
    if (!need_link && !connected) {
      changed.wait_for(lock, config.status_interval);
      continue;
    }
    attach_wanted = false;
    lock.unlock();
    if (need_link) {
      open_link();
    } else if (need_attach && !attach()) {
      {
        std::lock_guard again(mutex);
        attach_wanted = true;
      }
      wait(config.retry_wait);
    } else {
      watch();
    }
    lock.lock();
  }
  lock.unlock();
  close_link();
  NatsLink::release_thread_memory();
}

// Sleeps until something happens, at most so long.
void NatsSource::Impl::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, patience, [this] { return stopping || link_closed; });
}

void NatsSource::Impl::open_link() {
  close_link();
  {
    std::lock_guard lock(mutex);
    link_closed = false;
    attach_wanted = true;
    attach_reason = "connected";
  }
  auto opened = NatsLink::open(nats, [this](LinkState state) { on_state(state); });
  if (opened) {
    std::shared_ptr<NatsLink> fresh = *std::move(opened);
    auto receiver = std::make_shared<Intake>(config, limits, deliver,
                                             [this](std::string why) { request_attach(why); });
    const Result<void> ready = receiver->open(fresh);
    intake = std::move(receiver);
    std::lock_guard lock(mutex);
    link = std::move(fresh);
    if (ready) return;
    link_closed = true;
    shown.problem = ready.error().detail;
  } else {
    set_mode(SourceMode::connecting, opened.error().detail);
    LOG(error, "nats", "cannot connect: {}", opened.error().detail);
  }
  wait(nats.reconnect_wait);
}

void NatsSource::Impl::close_link() {
  std::shared_ptr<NatsLink> ended;
  {
    std::lock_guard lock(mutex);
    ended = std::move(link);
    link = nullptr;
    shown.connected = false;
  }
  if (ended) ended->close();
  intake.reset();
  plain->forget();
}

bool NatsSource::Impl::attach() {
  // Two daemons with one consumer name take it from each other: not as fast as they can.
  if (Clock::now() - last_attach < config.retry_wait) wait(config.retry_wait);
  last_attach = Clock::now();
  interrupted = false;
  std::string why;
  {
    std::lock_guard lock(mutex);
    if (stopping || !shown.connected) return false;
    why = attach_reason;
  }
  LOG(info, "nats", "attaching stream={} because={}", config.stream, why);
  StreamAnswer found = link->find_stream(config.stream);
  if (found.answer == Answer::no_jetstream) {
    start_plain();
    return true;
  }
  plain->stop(*link);
  if (found.answer == Answer::not_found && nats.manage_streams && may_make_stream()) {
    found = link->make_stream(config, all_subjects(config));
    if (found.answer == Answer::ok) LOG(info, "nats", "stream made name={}", config.stream);
  }
  if (found.answer != Answer::ok) {
    std::string problem = fmt::format("stream {}: {}", config.stream, found.problem);
    if (waiting_gate.pass() >= 0) LOG(warning, "nats", "waiting for the {}", problem);
    set_mode(SourceMode::waiting_for_stream, std::move(problem));
    return false;
  }
  cover_subjects(found);
  return follow();
}

// The broker still clears away a stream that was deleted just now, and what is made in its place at
// once may lose messages: a stream that we knew is given a while.
bool NatsSource::Impl::may_make_stream() {
  if (!position(config.stream)) return true;
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

bool NatsSource::Impl::follow() {
  const auto failed = [this](std::string problem) {
    LOG(warning, "nats", "cannot attach: {}", problem);
    set_mode(SourceMode::connecting, std::move(problem));
    return false;
  };
  intake->refuse();
  const Result<void> deleted = link->delete_consumer(config.stream, config.consumer);
  if (!deleted) return failed(deleted.error().detail);
  if (!intake->quiesce(interrupted)) return failed("the connection was lost");
  // Only now: what was on its way has been delivered, and the stream may have changed meanwhile.
  const StreamAnswer now = link->find_stream(config.stream);
  if (now.answer != Answer::ok) return failed(now.problem);
  const StartPoint start = choose_start(position(config.stream), now.facts);
  const Result<void> made = link->make_consumer(config, start.sequence);
  if (!made) return failed(made.error().detail);
  announce(now.facts, start);
  stream = now.facts;
  stream_gone_since = {};
  {
    std::lock_guard lock(mutex);
    shown.last_sequence = now.facts.last_sequence;
    shown.missed_messages += start.missed;
  }
  set_mode(SourceMode::following);
  intake->accept(now.facts, start);
  return true;
}

void NatsSource::Impl::announce(const StreamFacts& facts, const StartPoint& start) {
  using Why = StartPoint::Why;
  if (start.why == Why::recreated || start.why == Why::rewound) {
    LOG(warning, "nats",
        "the stream {} {}: reading from its beginning, what is known already has no effect",
        config.stream, start.why == Why::recreated ? "was made anew" : "ends before our position");
  }
  if (start.missed > 0) {
    LOG(error, "nats", "{} messages left the stream {} before we read them: they are lost to us",
        start.missed, config.stream);
  }
  LOG(info, "nats", "following stream={} from={} last={}", config.stream, start.sequence,
      facts.last_sequence);
}

// Once per status interval, or when woken.
void NatsSource::Impl::watch() {
  const StreamAnswer now = link->find_stream(config.stream);
  if (plain->active()) {
    watch_plain(now);
  } else {
    watch_stream(now);
  }
  std::unique_lock lock(mutex);
  changed.wait_for(lock, std::min(config.status_interval, config.heartbeat),
                   [this] { return stopping || link_closed || attach_wanted; });
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

void NatsSource::Impl::watch_stream(const StreamAnswer& now) {
  const std::uint64_t missing = intake->take_missing();
  if (missing > 0) {
    LOG(error, "nats", "{} messages were removed from the stream {} before we read them", missing,
        config.stream);
  }
  {
    std::lock_guard lock(mutex);
    shown.missed_messages += missing;
    if (now.answer == Answer::ok) shown.last_sequence = now.facts.last_sequence;
  }
  const auto patience = kMissedHeartbeats * config.heartbeat;
  if (intake->silence() > patience) request_attach("no heartbeat from the consumer");
  if (now.answer == Answer::not_found) request_attach("the stream is gone");
  if (now.answer != Answer::ok) return;
  if (now.facts.created != stream.created) request_attach("the stream was made anew");
  // Seen with a stream made anew at once: a consumer that lives, and sends nothing.
  if (now.facts.last_sequence > intake->last_sequence() && intake->idleness() > patience) {
    const Result<std::uint64_t> pending = link->find_pending(config.stream, config.consumer);
    if (pending && *pending > 0) request_attach("the consumer does not send what is pending");
  }
}

void NatsSource::Impl::set_mode(SourceMode mode, std::string problem) {
  std::lock_guard lock(mutex);
  // The connection may have been lost while we found that out.
  if (!shown.connected && mode != SourceMode::connecting) {
    mode = SourceMode::connecting;
    if (problem.empty()) problem = kNoConnection;
  }
  const auto good = [](SourceMode m) {
    return m == SourceMode::following || m == SourceMode::plain;
  };
  if (good(shown.mode) && !good(mode)) unreachable_since = Clock::now();
  shown.mode = mode;
  shown.problem = std::move(problem);
  shown.stream = mode == SourceMode::plain ? std::string() : config.stream;
}

void NatsSource::Impl::start_plain() {
  plain->start(*link);
  set_mode(SourceMode::plain, "the broker has no JetStream: messages can be lost");
}

// ------------------------------------------------------------------------------- other threads

void NatsSource::Impl::on_state(LinkState state) {
  std::lock_guard lock(mutex);
  if (state == LinkState::connected) {
    if (was_connected) ++shown.reconnects;
    was_connected = true;
    shown.connected = true;
    attach_wanted = true;
    attach_reason = "connected";
    LOG(info, "nats", "connected url={}", nats.url);
  } else {
    if (shown.connected) LOG(warning, "nats", "connection lost url={}", nats.url);
    const bool was_good = shown.mode == SourceMode::following || shown.mode == SourceMode::plain;
    if (was_good) unreachable_since = Clock::now();
    shown.connected = false;
    shown.mode = SourceMode::connecting;
    shown.problem = kNoConnection;
    interrupted = true;
    if (state == LinkState::closed) link_closed = true;
  }
  changed.notify_all();
}

void NatsSource::Impl::request_attach(std::string why) {
  std::lock_guard lock(mutex);
  attach_wanted = true;
  attach_reason = std::move(why);
  changed.notify_all();
}

void NatsSource::Impl::run_publisher() {
  while (!commands.closed()) {
    for (Command& command : commands.pop_all(kPublishPatience)) {
      Result<void> published = publish_one(command.payload);
      command.done(std::move(published));
    }
  }
  for (Command& command : commands.pop_all(std::chrono::milliseconds(0))) {
    command.done(Error{ErrorKind::cancelled, "the daemon is stopping"});
  }
  NatsLink::release_thread_memory();
}

Result<void> NatsSource::Impl::publish_one(const std::string& payload) {
  std::shared_ptr<NatsLink> target;
  SourceMode mode = SourceMode::stopped;
  {
    std::lock_guard lock(mutex);
    target = link;
    mode = shown.mode;
  }
  if (target && mode == SourceMode::following) {
    return target->publish_durable(config.command_subject, payload);
  }
  if (target && mode == SourceMode::plain) {
    TRY(target->publish(config.command_subject, {}, payload));
    return target->flush();
  }
  return Error{ErrorKind::unavailable, "the log is out of reach"};
}

// ---------------------------------------------------------------------------------- the source

NatsSource::NatsSource(NatsConfig nats, StreamConfig config, LimitsConfig limits)
    : impl_(std::make_shared<Impl>(std::move(nats), std::move(config), limits)) {}

NatsSource::~NatsSource() { stop(); }

void NatsSource::start(Deliver deliver, PositionOf position) {
  impl_->deliver = std::move(deliver);
  impl_->plain = std::make_unique<PlainIntake>(impl_->config, impl_->limits, impl_->deliver);
  impl_->position = std::move(position);
  impl_->set_mode(SourceMode::connecting, "not connected yet");
  impl_->unreachable_since = Clock::now();
  impl_->control = std::thread([impl = impl_] { impl->run(); });
  if (impl_->config.command_subject.empty()) return;
  impl_->publisher = std::thread([impl = impl_] { impl->run_publisher(); });
}

void NatsSource::stop() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->shown.mode = SourceMode::stopped;
  }
  impl_->interrupted = true;
  impl_->changed.notify_all();
  impl_->commands.close();
  if (impl_->control.joinable()) impl_->control.join();
  if (impl_->publisher.joinable()) impl_->publisher.join();
}

SourceStatus NatsSource::status() const {
  std::lock_guard lock(impl_->mutex);
  SourceStatus status = impl_->shown;
  if (status.mode != SourceMode::following && status.mode != SourceMode::plain) {
    status.out_of_reach =
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - impl_->unreachable_since);
  }
  return status;
}

void NatsSource::publish(std::string payload, std::function<void(Result<void>)> done) {
  CHECK(!impl_->config.command_subject.empty(), "the stream takes no commands");
  Command command{std::move(payload), done};
  if (impl_->commands.try_push(std::move(command))) return;
  done(Error{ErrorKind::unavailable, "too many commands wait for the log, or the daemon stops"});
}

}  // namespace jobledger::ingest
