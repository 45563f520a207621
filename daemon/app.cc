// SPDX-License-Identifier: MIT
#include "daemon/app.h"

#include "base/file.h"
#include "base/log.h"
#include "daemon/archive_status.h"
#include "daemon/exit_codes.h"
#include "daemon/gauges.h"
#include "daemon/values.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <csignal>
#include <cstdlib>
#include <ctime>

namespace jobledger::daemon {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto kTick = 100ms;
constexpr auto kStatusInterval = 2s, kSummaryInterval = 60s;
constexpr auto kMoreTime = 60s;  // asked of systemd while loading takes long

std::int64_t epoch_seconds() { return static_cast<std::int64_t>(std::time(nullptr)); }

}  // namespace

App::App(Settings settings, Options options)
    : settings_(std::move(settings)),
      options_(std::move(options)),
      signals_(loop_, SIGINT, SIGTERM, SIGHUP),
      stop_wish_(loop_, Clock::time_point::max()),
      tasks_(loop_.get_executor()) {
  add_gauges(
      telemetry_, JOBLEDGER_VERSION,
      [this] { return readiness(health(), settings_.readiness).ready; },
      [this] { return store(); });
}

App::~App() = default;

int App::run() {
  std::signal(SIGPIPE, SIG_IGN);
  asio::co_spawn(loop_, live(), [this](std::exception_ptr failure) {
    if (!failure) return;
    exit_status_ = kExitFailed;
    std::rethrow_exception(failure);  // a vital task: out of run(), the process ends
  });
  loop_.run();
  return exit_status_;
}

Task<> App::live() {
  tasks_.spawn("signals", watch_signals());
  tasks_.spawn("tick", tick());
  Result<void> started = options_.no_server ? Result<void>() : serve();
  if (started) started = co_await load();
  if (started) started = co_await wait_for_archive();
  if (started && options_.init_db && !stop_requested_) started = co_await import();
  if (!started) {
    LOG(error, "daemon", "cannot start: {}", started.error().detail);
    exit_status_ = kExitFailed;
  } else if (!options_.no_server && !stop_requested_) {
    core_->start();
    phase_ = Phase::running;
    const std::string line = summary(health());
    LOG(info, "daemon", "ready {}", line);
    notify_.ready(line);
    [[maybe_unused]] auto woken = co_await stop_wish_.async_wait(kAwait);
  }
  co_await end();
}

Result<void> App::serve() {
  TRY(httpd_, httpd::Httpd::make(loop_.get_executor(), settings_.http, services(), telemetry_));
  TRY(httpd_->start());
  return write_address_file();
}

Result<void> App::write_address_file() const {
  const auto ports = httpd_->ports();
  std::string urls;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    TRY(const Listen listen, parse_listen(settings_.http.listen.at(i)));
    const bool v6 = listen.host.find(':') != std::string::npos;
    urls += fmt::format("{}://{}{}{}:{}\n", settings_.http.tls.key.empty() ? "http" : "https",
                        v6 ? "[" : "", listen.host, v6 ? "]" : "", ports[i]);
  }
  LOG(info, "daemon", "listening {}", urls.substr(0, urls.size() - 1));
  if (options_.address_file.empty()) return {};
  return replace_file(options_.address_file, urls);
}

Task<Result<void>> App::load() {
  auto work = [this] { return Core::load(settings_, telemetry_); };
  auto loaded = co_await offload(worker_, std::move(work));
  if (!loaded) co_return std::move(loaded).error();
  core_ = *std::move(loaded);
  visible_ = true;
  co_return Result<void>();
}

Task<Result<void>> App::open_archive() {
  ArchiveSide::Demand demand;
  demand.create = settings_.archive.create || options_.init_db;
  demand.has_clusters = !options_.no_server;
  auto work = [this, demand] { return core_->open_archive(demand); };
  return offload(worker_, std::move(work));
}

