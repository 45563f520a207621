// SPDX-License-Identifier: MIT
#include "ingest/nats_source.h"

#include "ingest/nats_source_impl.h"

#include <fmt/format.h>

#include <algorithm>

namespace jobledger::ingest {
namespace {

constexpr std::chrono::milliseconds kPublishPatience{200};  // how often the publisher looks up
constexpr std::chrono::milliseconds kDialLook{1000};        // how often a long try is told of

}  // namespace

// ------------------------------------------------------------------------------- control thread

void NatsSource::Impl::run() {
  while (!is_stopping()) {
    if (open_link()) use_link();
    close_link();
    // In the place of a link that lived for a while another one is opened at once.
    const auto age =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - last_open);
    if (age < nats.reconnect_wait) wait(nats.reconnect_wait - age);
  }
  NatsLink::release_thread_memory();
}

// Sleeps until we stop, at most so long.
void NatsSource::Impl::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, patience, [this] { return stopping || (link && link_lost); });
}

bool NatsSource::Impl::open_link() {
  last_open = Clock::now();
  const auto trying = std::make_shared<NatsDial>(nats, [weak = weak_from_this()](std::string why) {
    if (const auto self = weak.lock()) self->on_lost(std::move(why));
  });
  {
    std::lock_guard lock(mutex);
    link_lost = false;
    dial = trying;
  }
  auto opened = trying->wait(kDialLook);
  while (!opened && !is_stopping()) {
    if (trying->is_late()) {
      fail(fmt::format("{} does not answer, or its name is not resolved", nats.url),
           SourceMode::connecting);
    }
    opened = trying->wait(kDialLook);
  }
  if (opened && !*opened) fail(opened->error().detail, SourceMode::connecting);
  std::lock_guard lock(mutex);
  dial.reset();
  if (stopping || !opened || !*opened) {
    counts_as_reconnect = was_connected;
    return false;
  }
  was_connected = true;
  link = *std::move(*opened);
  attach_wanted = false;
  shown.connected = true;
  if (std::exchange(counts_as_reconnect, false)) ++shown.reconnects;
  LOG(info, "nats", "connected url={}", nats.url);
  return true;
}

void NatsSource::Impl::use_link() {
  Attached attached = attach();
  while (attached == Attached::not_yet && !over()) {
    wait(config.retry_wait);
    attached = attach();
  }
  if (attached != Attached::yes) return;
  complaint.clear();
  for (bool goes_on = true; goes_on;) {
    watch();
    std::lock_guard lock(mutex);
    goes_on = !stopping && !link_lost && !attach_wanted;
  }
}

void NatsSource::Impl::close_link() {
  std::shared_ptr<NatsLink> ended;
  {
    std::lock_guard lock(mutex);
    ended = std::exchange(link, nullptr);
    shown.connected = false;
    if (is_good(shown.mode)) {
      unreachable_since = Clock::now();
      shown.mode = SourceMode::connecting;
      shown.problem = attach_reason;
    }
  }
  if (ended) ended->close();
  if (intake && intake->is_other()) other_than = intake->expected();
  intake.reset();
  plain->forget();
}

// Says why we are not attached, once and then sparsely.
Attached NatsSource::Impl::fail(std::string problem, SourceMode mode) {
  if (over() && mode != SourceMode::connecting) return Attached::no;  // that is the reason
  if (problem != complaint || complaint_gate.pass() >= 0) {
    LOG(warning, "nats", "cannot follow the stream {}: {}", config.stream, problem);
    complaint = problem;
  }
  set_mode(mode, std::move(problem));
  return Attached::no;
}

void NatsSource::Impl::set_mode(SourceMode mode, std::string problem) {
  std::lock_guard lock(mutex);
  // The connection may have been lost while we found that out: then that is told already.
  if (stopping || (mode != SourceMode::connecting && (!shown.connected || link_lost))) return;
  if (is_good(shown.mode) && !is_good(mode)) unreachable_since = Clock::now();
  shown.mode = mode;
  shown.problem = std::move(problem);
  shown.stream = mode == SourceMode::plain ? std::string() : config.stream;
}

// ------------------------------------------------------------------------------- any thread

bool NatsSource::Impl::over() {
  std::lock_guard lock(mutex);
  return stopping || link_lost;
}

bool NatsSource::Impl::is_stopping() {
  std::lock_guard lock(mutex);
  return stopping;
}

void NatsSource::Impl::on_lost(std::string why) {
  std::lock_guard lock(mutex);
  const std::string problem =
      why.empty() ? "the connection to the broker was lost" : "the broker is lost: " + why;
  if (is_good(shown.mode)) unreachable_since = Clock::now();
  LOG(warning, "nats", "connection lost url={} because={}", nats.url, problem);
  counts_as_reconnect = true;
  link_lost = true;
  shown.connected = false;
  attach_reason = problem;
  if (!stopping) {
    shown.mode = SourceMode::connecting;
    shown.problem = problem;
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

// Ends what the control thread and the publisher wait for.
void NatsSource::Impl::interrupt() {
  std::shared_ptr<NatsLink> used;
  std::shared_ptr<NatsDial> tried;
  {
    std::lock_guard lock(mutex);
    stopping = true;
    shown.mode = SourceMode::stopped;
    used = link;
    tried = dial;
  }
  changed.notify_all();
  commands.close();
  if (tried) tried->give_up();
  if (used) used->interrupt();
}

// ---------------------------------------------------------------------------------- the source

NatsSource::NatsSource(NatsConfig nats, StreamConfig config, LimitsConfig limits)
    : impl_(std::make_shared<Impl>(std::move(nats), std::move(config), limits)) {}

NatsSource::~NatsSource() { stop(); }

void NatsSource::start(Deliver deliver, StreamMemory memory) {
  impl_->deliver = std::move(deliver);
  impl_->plain = std::make_unique<PlainIntake>(impl_->config, impl_->limits, impl_->deliver);
  impl_->memory = std::move(memory);
  impl_->set_mode(SourceMode::connecting, "not connected yet");
  impl_->unreachable_since = Impl::Clock::now();
  impl_->control = std::thread([impl = impl_] { impl->run(); });
  if (impl_->config.command_subject.empty()) return;
  impl_->publisher = std::thread([impl = impl_] { impl->run_publisher(); });
}

void NatsSource::stop() {
  impl_->interrupt();
  if (impl_->control.joinable()) impl_->control.join();
  if (impl_->publisher.joinable()) impl_->publisher.join();
}

SourceStatus NatsSource::status() const {
  std::lock_guard lock(impl_->mutex);
  SourceStatus status = impl_->shown;
  if (!is_good(status.mode)) {
    status.out_of_reach = std::chrono::duration_cast<std::chrono::seconds>(
        Impl::Clock::now() - impl_->unreachable_since);
  }
  return status;
}

void NatsSource::publish(std::string payload, std::function<void(Result<void>)> done) {
  CHECK(!impl_->config.command_subject.empty(), "the stream takes no commands");
  Impl::Command command{std::move(payload), done};
  if (impl_->commands.try_push(std::move(command))) return;
  done(Error{ErrorKind::unavailable, "too many commands wait for the log, or the daemon stops"});
}

}  // namespace jobledger::ingest
