// SPDX-License-Identifier: MIT
// The whole road with a real broker and a real store: from published lines to jobs.
#include "ingest/ingest.h"

#include "storage/jobs/query.h"
#include "test/ingest/support.h"
#include "test/integration/ingest_daemon.h"
#include "test/integration/nats_server.h"
#include "test/integration/other_client.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

namespace jobledger::ingest {
namespace {

using test::IngestDaemon;
using test::NatsServer;
using test::OtherClient;
using test::wait_until;

class Daemon : public IngestDaemon {
 public:
  explicit Daemon(const NatsServer& server)
      : IngestDaemon(server, [](Config& config) { config.limits.command_patience = 5000ms; }) {
    start();
  }

  void start() {
    IngestDaemon::start();
    submit_ = ingest().submit_command();
  }

  std::uint64_t jobs(schema::JobState state) {
    const auto snapshot = store().snapshot();
    storage::jobs::JobFilter filter;
    filter.states = {state};
    const auto page = storage::jobs::find_jobs(snapshot->jobs(), {filter}, {}, {}, kEpoch);
    REQUIRE(page.has_value());
    return page->count.value_or(0);
  }
  std::uint64_t letters() { return store().snapshot()->dead_letter_count(); }

  Result<void> submit(std::string command) {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Result<void>> answer;
    submit_(std::move(command), [&](Result<void> result) {
      std::lock_guard lock(mutex);
      answer = std::move(result);
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return answer.has_value(); }));
    return *answer;
  }

 private:
  storage::SubmitCommand submit_;
};

TEST_CASE("published jobs appear, over restarts of everything") {
  NatsServer server;
  Daemon daemon(server);
  wait_until("following",
             [&] { return daemon.ingest().status().source.mode == SourceMode::following; });
  constexpr int kJobs = 2000;
  {
    OtherClient other(server);
    for (int i = 1; i <= kJobs; ++i) other.publish("cc.job.event", start_line({.job_id = i}));
    other.publish(
        "cc.node.state",
        node_line(R"({"cluster":"big","nodes":[{"hostname":"n01","states":["MIXED"]}]})"));
    other.flush();
  }
  wait_until("running jobs", [&] { return daemon.jobs(schema::JobState::running) == kJobs; });
  daemon.stop();
  {
    OtherClient other(server);
    for (int i = 1; i <= kJobs; i += 2) other.publish("cc.job.event", stop_line({.job_id = i}));
    other.publish("cc.job.event", "not line protocol\n");
    other.wait_stored("JOBLEDGER_EVENTS", kJobs + 1 + kJobs / 2 + 1);
  }
  server.stop(SIGKILL);
  daemon.start();
  server.start();
  wait_until("finished jobs",
             [&] { return daemon.jobs(schema::JobState::completed) == kJobs / 2; });
  wait_until("the dead letter", [&] { return daemon.letters() == 1; });
  CHECK(daemon.jobs(schema::JobState::running) == kJobs / 2);
  wait_until("no lag", [&] {
    const Status status = daemon.ingest().status();
    return status.position == kJobs + 1 + kJobs / 2 + 1 && status.lag == 0;
  });
  const std::string metrics = daemon.metrics();
  CHECK(metrics.find(R"(jobledger_ingest_events_total{kind="start_job",outcome="applied"} 2000)") !=
        std::string::npos);
  CHECK(metrics.find(R"(jobledger_ingest_dead_letters_total{reason="syntax"} 1)") !=
        std::string::npos);
}

TEST_CASE("commands are answered when they are applied") {
  NatsServer server;
  Daemon daemon(server);
  OtherClient other(server);
  wait_until("following",
             [&] { return daemon.ingest().status().source.mode == SourceMode::following; });
  other.publish("cc.job.event", start_line({.cluster = "unknown"}));
  other.publish("cc.job.event", "broken\n");
  other.flush();
  wait_until("dead letters", [&] { return daemon.letters() == 2; });
  const auto letters = daemon.store().snapshot()->read_dead_letters(0, 10);
  REQUIRE(letters.has_value());
  const std::int64_t first = letters->front().id;
  const Result<void> retried =
      daemon.submit(fmt::format(R"({{"command":"dead_letter_retry","dead_letter":{}}})", first));
  REQUIRE_FALSE(retried.has_value());
  CHECK(retried.error().detail.find("no such cluster") != std::string::npos);
  CHECK(daemon.submit(fmt::format(R"({{"command":"dead_letter_drop","dead_letter":{}}})", first))
            .has_value());
  CHECK(daemon.letters() == 1);
  const Result<void> gone =
      daemon.submit(fmt::format(R"({{"command":"dead_letter_drop","dead_letter":{}}})", first));
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().kind == ErrorKind::not_found);
  const Result<void> unknown = daemon.submit(R"({"command":"format_disk"})");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == ErrorKind::invalid);
  CHECK(daemon.letters() == 1);
  server.stop(SIGTERM);
  wait_until("disconnected", [&] { return !daemon.ingest().status().source.connected; });
  const Result<void> away = daemon.submit(R"({"command":"dead_letter_drop","dead_letter":1})");
  REQUIRE_FALSE(away.has_value());
  CHECK(away.error().kind == ErrorKind::unavailable);
}

}  // namespace
}  // namespace jobledger::ingest