// Without a server there is nothing to wait for. Else the log is followed meanwhile, and the index
// answers.
Task<Result<void>> App::wait_for_archive() {
  while (!stop_requested_) {
    auto opened = co_await open_archive();
    if (opened) import_job_ = std::make_unique<ImportJob>(core_->archive()->importer());
    const bool may_come =
        !opened && opened.error().kind != ErrorKind::invalid && !options_.no_server;
    if (!may_come) co_return opened;
    miss_archive(opened.error().detail);
    stop_wish_.expires_after(settings_.archive.look);
    [[maybe_unused]] auto woken = co_await stop_wish_.async_wait(kAwait);
    if (!stop_requested_) stop_wish_.expires_at(Clock::time_point::max());
  }
  co_return Result<void>();
}

void App::miss_archive(const std::string& why) {
  if (why != archive_missing_) LOG(error, "daemon", "the log waits for the archive: {}", why);
  archive_missing_ = why;
  if (phase_ != Phase::loading) return;
  phase_ = Phase::waiting;
  core_->start_log();
  notify_.ready(summary(health()));
}

Task<Result<void>> App::import() {
  phase_ = Phase::importing;
  auto work = [this]() -> Result<archive::ImportReport> {
    auto printer = archive::ProgressPrinter::to_stderr();
    auto show = [&printer](const archive::ImportProgress& progress) {
      printer.show(progress, Clock::now());
    };
    auto report = core_->import(settings_.archive.path, show, &stop_requested_);
    printer.end();
    return report;
  };
  auto report = co_await offload(worker_, std::move(work));
  if (!report && report.error().kind == ErrorKind::cancelled && stop_requested_) {
    LOG(warning, "import", "stopped before its end; what was taken stays");
    co_return Result<void>();
  }
  if (!report) co_return std::move(report).error().in("import");
  const std::string text = archive::format_report(*report);
  [[maybe_unused]] const auto printed = std::fwrite(text.data(), 1, text.size(), stderr);
  co_return Result<void>();
}

Task<> App::end() {
  phase_ = Phase::stopping;
  notify_.stopping("stopping");
  LOG(info, "daemon", "stopping");
  if (httpd_) co_await httpd_->stop(settings_.shutdown.drain);
  if (core_) {
    auto work = [this]() -> Result<void> {
      if (import_job_) import_job_->stop();
      core_->stop();
      return {};
    };
    auto stopped = co_await offload(worker_, std::move(work));
    if (!stopped) LOG(error, "daemon", "stopping: {}", stopped.error().detail);
  }
  co_await tasks_.stop(1s);
  worker_.stop();
  visible_ = false;
  httpd_.reset();
  import_job_.reset();
  core_.reset();
  LOG(info, "daemon", "ended status={}", exit_status_);
}

Task<> App::watch_signals() {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  for (;;) {
    auto [ec, signal] = co_await signals_.async_wait(kAwait);
    if (ec) co_return;
    if (signal == SIGHUP) {
      LOG(info, "daemon", "SIGHUP: nothing is read anew; a restart is cheap and loses nothing");
      continue;
    }
    if (stop_requested_) {
      LOG(warning, "daemon", "second signal: ending at once");
      std::_Exit(kExitFailed);
    }
    LOG(info, "daemon", "signal={} stopping in order; once more: at once", signal);
    request_stop();
  }
}

void App::request_stop() {
  stop_requested_ = true;
  stop_wish_.expires_at(Clock::time_point::min());  // whoever waits, or will
}

Task<> App::tick() {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  asio::steady_timer timer(loop_);
  for (;;) {
    timer.expires_after(kTick);
    auto [ec] = co_await timer.async_wait(kAwait);
    if (ec) co_return;
    look_around();
  }
}

