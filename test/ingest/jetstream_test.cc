// SPDX-License-Identifier: MIT
#include "ingest/jetstream.h"

#include <doctest/doctest.h>

namespace jobledger::ingest {
namespace {

using Why = StartPoint::Why;
using Verdict = SequenceGuard::Verdict;

TEST_CASE("reply subjects of both forms are read") {
  const auto old_form = parse_ack_subject("$JS.ACK.EV.c.1.22.3.1795384509632829715.4");
  REQUIRE(old_form);
  CHECK(old_form->stream == "EV");
  CHECK(old_form->consumer == "c");
  CHECK(old_form->delivered == 1);
  CHECK(old_form->stream_sequence == 22);
  CHECK(old_form->consumer_sequence == 3);
  CHECK(old_form->time == 1795384509632829715);
  CHECK(old_form->pending == 4);
  const auto new_form = parse_ack_subject("$JS.ACK._.ACCHASH.EV.c.1.22.3.17.4.rnd");
  REQUIRE(new_form);
  CHECK(new_form->stream == "EV");
  CHECK(new_form->pending == 4);
}

TEST_CASE("other reply subjects are no acknowledgements") {
  for (const char* subject :
       {"", "inbox.1", "$JS.ACK.", "$JS.ACK.EV.c.1.22.3.17", "$JS.ACK.EV.c.1.x.3.17.4",
        "$JS.ACK.EV.c.1.22.3.17.4.5", "$JS.ACK.EV.c.1.99999999999999999999.3.17.4"}) {
    CAPTURE(subject);
    CHECK_FALSE(parse_ack_subject(subject));
  }
}

TEST_CASE("a pull request in the broker's words") {
  CHECK(format_pull_request(
            {512, std::chrono::milliseconds(30'000), std::chrono::milliseconds(5000), 0}) ==
        R"({"batch":512,"expires":30000000000,"idle_heartbeat":5000000000})");
  CHECK(format_pull_request({1, std::chrono::milliseconds(1), std::chrono::milliseconds(1), 9}) ==
        R"({"batch":1,"expires":1000000,"idle_heartbeat":1000000,"max_bytes":9})");
}

void check_start(const StartPoint& start, Why why, std::uint64_t sequence, std::uint64_t missed) {
  CHECK(start.why == why);
  CHECK(start.sequence == sequence);
  CHECK(start.missed == missed);
}

TEST_CASE("where to start reading") {
  const storage::StreamPosition at{"EV", 7, 100};
  check_start(choose_start({}, {7, 0, 0}), Why::fresh, 1, 0);
  check_start(choose_start({}, {7, 41, 90}), Why::fresh, 41, 40);
  check_start(choose_start(at, {7, 1, 100}), Why::resumed, 101, 0);
  check_start(choose_start(at, {7, 1, 500}), Why::resumed, 101, 0);
  check_start(choose_start(at, {7, 101, 500}), Why::resumed, 101, 0);
  check_start(choose_start(at, {7, 131, 500}), Why::resumed, 131, 30);
  check_start(choose_start(at, {7, 101, 100}), Why::resumed, 101, 0);  // purged
  check_start(choose_start(at, {7, 1, 99}), Why::rewound, 1, 0);
  check_start(choose_start(at, {8, 1, 500}), Why::recreated, 1, 0);
  check_start(choose_start(at, {8, 0, 0}), Why::recreated, 1, 0);
}

TEST_CASE("reading begins with the message that we have, if the stream has it and we know it") {
  const storage::StreamPosition at{"EV", 7, 100, 4, 55, 66};
  const StartPoint resumed = choose_start(at, {7, 1, 500});
  check_start(resumed, Why::resumed, 100, 0);
  CHECK(resumed.expected == storage::StreamMark{100, 55, 66});
  CHECK(resumed.epoch == 4);
  CHECK_FALSE(resumed.is_unproven);
  const StartPoint gone = choose_start(at, {7, 101, 500});
  check_start(gone, Why::resumed, 101, 0);
  CHECK_FALSE(gone.expected);
  CHECK(gone.is_unproven);
  check_start(choose_start(at, {7, 1, 500}, true), Why::rewound, 1, 0);
  CHECK(choose_start(at, {7, 1, 500}, true).epoch == 5);
  CHECK(choose_start(at, {8, 1, 500}).epoch == 5);
  check_start(choose_start(at, {8, 21, 500}), Why::recreated, 21, 20);
  CHECK(choose_start({}, {7, 1, 5}).epoch == 1);
}

TEST_CASE("the last mark that both have is found, whatever the stream lost") {
  std::vector<storage::StreamMark> marks;
  for (std::uint64_t n = 1; n <= 1000; ++n) marks.push_back({n * 10, 1, n});
  int reads = 0;
  const auto find = [&](std::uint64_t first, std::uint64_t last, std::uint64_t same_to) {
    return find_last_match(
        marks, {7, first, last},
        [&](std::uint64_t sequence) -> Result<std::optional<storage::StreamMark>> {
          ++reads;
          if (sequence % 70 == 0) return std::optional<storage::StreamMark>();  // deleted by hand
          return std::optional(
              storage::StreamMark{sequence, 1, sequence <= same_to ? sequence / 10 : 0});
        });
  };
  CHECK((*find(1, 10'000, 4444))->sequence <= 4440);
  CHECK((*find(1, 10'000, 4444))->sequence >= 4420);
  CHECK((*find(1, 10'000, 10'000))->sequence == 10'000);
  CHECK((*find(1, 5005, 10'000))->sequence == 5000);
  CHECK_FALSE(*find(1, 10'000, 0));
  CHECK_FALSE(*find(5000, 10'000, 4444));
  CHECK_FALSE(*find(10'001, 10'000, 10'000));
  CHECK(reads <= 7 * 13);
  const auto failed = find_last_match(
      marks, {7, 1, 10'000}, [](std::uint64_t) -> Result<std::optional<storage::StreamMark>> {
        return Error{ErrorKind::unavailable, "no"};
      });
  CHECK_FALSE(failed.has_value());
}

AckSubject message(std::uint64_t consumer, std::uint64_t stream) {
  AckSubject ack;
  ack.consumer_sequence = consumer;
  ack.stream_sequence = stream;
  return ack;
}

TEST_CASE("the guard passes what follows and stops at a hole") {
  SequenceGuard guard;
  guard.reset(10);
  CHECK(guard.check(message(1, 10)) == Verdict::next);
  CHECK(guard.check(message(2, 11)) == Verdict::next);
  CHECK(guard.check_idle(2));
  CHECK_FALSE(guard.check_idle(3));
  CHECK(guard.check(message(3, 10)) == Verdict::repeated);
  CHECK(guard.missing() == 0);
  CHECK(guard.check(message(4, 15)) == Verdict::next);
  CHECK(guard.missing() == 3);
  CHECK(guard.check(message(6, 16)) == Verdict::hole);
  guard.reset(16);
  CHECK(guard.check(message(1, 16)) == Verdict::next);
  CHECK(guard.missing() == 0);
}

TEST_CASE("the window asks again when a whole batch has room") {
  PullWindow window(10, 2);
  CHECK(window.wants_pull());
  window.pulled(10);
  window.pulled(10);
  CHECK_FALSE(window.wants_pull());
  for (int i = 0; i < 9; ++i) window.received();
  CHECK_FALSE(window.wants_pull());
  window.received();
  CHECK(window.wants_pull());
  window.ended(4);
  CHECK(window.credits() == 6);
  window.ended(100);
  CHECK(window.credits() == 0);
}

}  // namespace
}  // namespace jobledger::ingest
