// SPDX-License-Identifier: MIT
// The daemon: builds all parts, starts and stops them in order. The only place that knows them all.
//
// Start: HTTP answers first (/readyz says loading), then store and writer, the archive (while it is
// not there, the log is followed and held back, and /readyz says why), the import if asked for,
// archiving, and last the log goes on. Stop (SIGTERM, SIGINT): HTTP refuses new requests and lets
// those in flight finish (commands among them need the log, so it ends after them), then the log,
// archiving, what is queued is written, the store closes. A second signal ends the process at once:
// crash safety covers that. Executor: construction and run() on one thread, which becomes the event
// loop; loading and stopping of the blocking parts on a worker.
#pragma once

#include "base/async.h"
#include "base/task_group.h"
#include "base/telemetry.h"
#include "base/worker_pool.h"
#include "daemon/core.h"
#include "daemon/health.h"
#include "daemon/import_job.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/settings.h"
#include "httpd/httpd.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace jobledger::daemon {

class App {
 public:
  App(Settings settings, Options options);
  ~App();

  int run();  // until it is told to stop; the exit status

 private:
  using Clock = std::chrono::steady_clock;

  Task<> live();
  Result<void> serve();
  Result<void> write_address_file() const;
  Task<Result<void>> load();
  Task<Result<void>> open_archive();
  Task<Result<void>> wait_for_archive();
  void miss_archive(const std::string& why);
  Task<Result<void>> import();
  Task<> end();

  Task<> watch_signals();
  Task<> tick();
  void look_around();
  void tell(Clock::time_point now);
  void request_stop();

  httpd::Services services();
  Health health() const;
  storage::Store* store() const { return visible_ ? &core_->store() : nullptr; }
  ArchiveSide* archive() const { return visible_ ? core_->archive() : nullptr; }

  const Settings settings_;
  const Options options_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer stop_wish_;
  TaskGroup tasks_;
  Telemetry telemetry_;
  Notify notify_;
  WorkerPool worker_{"start", 1, 4};
  std::unique_ptr<Core> core_;
  std::unique_ptr<ImportJob> import_job_;
  std::unique_ptr<httpd::Httpd> httpd_;

  Phase phase_ = Phase::loading;
  std::atomic<bool> visible_ = false;  // the core is loaded
  std::atomic<bool> stop_requested_ = false;
  int exit_status_ = 0;
  bool log_reached_ = false;
  std::optional<Clock::time_point> blocked_since_;
  Clock::time_point next_watchdog_{}, next_status_{}, next_summary_{};
  std::string last_status_, archive_missing_;
};

}  // namespace jobledger::daemon