void App::look_around() {
  const auto now = Clock::now();
  if (const auto interval = notify_.watchdog_interval(); interval && now >= next_watchdog_) {
    next_watchdog_ = now + *interval;
    notify_.watchdog();
  }
  if (visible_ && phase_ != Phase::stopping) {
    const bool blocked = core_->writer().blocked().has_value();
    if (!blocked) blocked_since_.reset();
    if (blocked && !blocked_since_) blocked_since_ = now;
  }
  if (phase_ == Phase::running) {
    const auto status = core_->ingest().status();
    const bool plain = status.source.mode == ingest::SourceMode::plain;
    log_reached_ = log_reached_ || plain || status.source.mode == ingest::SourceMode::following;
  }
  tell(now);
}

void App::tell(Clock::time_point now) {
  if (now >= next_status_) {
    next_status_ = now + kStatusInterval;
    std::string line = summary(health());
    if (line != last_status_) notify_.status(line);
    last_status_ = std::move(line);
    const bool starting = phase_ == Phase::loading || phase_ == Phase::importing;
    if (starting) notify_.extend_start(kMoreTime);
  }
  if (phase_ != Phase::running) return;
  if (next_summary_ == Clock::time_point()) next_summary_ = now + kSummaryInterval;
  if (now < next_summary_) return;
  next_summary_ = now + kSummaryInterval;
  LOG(info, "daemon", "{}", summary(health()));
}

Health App::health() const {
  Health out;
  out.phase = phase_;
  if (!visible_) return out;
  const storage::StoreStats stats = core_->store().stats();
  out.table = stats.table;
  out.dead_letter_reserve_touched = stats.dead_letter_reserve_touched;
  out.writer_blocked = core_->writer().blocked();
  if (blocked_since_) {
    out.writer_blocked_for =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *blocked_since_);
  }
  out.archive_missing = archive_missing_;
  if (phase_ != Phase::running && phase_ != Phase::waiting) return out;
  out.ingest = core_->ingest().status();
  out.metrics = core_->ingest().metric_status();
  if (phase_ != Phase::running) return out;
  out.log_reached = log_reached_;
  out.archive_missing = core_->archive()->root_problem().value_or("");
  out.archive_blocked = core_->archive()->finisher().status().blocked;
  return out;
}

httpd::Services App::services() {
  httpd::Services out;
  out.version = JOBLEDGER_VERSION;
  out.store = [this] { return store(); };
  out.metrics = [this] { return archive() != nullptr ? &archive()->job_metrics() : nullptr; };
  out.clusters = [this, none = std::make_shared<const schema::Clusters>()] {
    return archive() != nullptr ? archive()->tree().clusters() : none;
  };
  out.readiness = [this] { return readiness(health(), settings_.readiness); };
  out.ingest_status = [this] { return ingest_json(health()); };
  out.unmatched = [this] {
    const bool reading = phase_ == Phase::running;
    return ingest::unmatched_json(reading ? core_->ingest().unmatched()
                                          : ingest::UnmatchedReport());
  };
  out.archive_status = [this] {
    if (archive() == nullptr) return archive_json({}, {});
    const archive::Finisher& finisher = archive()->finisher();
    return archive_json(finisher.status(), finisher.set_aside());
  };
  out.set_aside = [this] {
    return set_aside_json(archive() != nullptr ? archive()->finisher().set_aside()
                                               : std::vector<archive::JobTrouble>());
  };
  out.submit_command = [this](std::string command, std::function<void(Result<void>)> done) {
    if (phase_ != Phase::running) {
      return done(Error{ErrorKind::unavailable, "the daemon does not follow the log now"});
    }
    core_->ingest().submit_command()(std::move(command), std::move(done));
  };
  out.start_import = [this](std::string path) -> Result<void> {
    if (phase_ != Phase::running) {
      return Error{ErrorKind::unavailable,
                   "the daemon is loading, waiting for its archive, or stopping"};
    }
    TRY(import_job_->start(std::move(path), epoch_seconds()));
    tasks_.spawn("import", import_job_->follow(epoch_seconds));
    return {};
  };
  out.import_progress = [this] {
    return import_job_ ? import_job_->progress() : httpd::ImportProgress();
  };
  out.now = epoch_seconds;
  return out;
}

}  // namespace jobledger::daemon
