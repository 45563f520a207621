// SPDX-License-Identifier: MIT
#include "storage/writer.h"

#include "test/storage/support.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>

namespace jobledger::storage {
namespace {

// Reports a disk that is full while `full`.
struct FullDisk {
  std::shared_ptr<std::atomic<bool>> full = std::make_shared<std::atomic<bool>>(false);
  DatabaseHooks hooks() const {
    DatabaseHooks hooks;
    hooks.free_bytes = [full = full](const auto&) -> Result<std::uintmax_t> {
      return *full ? 0u : 1u << 30;
    };
    return hooks;
  }
};

WriterConfig quick() {
  WriterConfig config;
  config.retry = std::chrono::milliseconds(1);
  return config;
}

Work adding(std::int64_t job_id, std::function<void(Result<void>)> done = {}) {
  Work work;
  work.apply = [job_id](Update& update) -> Result<void> {
    TRY(update.add_job(simple_job(job_id)));
    return {};
  };
  work.done = std::move(done);
  return work;
}

TEST_CASE("work is visible when its submitter hears of it") {
  TestStore store;
  Telemetry telemetry;
  Writer writer(*store, quick(), telemetry);
  writer.start();
  REQUIRE(writer.run(adding(7).apply).has_value());
  CHECK(store->snapshot()->jobs().job_count() == 1);
  CHECK(writer.run(adding(7).apply).error().kind == ErrorKind::conflict);
  CHECK_FALSE(writer.blocked().has_value());
  writer.stop();
  CHECK(writer.run(adding(8).apply).error().kind == ErrorKind::cancelled);
  CHECK_FALSE(writer.submit(adding(9)));
  CHECK_FALSE(writer.try_submit(adding(9)));
  CHECK(telemetry.text().find("jobledger_commits_total 1") != std::string::npos);
}

TEST_CASE("what waits is committed together, in order, and one failing piece fails alone") {
  TestStore store;
  Telemetry telemetry;
  Writer writer(*store, quick(), telemetry);
  std::vector<std::string> outcomes;  // of the writer thread, read after stop()
  for (const std::int64_t job_id : {1, 2, 1, 3}) {
    REQUIRE(writer.submit(adding(job_id, [&outcomes, job_id](Result<void> result) {
      outcomes.push_back(std::to_string(job_id) + (result ? " ok" : " refused"));
    })));
  }
  writer.start();
  writer.stop();
  CHECK(outcomes == std::vector<std::string>{"1 ok", "2 ok", "1 refused", "3 ok"});
  CHECK(store->snapshot()->jobs().job_count() == 3);
  CHECK(telemetry.text().find("jobledger_commits_total 1") != std::string::npos);
  CHECK(telemetry.text().find("jobledger_commit_works_total 4") != std::string::npos);
}

TEST_CASE("a full queue refuses or makes wait, and takes again when there is room") {
  TestStore store;
  Telemetry telemetry;
  WriterConfig config = quick();
  config.max_queued = 2;
  Writer writer(*store, config, telemetry);
  CHECK(writer.try_submit(adding(1)));
  CHECK(writer.try_submit(adding(2)));
  CHECK_FALSE(writer.try_submit(adding(3)));
  std::thread waiting([&] { CHECK(writer.submit(adding(4))); });
  writer.start();
  waiting.join();
  writer.stop();
  CHECK(store->snapshot()->jobs().job_count() == 3);
}

TEST_CASE("on a full disk work waits, says why, and is done when there is room") {
  FullDisk disk;
  TestStore store(disk.hooks());
  Telemetry telemetry;
  Writer writer(*store, quick(), telemetry);
  writer.start();
  *disk.full = true;
  auto outcome = std::async(std::launch::async, [&] { return writer.run(adding(1).apply); });
  while (!writer.blocked()) std::this_thread::yield();
  CHECK(writer.blocked()->find("disk") != std::string::npos);
  CHECK(store->snapshot()->jobs().job_count() == 0);
  CHECK(telemetry.text().find("jobledger_writer_blocked 1") != std::string::npos);
  *disk.full = false;
  CHECK(outcome.get().has_value());
  while (writer.blocked()) std::this_thread::yield();
  CHECK(store->snapshot()->jobs().job_count() == 1);
  writer.stop();
}

// Three pieces of work, each a batch of its own, on a full disk; then stop(). All must be cancelled
// and none may have had an effect. `told` runs when a submitter hears of it.
void check_all_given_up(FullDisk& disk, const std::function<void()>& told) {
  TestStore store(disk.hooks());
  Telemetry telemetry;
  WriterConfig config = quick();
  config.retry = std::chrono::hours(1);
  config.max_batch = 1;
  Writer writer(*store, config, telemetry);
  *disk.full = true;
  int cancelled = 0;
  for (const std::int64_t job_id : {1, 2, 3}) {
    REQUIRE(writer.submit(adding(job_id, [&](Result<void> result) {
      cancelled += !result && result.error().kind == ErrorKind::cancelled;
      told();
    })));
  }
  writer.start();
  while (!writer.blocked()) std::this_thread::yield();
  writer.stop();
  CHECK(cancelled == 3);
  CHECK(store->snapshot()->jobs().job_count() == 0);
}

TEST_CASE("stop gives up what cannot be committed") {
  FullDisk disk;
  check_all_given_up(disk, [] {});
}

TEST_CASE("what waits behind a batch that was given up is given up too, room or not") {
  FullDisk disk;
  check_all_given_up(disk, [&] { *disk.full = false; });
}

TEST_CASE("a writer that never started tells its submitters") {
  TestStore store;
  Telemetry telemetry;
  Writer writer(*store, quick(), telemetry);
  bool told = false;
  REQUIRE(writer.submit(adding(1, [&](Result<void> result) { told = !result; })));
  writer.stop();
  CHECK(told);
}

}  // namespace
}  // namespace jobledger::storage
