// SPDX-License-Identifier: MIT
#include "ingest/applier.h"

#include "test/ingest/support.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace jobledger::ingest {
namespace {

LogEntry command(std::string_view verb, std::int64_t letter, std::string_view id = "me") {
  return {fmt::format(R"({{"id":"{}","command":"{}","dead_letter":{}}})", id, verb, letter), kEpoch,
          "jobledger.command"};
}

TEST_CASE("the position is committed with the effects and skips what was applied") {
  Bench bench;
  bench.apply_batch(make_batch({{start_line({.job_id = 1})}, {"broken\n"}}, 5));
  CHECK(bench.store().snapshot()->position("EV")->sequence == 6);
  const Effects again = bench.apply_batch(
      make_batch({{start_line({.job_id = 1})}, {"broken\n"}, {start_line({.job_id = 2})}}, 5));
  CHECK(again.tally.repeated_messages == 2);
  CHECK(again.tally.messages == 1);
  CHECK(count(again.tally, EventKind::start_job, Outcome::applied) == 1);
  CHECK(bench.letters().size() == 1);
  CHECK(bench.store().snapshot()->position("EV")->sequence == 7);
}

TEST_CASE(
    "a stream made anew, or rewound, is applied from its beginning without effect on the known") {
  Bench bench;
  bench.apply_batch(make_batch({{start_line({})}, {stop_line({})}}, 8));
  const auto before = bench.jobs();
  bench.apply_batch(make_batch({{start_line({})}, {stop_line({})}}, 1, 2));
  const auto position = *bench.store().snapshot()->position("EV");
  CHECK(position.created == 2);
  CHECK(position.sequence == 2);
  RawBatch rewound = make_batch({{start_line({})}}, 1, 2);
  rewound.epoch = 1;
  const Effects effects = bench.apply_batch(std::move(rewound));
  CHECK(count(effects.tally, EventKind::start_job, Outcome::repeat) == 1);
  CHECK(bench.store().snapshot()->position("EV")->sequence == 1);
  CHECK(bench.jobs() == before);
}

TEST_CASE("plain messages are applied and leave no position") {
  Bench bench;
  RawBatch plain = make_batch({{start_line({})}}, 1, 5, "");
  plain.durable = false;
  bench.apply_batch(std::move(plain));
  CHECK(bench.jobs().size() == 1);
  CHECK_FALSE(bench.store().snapshot()->position(""));
}

TEST_CASE("each bad line is one dead letter with place, time, subject and text") {
  Bench bench;
  bench.apply_batch(
      make_batch({{start_line({})}, {stop_line({}) + "bad one\n" + "bad two\n", kEpoch + 5}}, 41));
  const auto letters = bench.letters();
  REQUIRE(letters.size() == 2);
  CHECK(letters[0].origin == storage::EventOrigin{"EV", 1, 42, 1});
  CHECK(letters[1].origin == storage::EventOrigin{"EV", 1, 42, 2});
  CHECK(letters[0].payload == "bad one");
  CHECK(letters[0].received == kEpoch + 5);
  CHECK(letters[0].subject == "cc.job.event");
  CHECK(letters[0].reason.find("column") != std::string::npos);
  CHECK_FALSE(bench.job(7)->is_running());
}

TEST_CASE("node states carry log time; strangers are stored and counted") {
  Bench bench;
  const Tally tally =
      bench.apply({{node_line(R"({"cluster":"big","nodes":[{"hostname":"n01","states":["idle"]},)"
                              R"({"hostname":"z9","states":["down"]}]})"),
                    kEpoch + 9, "cc.node.state"}});
  CHECK(tally.nodes_without_sub_cluster == 1);
  const auto& nodes = bench.store().snapshot()->nodes();
  REQUIRE(nodes.size() == 2);
  CHECK(nodes[0].time == kEpoch + 9);
  CHECK(nodes[0].scheduler_state == schema::SchedulerState::idle);
  CHECK(nodes[1].sub_cluster.empty());
}

// A start, which waits for nobody, at that log time.
LogEntry sent_at(std::int64_t time, std::int64_t job_id) {
  return {start_line({.job_id = job_id}), time};
}

TEST_CASE("one message with a wrong broker time moves nothing, also over a restart") {
  constexpr std::int64_t kMonth = 30 * 86400;
  const std::string report =
      node_line(R"({"cluster":"big","nodes":[{"hostname":"n01","states":["idle"]}]})");
  for (const bool restarts : {false, true}) {
    CAPTURE(restarts);
    Bench bench;
    bench.apply({{stop_line({}), kEpoch}});
    bench.apply({{report, kEpoch + kMonth, "cc.node.state"}});
    if (restarts) bench.reopen();
    CHECK(bench.parked() == 1);
    CHECK(bench.store().snapshot()->nodes()[0].time == kEpoch);
    bench.apply({sent_at(kEpoch + 1, 8), sent_at(kEpoch + kMonth, 9), sent_at(kEpoch + 2, 10)});
    CHECK(bench.parked() == 1);
    CHECK(bench.applier().log_time() == kEpoch + 2);
    // What two say counts.
    bench.apply({sent_at(kEpoch + kMonth, 11)});
    if (restarts) bench.reopen();
    CHECK(bench.parked() == 1);
    bench.apply({sent_at(kEpoch + kMonth + 7, 12)});
    CHECK(bench.parked() == 0);
    CHECK(bench.applier().log_time() == kEpoch + kMonth + 7);
    CHECK(bench.letters().size() == 1);
  }
}

TEST_CASE("a message that is read again is no witness of its own time") {
  Bench bench;
  bench.apply_batch(make_batch({{stop_line({}), kEpoch}, sent_at(kEpoch + 999'999, 8)}, 1));
  bench.apply_batch(make_batch({{stop_line({}), kEpoch}, sent_at(kEpoch + 999'999, 8)}, 1));
  CHECK(bench.parked() == 1);
  CHECK(bench.store().snapshot()->log_clock("EV") == storage::LogClock{kEpoch, kEpoch + 999'999});
}

TEST_CASE("a dead letter is known to be of our clusters, however broken it is") {
  Bench bench;
  const std::string start = start_line({.start = 0});  // refused
  bench.apply({{start},
               {start.substr(0, start.size() / 2)},
               {start_line({.cluster = "x"})},
               {job_line("stop_job", R"({"jobId":7,"cluster" : "big")")},
               {"job,function=start_job,cluster=big event=1"},
               {"cluster\n"},
               {start_line({})},
               {stop_line({})},
               {stop_line({.stop = kEpoch + 1, .cluster = "", .start = kEpoch})}});
  std::string known;
  for (const storage::DeadLetter& letter : bench.letters()) {
    known += letter.group.starts_with('+') ? '+' : '-';
  }
  CHECK(known == "++-++-+");
}

TEST_CASE("a dropped letter is gone, a missing one is an answer") {
  Bench bench;
  bench.apply({{"broken\n"}});
  const std::int64_t id = bench.letters()[0].id;
  const Effects dropped = bench.apply_batch(
      make_batch({command("dead_letter_drop", id), command("dead_letter_drop", id, "you")}, 50));
  REQUIRE(dropped.answers.size() == 2);
  CHECK(dropped.answers[0].first == "me");
  CHECK(dropped.answers[0].second.has_value());
  REQUIRE_FALSE(dropped.answers[1].second.has_value());
  CHECK(dropped.answers[1].second.error().kind == ErrorKind::not_found);
  CHECK(count(dropped.tally, EventKind::command, Outcome::refused) == 1);
  CHECK(bench.letters().empty());
}

TEST_CASE("a retried letter is applied at its new place, also in the batch that made it") {
  Bench bench;
  // A stop that expired, and whose start came too late.
  RulesConfig rules;
  bench.apply({{stop_line({}), kEpoch}});
  bench.apply({{start_line({.job_id = 8}), kEpoch + rules.park_limit + 1},
               {start_line({}), kEpoch + rules.park_limit + 1}});
  REQUIRE(bench.letters().size() == 1);
  CHECK(bench.job(7)->is_running());
  const Effects effects =
      bench.apply_batch(make_batch({command("dead_letter_retry", bench.letters()[0].id)}, 50));
  REQUIRE(effects.answers.size() == 1);
  CHECK(effects.answers[0].second.has_value());
  CHECK_FALSE(bench.job(7)->is_running());
  CHECK(bench.letters().empty());
  const Effects together =
      bench.apply_batch(make_batch({{"broken\n"}, command("dead_letter_drop", 2)}, 60));
  CHECK(together.answers[0].second.has_value());
  CHECK(bench.letters().empty());
}

TEST_CASE("a retried report tells what nodes did when it came, not now") {
  Bench bench;
  const auto report = [](std::string_view cluster, std::string_view state) {
    return node_line(fmt::format(
        R"({{"cluster":"{}","nodes":[{{"hostname":"n01","states":["{}"]}}]}})", cluster, state));
  };
  // As if the cluster had become known in the meantime.
  auto update = bench.store().begin_update();
  storage::DeadLetter letter;
  letter.origin = {"EV", 1, 40, 0};
  letter.subject = "cc.node.state";
  letter.payload = report("big", "down");
  letter.received = kEpoch;
  REQUIRE(update.add_dead_letter(letter).has_value());
  REQUIRE(bench.store().commit(update).has_value());
  bench.apply({{report("big", "idle"), kEpoch + 60, "cc.node.state"}});
  const std::int64_t id = bench.letters()[0].id;
  const Effects effects = bench.apply_batch(make_batch({{command("dead_letter_retry", id)}}, 50));
  REQUIRE(effects.answers.size() == 1);
  CHECK(effects.answers[0].second.has_value());
  const auto snapshot = bench.store().snapshot();
  CHECK(snapshot->nodes()[0].scheduler_state == schema::SchedulerState::idle);
  CHECK(snapshot->nodes()[0].time == kEpoch + 60);
  const auto history = snapshot->read_node_history({}, 10);
  REQUIRE(history->size() == 2);
  CHECK((*history)[0].time == kEpoch);
}

TEST_CASE("a letter that still cannot be applied stays as it is") {
  Bench bench;
  bench.apply({{start_line({.cluster = "x"})}});
  const auto before = bench.letters();
  const Effects effects =
      bench.apply_batch(make_batch({command("dead_letter_retry", before[0].id)}, 50));
  REQUIRE_FALSE(effects.answers[0].second.has_value());
  CHECK(effects.answers[0].second.error().detail == "still cannot be applied: no such cluster: x");
  REQUIRE(bench.letters().size() == 1);
  CHECK(bench.letters()[0].payload == before[0].payload);
}

TEST_CASE("an unknown command is a dead letter, and cannot be retried") {
  Bench bench;
  bench.apply({{R"({"command":"x"})", kEpoch, "jobledger.command"}});
  REQUIRE(bench.letters().size() == 1);
  const Effects effects =
      bench.apply_batch(make_batch({command("dead_letter_retry", bench.letters()[0].id)}, 50));
  CHECK_FALSE(effects.answers[0].second.has_value());
  CHECK(bench.letters().size() == 1);
}

}  // namespace
}  // namespace jobledger::ingest
