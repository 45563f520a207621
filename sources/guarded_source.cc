// SPDX-License-Identifier: MIT
#include "sources/guarded_source.h"

#include "base/log.h"
#include "base/side_by_side.h"
#include "base/turn.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace jobledger::sources {
namespace {

constexpr std::size_t kMaxQueued = 4096;  // requests that wait for a worker; beyond it who asks

}  // namespace

Result<void> Breaker::enter(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (readers_ >= config_.max_readers) {
    return Error{ErrorKind::unavailable,
                 fmt::format("{} is being read by {} already", config_.url, readers_)};
  }
  if (failures_ >= config_.max_failures) {
    if (trying_ || now < until_) {
      return Error{
          ErrorKind::unavailable,
          fmt::format("{} is left alone for a while, as it failed: {}", config_.url, reason_)};
    }
    trying_ = true;
  }
  ++readers_;
  return {};
}

void Breaker::leave(Outcome outcome, std::string_view reason, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  --readers_;
  trying_ = false;
  if (outcome == Outcome::unknown) return;
  const bool was_paused = failures_ >= config_.max_failures;
  if (outcome == Outcome::good) {
    failures_ = 0;
    pause_ = std::chrono::milliseconds{0};
    if (was_paused) LOG(info, "sources", "{} answers again", config_.url);
    return;
  }
  ++failures_;
  reason_ = reason;
  if (failures_ < config_.max_failures || now < until_) return;
  pause_ = pause_.count() == 0 ? config_.pause : std::min(pause_ * 2, config_.pause_max);
  until_ = now + pause_;
  if (!was_paused)
    LOG(warning, "sources", "{} fails and is left alone for a while reason={}", config_.url,
        reason);
}

bool Breaker::is_paused(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  return failures_ >= config_.max_failures && now < until_;
}

GuardedSource::GuardedSource(const ExternalConfig& config, std::unique_ptr<MetricSource> source,
                             Telemetry& telemetry, std::function<Breaker::Clock::time_point()> now)
    : config_(config),
      source_(std::move(source)),
      now_(std::move(now)),
      breaker_(config_),
      workers_("source", config_.workers, kMaxQueued),
      seconds_(telemetry.latency("jobledger_source_seconds", "Reads from metric stores of others",
                                 {{"source", config_.scope}})),
      failed_(telemetry.counter("jobledger_source_errors_total", "Reads that failed as a whole",
                                {{"source", config_.scope}})),
      series_failed_(telemetry.counter("jobledger_source_failures_total",
                                       "Metrics or series of a read that failed alone",
                                       {{"source", config_.scope}})),
      paused_(telemetry.gauge("jobledger_source_paused",
                              "1 while a metric store of others is left alone, as it failed",
                              {{"source", config_.scope}})) {}

// A question that was stopped says nothing of the source.
void GuardedSource::leave(const Error* error, const ReadContext& context) {
  const bool stopped =
      error != nullptr && (error->kind == ErrorKind::cancelled ||
                           (context.stop.asked() && error->kind == ErrorKind::unavailable));
  const bool failed = error != nullptr && error->kind == ErrorKind::unavailable;
  const auto outcome = stopped  ? Breaker::Outcome::unknown
                       : failed ? Breaker::Outcome::failed
                                : Breaker::Outcome::good;
  breaker_.leave(outcome, error != nullptr ? std::string_view(error->detail) : "", now_());
  paused_.set(breaker_.is_paused(now_()) ? 1 : 0);
}

template <class Call>
std::invoke_result_t<Call, const ReadContext&> GuardedSource::guard(const ReadContext& context,
                                                                    Call call) {
  if (auto entered = breaker_.enter(now_()); !entered) {
    failed_.add();
    return std::move(entered).error();
  }
  ReadContext own = context;
  own.each = std::bind_front(run_side_by_side, std::ref(workers_));
  const TurnPause pause;
  const auto began = std::chrono::steady_clock::now();
  auto result = call(own);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  seconds_.observe_seconds(took.count());
  leave(result ? nullptr : &result.error(), context);
  if (!result && result.error().kind != ErrorKind::cancelled) failed_.add();
  return result;
}

Result<MetricAnswer> GuardedSource::read(const MetricQuery& query, const ReadContext& context) {
  auto answer = guard(context, [&](const ReadContext& own) { return source_->read(query, own); });
  if (answer) series_failed_.add(static_cast<double>(answer->failures.size()));
  return answer;
}

Result<std::vector<std::string>> GuardedSource::hosts(std::string_view cluster, std::int64_t from,
                                                      std::int64_t to, const ReadContext& context) {
  return guard(context,
               [&](const ReadContext& own) { return source_->hosts(cluster, from, to, own); });
}

Result<std::vector<HostHealth>> GuardedSource::health(const HealthQuery& query,
                                                      const ReadContext& context) {
  return guard(context, [&](const ReadContext& own) { return source_->health(query, own); });
}

}  // namespace jobledger::sources
