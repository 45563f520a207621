// SPDX-License-Identifier: MIT
#include "ingest/progress.h"

#include "test/ingest/support.h"

#include <doctest/doctest.h>

namespace jobledger::ingest {
namespace {

TEST_CASE("a mark tells messages apart by time, subject and payload") {
  const RawMessage message{7, 5, "a", "b"};
  const storage::StreamMark mark = make_mark(message);
  CHECK(mark == storage::StreamMark{7, 5, 0xe5d29919042666b2u});
  CHECK(make_mark({7, 5, "a", "c"}) != mark);
  CHECK(make_mark({7, 5, "ab", ""}) != make_mark({7, 5, "", "ab"}));
  CHECK(make_mark({7, 6, "a", "b"}) != mark);
}

TEST_CASE("the last message has a mark, and one of each 4,096 keeps its own") {
  RawBatch batch = make_batch(std::vector<LogEntry>(9000, {"x"}), 100);
  batch.epoch = 3;
  const Progress progress = measure(batch);
  CHECK(progress.end.sequence == 9099);
  CHECK(progress.end.epoch == 3);
  CHECK(progress.end.mark() == make_mark(batch.messages.back()));
  REQUIRE(progress.marks.size() == 2);
  CHECK(progress.marks[0].sequence == 4096);
  CHECK(progress.marks[1].sequence == 8192);
}

TEST_CASE("the message behind a hole keeps the mark that those in it should have had") {
  RawBatch batch = make_batch({{"a"}, {"b"}, {"c"}}, 1);
  batch.messages[1].sequence = 4500;
  batch.messages[2].sequence = 4501;
  const Progress progress = measure(batch);
  REQUIRE(progress.marks.size() == 1);
  CHECK(progress.marks[0].sequence == 4500);
}

std::vector<std::uint64_t> sequences(Bench& bench) {
  std::vector<std::uint64_t> result;
  const auto marks = bench.store().snapshot()->read_stream_marks("EV");
  REQUIRE(marks.has_value());
  for (const storage::StreamMark& mark : *marks) result.push_back(mark.sequence);
  return result;
}

TEST_CASE("marks stay while the stream has their messages and the epoch lasts") {
  Bench bench;
  bench.apply_batch(make_batch(std::vector<LogEntry>(9000, {""}), 1));
  CHECK(sequences(bench) == std::vector<std::uint64_t>{4096, 8192});
  RawBatch cut = make_batch(std::vector<LogEntry>(5000, {""}), 9001);
  cut.first_sequence = 5000;
  bench.apply_batch(std::move(cut));
  CHECK(sequences(bench) == std::vector<std::uint64_t>{8192, 12288});
  RawBatch rewound = make_batch(std::vector<LogEntry>(10, {""}), 8193);
  rewound.epoch = 1;
  bench.apply_batch(std::move(rewound));
  CHECK(sequences(bench) == std::vector<std::uint64_t>{8192});
  CHECK(bench.store().snapshot()->position("EV")->sequence == 8202);
  bench.apply_batch(make_batch({{""}}, 1, 2));  // made anew
  CHECK(sequences(bench).empty());
}

TEST_CASE("a dead letter read once more in a new epoch is known, another one at its place is not") {
  Bench bench;
  bench.apply_batch(make_batch({{"bad one\n"}, {"bad two\n"}}, 1));
  RawBatch again = make_batch({{"bad one\n"}, {"bad three\n"}}, 1);
  again.epoch = 1;
  bench.apply_batch(std::move(again));
  const auto letters = bench.letters();
  REQUIRE(letters.size() == 3);
  CHECK(letters[1].payload == "bad two");
  CHECK(letters[2].payload == "bad three");
  CHECK(letters[2].origin == storage::EventOrigin{"EV", 1, 2, 0, 1});
}

TEST_CASE("stops that wait for their start do not displace each other across epochs") {
  Bench bench;
  bench.apply_batch(make_batch({{stop_line({.job_id = 1})}}, 1));
  RawBatch other = make_batch({{stop_line({.job_id = 2})}}, 1);
  other.epoch = 1;
  bench.apply_batch(std::move(other));
  CHECK(bench.store().snapshot()->parked_stop_count() == 2);
  bench.reopen();
  CHECK(bench.store().snapshot()->parked_stop_count() == 2);
}

}  // namespace
}  // namespace jobledger::ingest
