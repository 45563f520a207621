// SPDX-License-Identifier: MIT
// A metric store of somebody else, so that who asks it never suffers more from it than it has to.
//
// Operation: requests of one question are sent by workers of the source's own, never by those who
// answer other questions; the thread that asked gives its turn away while it waits (TurnPause).
// More than ExternalConfig::max_readers questions at a time are refused. After max_failures
// failures in a row the source is left alone for a pause, which doubles up to pause_max as long as
// it fails; then one question tries it. Meanwhile all questions fail at once, with the reason. What
// it takes and fails by is counted. Executor: any thread; calls block as MetricSource says.
#pragma once

#include "base/telemetry.h"
#include "base/worker_pool.h"
#include "sources/config.h"
#include "sources/metric_source.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::sources {

// Whether a source is asked.
class Breaker {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Breaker(const ExternalConfig& config) : config_(config) {}

  enum class Outcome { good, failed, unknown };
  // `unavailable`: it is not. Else leave() follows.
  Result<void> enter(Clock::time_point now);
  void leave(Outcome outcome, std::string_view reason, Clock::time_point now);
  bool is_paused(Clock::time_point now) const;

 private:
  const ExternalConfig& config_;
  mutable std::mutex mutex_;
  std::size_t readers_ = 0;
  std::size_t failures_ = 0;  // in a row
  std::chrono::milliseconds pause_{0};
  Clock::time_point until_;  // of the pause
  bool trying_ = false;      // one question tries it after a pause
  std::string reason_;       // of the last failure
};

class GuardedSource : public MetricSource {
 public:
  GuardedSource(const ExternalConfig& config, std::unique_ptr<MetricSource> source,
                Telemetry& telemetry,
                std::function<Breaker::Clock::time_point()> now = Breaker::Clock::now);

  Result<MetricAnswer> read(const MetricQuery& query, const ReadContext& context) override;
  Result<std::vector<std::string>> hosts(std::string_view cluster, std::int64_t from,
                                         std::int64_t to, const ReadContext& context) override;
  Result<std::vector<HostHealth>> health(const HealthQuery& query,
                                         const ReadContext& context) override;

 private:
  template <class Call>
  std::invoke_result_t<Call, const ReadContext&> guard(const ReadContext& context, Call call);
  void leave(const Error* error, const ReadContext& context);

  const ExternalConfig config_;
  const std::unique_ptr<MetricSource> source_;
  const std::function<Breaker::Clock::time_point()> now_;
  Breaker breaker_;
  WorkerPool workers_;
  LatencyHistogram seconds_;
  Counter failed_, series_failed_;
  Gauge paused_;
};

}  // namespace jobledger::sources
