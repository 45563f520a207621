// SPDX-License-Identifier: MIT
#include "ingest/job_rules.h"

#include "test/ingest/support.h"

#include <doctest/doctest.h>

namespace jobledger::ingest {
namespace {

using schema::JobState;
using schema::MonitoringStatus;

constexpr EventKind kStart = EventKind::start_job;
constexpr EventKind kStop = EventKind::stop_job;

TEST_CASE("a job starts and stops") {
  Bench bench;
  bench.apply({{start_line({})}});
  auto job = bench.job(7);
  REQUIRE(job);
  CHECK(job->state == JobState::running);
  CHECK(job->sub_cluster == "main");
  CHECK_FALSE(bench.is_due(7));
  const Tally tally = bench.apply({{stop_line({.stop = kEpoch + 50, .state = "failed"})}});
  CHECK(count(tally, kStop, Outcome::applied) == 1);
  job = bench.job(7);
  CHECK(job->state == JobState::failed);
  CHECK(job->duration == 50);
  CHECK(bench.is_due(7));
}

TEST_CASE("what was sent with a start is kept: tags, footprint, metadata, submit time") {
  Bench bench;
  bench.apply({{start_line(
      {.more = R"(,"tags":[{"type":"app","name":"vasp","scope":"global"}],"footprint":{"a_avg":2},)"
               R"("metaData":{"jobName":"sim"},"submitTime":5,"requestedMemory":9)"})}});
  const auto job = bench.job(7);
  REQUIRE(job);
  REQUIRE(job->tags.size() == 1);
  CHECK(job->tags[0].name == "vasp");
  REQUIRE(job->footprint);
  CHECK(job->footprint->front().value == 2);
  CHECK(job->meta("jobName") == "sim");
  CHECK(job->submit_time == 5);
  CHECK(job->requested_memory == 9);
}

TEST_CASE("a job without monitoring ends without archiving") {
  Bench bench;
  bench.apply({{start_line({.more = R"(,"monitoringStatus":0)"})}, {stop_line({})}});
  CHECK(bench.job(7)->monitoring_status == MonitoringStatus::disabled);
  CHECK_FALSE(bench.is_due(7));
}

TEST_CASE("exact repeats of start and stop have no effect") {
  Bench bench;
  bench.apply({{start_line({})}, {stop_line({})}});
  const auto before = bench.jobs();
  const Tally tally =
      bench.apply({{start_line({})}, {stop_line({})}, {stop_line({.start = kEpoch})}});
  CHECK(count(tally, kStart, Outcome::repeat) == 1);
  CHECK(count(tally, kStop, Outcome::repeat) == 2);
  CHECK(bench.jobs() == before);
  CHECK(bench.letters().empty());
  CHECK(bench.parked() == 0);
}

TEST_CASE("a start of the same job nearby is a second report while the first one runs") {
  Bench bench;
  const Tally tally = bench.apply({{start_line({})}, {start_line({.start = kEpoch + 60})}});
  CHECK(count(tally, kStart, Outcome::duplicate) == 1);
  CHECK(bench.jobs().size() == 1);
}

TEST_CASE("a start before the end of the finished run is a second report of it") {
  Bench bench;
  const Tally tally = bench.apply({{start_line({})},
                                   {stop_line({.stop = kEpoch + 100})},
                                   {start_line({.start = kEpoch + 99})}});
  CHECK(count(tally, kStart, Outcome::duplicate) == 1);
  CHECK(bench.jobs().size() == 1);
}

TEST_CASE("a requeued job is a new run") {
  Bench bench;
  bench.apply({{start_line({})},
               {stop_line({.stop = kEpoch + 100, .state = "preempted"})},
               {start_line({.start = kEpoch + 100})},
               {stop_line({.stop = kEpoch + 300})}});
  CHECK(bench.jobs().size() == 2);
  CHECK(bench.job(7)->state == JobState::preempted);
  CHECK(bench.job(7, kEpoch + 100)->duration == 200);
  CHECK(bench.letters().empty());
}

TEST_CASE("the same job id on another cluster or beyond the window is another job") {
  RulesConfig rules;
  rules.duplicate_window = 1000;
  Bench bench(rules);
  bench.apply({{start_line({})}, {start_line({.start = kEpoch + 1000})}});
  CHECK(bench.jobs().size() == 2);
}

TEST_CASE("a stop means the newest running job that began before it") {
  RulesConfig rules;
  rules.duplicate_window = 10;
  Bench bench(rules);
  bench.apply({{start_line({.start = kEpoch})},
               {start_line({.start = kEpoch + 100})},
               {start_line({.start = kEpoch + 200})},
               {stop_line({.stop = kEpoch + 150})}});
  CHECK(bench.job(7, kEpoch)->is_running());
  CHECK(bench.job(7, kEpoch + 100)->duration == 50);
  CHECK(bench.job(7, kEpoch + 200)->is_running());
}

TEST_CASE("a stop that names its start means only that run") {
  RulesConfig rules;
  rules.duplicate_window = 10;
  Bench bench(rules);
  bench.apply({{start_line({.start = kEpoch})},
               {start_line({.start = kEpoch + 100})},
               {stop_line({.stop = kEpoch + 150, .start = kEpoch})}});
  CHECK(bench.job(7, kEpoch)->duration == 150);
  CHECK(bench.job(7, kEpoch + 100)->is_running());
}

TEST_CASE("a stop without a cluster finds its job, one for another cluster waits") {
  Bench bench;
  bench.apply({{start_line({})}, {stop_line({.cluster = "small"})}});
  CHECK(bench.job(7)->is_running());
  CHECK(bench.parked() == 1);
  bench.apply({{stop_line({.cluster = ""})}});
  CHECK_FALSE(bench.job(7)->is_running());
}

TEST_CASE("a stop in the second of the start gives no duration") {
  Bench bench;
  bench.apply({{start_line({})}, {stop_line({.stop = kEpoch})}});
  CHECK(bench.job(7)->duration == 0);
  CHECK(bench.job(7)->state == JobState::completed);
}

TEST_CASE("a stop before its start waits for it, also over a restart") {
  Bench bench;
  const Tally parked = bench.apply({{stop_line({})}, {stop_line({})}});
  CHECK(count(parked, kStop, Outcome::parked) == 1);
  CHECK(count(parked, kStop, Outcome::repeat) == 1);
  CHECK(bench.parked() == 1);
  bench.reopen();
  const Tally settled = bench.apply({{start_line({})}});
  CHECK(settled.parked_settled == 1);
  CHECK(bench.job(7)->duration == 100);
  CHECK(bench.is_due(7));
  CHECK(bench.parked() == 0);
  CHECK(bench.letters().empty());
}

TEST_CASE("more stops of one job id than may wait are dead letters, repeats are not") {
  Bench bench;
  const auto limit = static_cast<std::int64_t>(storage::Config().max_parked_stops_per_job);
  std::vector<LogEntry> stops;
  for (std::int64_t n = 0; n < limit + 2; ++n) stops.push_back({stop_line({.stop = kEpoch + n})});
  stops.push_back(stops.front());
  const Tally tally = bench.apply(stops);
  CHECK(bench.parked() == static_cast<std::uint64_t>(limit));
  CHECK(tally.dead_letters[static_cast<std::size_t>(Reason::not_parked)] == 2);
  CHECK(count(tally, kStop, Outcome::repeat) == 1);
  REQUIRE(bench.letters().size() == 2);
  CHECK(bench.letters()[0].reason.find("stops of job 7 wait") != std::string::npos);
  CHECK(to_string(Reason::not_parked) == "not_parked");
}

TEST_CASE("of several parked stops the earliest that fits is applied") {
  Bench bench;
  bench.apply({{stop_line({.stop = kEpoch + 500})},
               {stop_line({.stop = kEpoch - 10})},
               {stop_line({.stop = kEpoch + 100})},
               {start_line({})}});
  CHECK(bench.job(7)->duration == 100);
  CHECK(bench.parked() == 2);
}

TEST_CASE("a stop whose start never comes becomes a dead letter by log time") {
  RulesConfig rules;
  rules.park_limit = 1000;
  Bench bench(rules);
  bench.apply({{stop_line({}), kEpoch}});
  bench.apply({{start_line({.job_id = 8}), kEpoch + 1000}});
  CHECK(bench.parked() == 1);
  // The first message of the next second is too late, even if it is the start itself.
  const Tally tally = bench.apply({{start_line({}), kEpoch + 1001}});
  CHECK(tally.dead_letters[static_cast<std::size_t>(Reason::no_start)] == 1);
  CHECK(bench.parked() == 0);
  CHECK(bench.job(7)->is_running());
  REQUIRE(bench.letters().size() == 1);
  const storage::DeadLetter letter = bench.letters()[0];
  CHECK(letter.origin.sequence == 1);
  CHECK(letter.received == kEpoch);
  CHECK(letter.subject == "cc.job.event");
  CHECK(letter.payload + "\n" == stop_line({}));
  CHECK(letter.reason.find("no start came within 1000 s") != std::string::npos);
}

TEST_CASE("a stop with any word ends the run, and the next start is a run of its own") {
  for (const char* word : {"pending", "requeued", "REQUEUED", "running", "special_exit"}) {
    CAPTURE(word);
    Bench bench;
    bench.apply({{start_line({.more = R"(,"metaData":{"jobName":"sim","tool":"x"})"})},
                 {stop_line({.stop = kEpoch + 22, .state = word})},
                 {start_line({.start = kEpoch + 60})},
                 {stop_line({.stop = kEpoch + 100})}});
    CHECK(bench.letters().empty());
    CHECK(bench.parked() == 0);
    REQUIRE(bench.jobs().size() == 2);
    const auto first = bench.job(7);
    const bool back_in_queue = std::string_view(word) != "running" && word[0] != 's';
    CHECK(first->state == (back_in_queue ? JobState::preempted : JobState::failed));
    CHECK(first->duration == 22);
    CHECK(first->meta("schedulerState") == word);
    CHECK(first->meta("jobName") == "sim");
    CHECK(bench.is_due(7));
    const auto second = bench.job(7, kEpoch + 60);
    CHECK(second->state == JobState::completed);
    CHECK(second->duration == 40);
    CHECK_FALSE(second->meta_data);
  }
}

TEST_CASE("the scheduler's word waits with its stop, also over a restart") {
  Bench bench;
  bench.apply({{stop_line({.state = "requeued"})}});
  bench.reopen();
  bench.apply({{start_line({})}});
  CHECK(bench.job(7)->state == JobState::preempted);
  CHECK(bench.job(7)->meta("schedulerState") == "requeued");
}

TEST_CASE("a stop of a job that did not start again is dropped in time, and counted") {
  RulesConfig rules;
  rules.park_limit = 1000;
  for (const bool is_named : {false, true}) {
    CAPTURE(is_named);
    Bench bench(rules);
    const std::int64_t start = is_named ? kEpoch : 0;
    bench.apply({{start_line({})},
                 {stop_line({.stop = kEpoch + 16, .state = "pending", .start = start})},
                 {stop_line({.stop = kEpoch + 136, .state = "cancelled", .start = start})}});
    const auto ended = bench.jobs();
    CHECK(ended[0].duration == 16);
    CHECK(bench.parked() == (is_named ? 0 : 1));
    const Tally tally = bench.apply({{start_line({.job_id = 8}), kEpoch + 1001}});
    CHECK(tally.parked_dropped == (is_named ? 0 : 1));
    CHECK(bench.parked() == 0);
    CHECK(bench.letters().empty());
    CHECK(bench.job(7) == ended[0]);
  }
}

TEST_CASE("a stop that names a start nobody knows is lost to nobody") {
  RulesConfig rules;
  rules.park_limit = 1000;
  Bench bench(rules);
  bench.apply({{start_line({})},
               {stop_line({.stop = kEpoch + 16})},
               {stop_line({.stop = kEpoch + 200, .start = kEpoch + 100})},
               {start_line({.job_id = 8}), kEpoch + 1001}});
  REQUIRE(bench.letters().size() == 1);
  CHECK(bench.letters()[0].origin.sequence == 3);
}

TEST_CASE("stops that contradict themselves or the known end are dead letters") {
  Bench bench;
  bench.apply({{start_line({})}, {stop_line({})}});
  const Tally tally =
      bench.apply({{stop_line({.stop = kEpoch + 101, .start = kEpoch})},
                   {stop_line({.state = "failed", .start = kEpoch})},
                   {stop_line({.stop = kEpoch - 1, .start = kEpoch})},
                   {stop_line({.job_id = 9, .stop = kEpoch + 4'000'000'000, .start = kEpoch})}});
  CHECK(tally.dead_letters[static_cast<std::size_t>(Reason::already_stopped)] == 2);
  CHECK(tally.dead_letters[static_cast<std::size_t>(Reason::stop_before_start)] == 1);
  CHECK(bench.letters().size() == 3);
  CHECK(bench.parked() == 1);
  bench.apply({{start_line({.job_id = 9})}});
  CHECK(bench.job(9)->is_running());
  CHECK(bench.parked() == 0);
  CHECK(bench.letters().size() == 4);
}

TEST_CASE("a repeated stop does not end the run that was requeued in the same second") {
  Bench bench;
  bench.apply({{start_line({})},
               {stop_line({.stop = kEpoch + 100})},
               {start_line({.start = kEpoch + 100})},
               {stop_line({.stop = kEpoch + 100})}});
  CHECK(bench.job(7, kEpoch + 100)->is_running());
}

TEST_CASE("tens of thousands of runs of one job id are as good as few") {
  constexpr std::int64_t kRuns = 30'000, kAtOnce = 1000;
  for (const bool together : {false, true}) {
    CAPTURE(together);
    RulesConfig rules;
    if (together) rules.duplicate_window = 10;
    Bench bench(rules);
    const auto apply_all = [&](const auto& add) {
      for (std::int64_t first = 0; first < kRuns; first += kAtOnce) {
        std::vector<LogEntry> log;
        for (std::int64_t n = first; n < first + kAtOnce; ++n) add(log, kEpoch + 10 * n);
        bench.apply(log);
      }
    };
    const auto start = [](auto& log, std::int64_t at) {
      log.push_back({start_line({.start = at})});
    };
    const auto stop = [](auto& log, std::int64_t at) {
      log.push_back({stop_line({.stop = at + 9})});
    };
    if (together) {
      apply_all(start);  // all run before the first one ends
      apply_all(stop);
    } else {
      apply_all([&](auto& log, std::int64_t at) {
        start(log, at);
        stop(log, at);
      });
    }
    const auto snapshot = bench.store().snapshot();
    CHECK(snapshot->jobs().job_count() == kRuns);
    CHECK(snapshot->jobs().stats().running == 0);
    for (const std::int64_t id : {std::int64_t{1}, kRuns / 2, kRuns}) {
      CHECK(snapshot->jobs().find(id)->duration == 9);
    }
    CHECK(bench.letters().empty());
    CHECK(bench.parked() == 0);
  }
}

// --- jobs past their wall time

RulesConfig with_overtime() {
  RulesConfig rules;
  rules.job_overtime = 600;
  return rules;
}

bool mark(Bench& bench, std::int64_t number, std::int64_t now) {
  storage::Update update = bench.store().begin_update();
  const Result<bool> marked = bench.applier().rules().mark_overtime(update, number, now);
  REQUIRE(marked.has_value());
  REQUIRE(bench.store().commit(update, false).has_value());
  return *marked;
}

TEST_CASE("a job past its wall time is marked, archived, and corrected by a real stop") {
  Bench bench(with_overtime());
  bench.apply({{start_line({})}});
  CHECK_FALSE(mark(bench, 1, kEpoch + 3600 + 600));
  CHECK(mark(bench, 1, kEpoch + 3600 + 601));
  CHECK_FALSE(mark(bench, 1, kEpoch + 10'000));
  auto job = bench.job(7);
  CHECK(job->state == JobState::timeout);
  CHECK(job->duration == 3600);
  CHECK(job->meta(kOvertimeKey) == std::to_string(kEpoch + 4200));
  CHECK(bench.is_due(7));
  bench.apply({{stop_line({.stop = kEpoch + 5000, .start = kEpoch})}});
  job = bench.job(7);
  CHECK(job->state == JobState::completed);
  CHECK(job->duration == 5000);
  CHECK_FALSE(job->meta_data);
  CHECK(bench.letters().empty());
}

TEST_CASE("a stop that says what the mark said confirms it") {
  Bench bench(with_overtime());
  bench.apply({{start_line({.more = R"(,"metaData":{"jobName":"x"})"})}});
  CHECK(mark(bench, 1, kEpoch + 9999));
  bench.apply({{stop_line({.stop = kEpoch + 3600, .state = "timeout"})}});
  CHECK(bench.job(7)->meta(kOvertimeKey).empty());
  CHECK(bench.job(7)->meta("jobName") == "x");
  const Tally tally = bench.apply({{stop_line({.stop = kEpoch + 3600, .state = "timeout"})}});
  CHECK(count(tally, kStop, Outcome::repeat) == 1);
}

TEST_CASE("whether the sweep was there first does not change what a new run becomes") {
  for (const bool swept : {false, true}) {
    CAPTURE(swept);
    Bench bench(with_overtime());
    bench.apply({{start_line({})}});
    if (swept) CHECK(mark(bench, 1, kEpoch + 8000));
    bench.apply({{start_line({.start = kEpoch + 8000}), kEpoch + 8000}});
    CHECK(bench.jobs().size() == 2);
    CHECK(bench.job(7)->state == JobState::timeout);
    CHECK(bench.job(7, kEpoch + 8000)->is_running());
  }
}

TEST_CASE("jobs without wall time, and all jobs when the setting is off, are left alone") {
  Bench with(with_overtime());
  with.apply({{start_line({.walltime = 0})}});
  CHECK_FALSE(mark(with, 1, kEpoch + 1'000'000));
  Bench without;
  without.apply({{start_line({})}});
  CHECK_FALSE(mark(without, 1, kEpoch + 1'000'000));
}

}  // namespace
}  // namespace jobledger::ingest
