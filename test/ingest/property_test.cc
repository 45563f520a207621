// SPDX-License-Identifier: MIT
// However the log's messages are ordered, repeated and cut into batches: the jobs are the same.
#include "test/ingest/support.h"
#include "test/seed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace jobledger::ingest {
namespace {

// Starts and stops of jobs with one run each; some stops do not say the cluster or the start.
std::vector<LogEntry> make_log(std::mt19937_64& random, std::size_t jobs) {
  const char* states[] = {"completed", "failed", "timeout", "pending", "requeued", "special_exit"};
  std::vector<LogEntry> log;
  for (std::size_t i = 1; i <= jobs; ++i) {
    const auto job_id = static_cast<std::int64_t>(i);
    const std::int64_t start = kEpoch + static_cast<std::int64_t>(random() % 1000);
    log.push_back({start_line({.job_id = job_id, .start = start})});
    if (random() % 4 == 0) continue;
    StopText stop;
    stop.job_id = job_id;
    stop.stop = start + static_cast<std::int64_t>(random() % 5000);
    stop.state = states[random() % std::size(states)];
    if (random() % 3 == 0) stop.cluster.clear();
    if (random() % 3 == 0) stop.start = start;
    log.push_back({stop_line(stop)});
  }
  return log;
}

void apply_in_batches(Bench& bench, const std::vector<LogEntry>& log, std::mt19937_64& random) {
  for (std::size_t from = 0; from < log.size();) {
    const std::size_t to = std::min(log.size(), from + 1 + random() % 40);
    bench.apply({log.begin() + static_cast<std::ptrdiff_t>(from),
                 log.begin() + static_cast<std::ptrdiff_t>(to)});
    from = to;
  }
}

TEST_CASE("orders, repetitions and batches do not matter") {
  const std::uint64_t used = test::test_seed();
  CAPTURE(used);
  std::mt19937_64 random(used);
  const std::vector<LogEntry> log = make_log(random, 150);
  Bench plain;
  plain.apply(log);
  const auto expected = plain.jobs();
  REQUIRE(expected.size() == 150);
  for (int round = 0; round < 6; ++round) {
    std::vector<LogEntry> shuffled = log;
    for (std::size_t repeats = log.size() / 2; repeats-- > 0;) {
      shuffled.push_back(log[random() % log.size()]);
    }
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    Bench bench;
    apply_in_batches(bench, shuffled, random);
    CHECK(bench.jobs() == expected);
    CHECK(bench.letters().empty());
    CHECK(bench.parked() == 0);
  }
}

// Jobs that go back into the queue again and again; each list is the log of one of them. Some are
// cancelled in the queue, or named by other values of no use.
std::vector<std::vector<LogEntry>> make_requeued(std::mt19937_64& random, std::size_t jobs) {
  const char* words[] = {"pending", "requeued", "preempted", "node_fail", "unheard_of"};
  const char* useless[] = {"", R"(,"smt":-1)", R"(,"metaData":{"a":1})", R"(,"numNodes":9)"};
  std::vector<std::vector<LogEntry>> logs;
  for (std::size_t i = 1; i <= jobs; ++i) {
    std::vector<LogEntry>& log = logs.emplace_back();
    const auto job_id = static_cast<std::int64_t>(i);
    std::int64_t now = kEpoch;
    for (std::size_t runs = 1 + random() % 4; runs > 0; --runs) {
      const std::int64_t start = now;
      log.push_back(
          {start_line({.job_id = job_id, .start = start, .more = useless[random() % 4]})});
      now += static_cast<std::int64_t>(random() % 50);
      StopText stop{job_id, now, runs == 1 ? "completed" : words[random() % 5]};
      if (random() % 2 == 0) stop.start = start;
      log.push_back({stop_line(stop)});
      now += 1 + static_cast<std::int64_t>(random() % 50);
    }
    if (random() % 3 == 0) log.push_back({stop_line({job_id, now, "cancelled"})});
  }
  return logs;
}

TEST_CASE("runs of requeued jobs stay apart, whatever lies between them or is repeated") {
  const std::uint64_t used = test::test_seed();
  CAPTURE(used);
  std::mt19937_64 random(used);
  const auto logs = make_requeued(random, 40);
  Bench plain;
  std::size_t runs = 0;
  for (const auto& log : logs) {
    plain.apply(log);
    runs += log.size() / 2;
  }
  const auto expected = plain.jobs();
  REQUIRE(expected.size() == runs);
  for (const schema::Job& job : expected) CHECK_FALSE(job.is_running());
  for (int round = 0; round < 4; ++round) {
    std::vector<LogEntry> mixed;
    std::vector<std::size_t> next(logs.size());
    for (std::size_t left = logs.size(); left > 0;) {
      const std::size_t job = random() % logs.size();
      if (next[job] == logs[job].size()) continue;
      mixed.push_back(logs[job][next[job]++]);
      if (next[job] == logs[job].size()) --left;
      if (random() % 3 == 0) mixed.push_back(logs[job][random() % next[job]]);
    }
    Bench bench;
    apply_in_batches(bench, mixed, random);
    CHECK(bench.jobs() == expected);
    CHECK(bench.letters().empty());
    CHECK(bench.parked() == plain.parked());
  }
}

TEST_CASE("the cut into batches and restarts do not matter to any log, however bad") {
  const std::uint64_t used = test::test_seed();
  CAPTURE(used);
  std::mt19937_64 random(used);
  RulesConfig rules;
  rules.park_limit = 300;
  rules.duplicate_window = 500;
  std::vector<LogEntry> log;
  for (std::int64_t second = 0; second < 600; ++second) {
    const bool is_wrong = random() % 20 == 0;  // the broker's clock
    LogEntry entry{"", kEpoch + second + (is_wrong ? 500'000 : 0)};
    const auto job_id = static_cast<std::int64_t>(1 + random() % 20);
    const std::int64_t start = kEpoch + static_cast<std::int64_t>(random() % 6) * 100;
    if (random() % 10 == 0) {
      entry.payload = "broken\n";
    } else if (random() % 10 == 0) {
      entry = {R"({"command":"dead_letter_retry","dead_letter":)" +
                   std::to_string(1 + random() % 30) + "}",
               entry.time, "jobledger.command"};
    } else if (random() % 2 == 0) {
      entry.payload = start_line({.job_id = job_id, .start = start});
    } else {
      entry.payload = stop_line({.job_id = job_id,
                                 .stop = start + 50,
                                 .start = random() % 2 == 0 ? start : std::int64_t{0}});
    }
    log.push_back(std::move(entry));
  }
  Bench at_once(rules);
  at_once.apply(log);
  Bench in_pieces(rules);
  for (std::size_t from = 0; from < log.size(); from += 150) {
    const std::vector<LogEntry> part(log.begin() + static_cast<std::ptrdiff_t>(from),
                                     log.begin() + static_cast<std::ptrdiff_t>(from + 150));
    apply_in_batches(in_pieces, part, random);
    in_pieces.reopen();
  }
  CHECK(in_pieces.jobs() == at_once.jobs());
  CHECK(in_pieces.parked() == at_once.parked());
  const auto letters = in_pieces.letters(), expected = at_once.letters();
  REQUIRE(letters.size() == expected.size());
  for (std::size_t i = 0; i < letters.size(); ++i) {
    CHECK(letters[i].origin == expected[i].origin);
    CHECK(letters[i].id == expected[i].id);
    CHECK(letters[i].reason == expected[i].reason);
  }
}

}  // namespace
}  // namespace jobledger::ingest
