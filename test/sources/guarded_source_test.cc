// SPDX-License-Identifier: MIT
#include "sources/guarded_source.h"

#include "test/sources/fake_source.h"
#include "test/sources/source_fixture.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>

namespace jobledger::sources {
namespace {

using namespace std::chrono_literals;

// A source that a test breaks, behind its guard, and a clock.
struct Guarded {
  Guarded() {
    config.scope = "big";
    config.url = "http://store";
    config.max_failures = 3;
    config.pause = 10s;
    config.pause_max = 30s;
  }
  Result<MetricAnswer> read(Stop stop = {}) {
    if (!guard) {
      auto made = std::make_unique<FakeSource>();
      source = made.get();
      guard.emplace(config, std::move(made), telemetry, [this] { return now; });
    }
    return guard->read({}, {nullptr, stop, {}});
  }
  // Fails, and the source was asked or not.
  void check_failure(bool was_asked) {
    const std::size_t before = source->asked().size();
    const auto answer = read();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().kind == ErrorKind::unavailable);
    CHECK(source->asked().size() == before + (was_asked ? 1 : 0));
    const bool says_why = answer.error().detail.find("out of reach") != std::string::npos;
    CHECK(says_why);
  }

  ExternalConfig config;
  Telemetry telemetry;
  Breaker::Clock::time_point now;
  FakeSource* source = nullptr;
  std::optional<GuardedSource> guard;
};

constexpr const char* kPaused = "jobledger_source_paused{source=\"big\"} ";

}  // namespace

TEST_CASE("a source that fails is left alone for a pause, which grows, and is tried then") {
  Guarded guarded;
  CHECK(guarded.read().has_value());
  guarded.source->broken = Error{ErrorKind::unavailable, "out of reach"};
  for (int i = 0; i < 3; ++i) guarded.check_failure(true);
  guarded.check_failure(false);
  CHECK(guarded.telemetry.text().find(std::string(kPaused) + "1") != std::string::npos);
  guarded.now += 10s;
  guarded.check_failure(true);  // one question tries it
  guarded.now += 10s;
  guarded.check_failure(false);
  guarded.now += 10s;
  guarded.check_failure(true);
  guarded.now += 30s;  // the longest pause
  guarded.source->broken.reset();
  CHECK(guarded.read().has_value());
  CHECK(guarded.telemetry.text().find(std::string(kPaused) + "0") != std::string::npos);
  guarded.source->broken = Error{ErrorKind::unavailable, "out of reach"};
  for (int i = 0; i < 3; ++i) guarded.check_failure(true);
  guarded.check_failure(false);
}

TEST_CASE("what says nothing of the source does not count as its failure") {
  for (const ErrorKind kind : {ErrorKind::too_large, ErrorKind::cancelled, ErrorKind::invalid}) {
    Guarded guarded;
    (void)guarded.read();
    guarded.source->broken = Error{kind, "no"};
    for (int i = 0; i < 9; ++i) CHECK(guarded.read().error().kind == kind);
    CHECK(guarded.source->asked().size() == 10);
  }
  Guarded guarded;
  (void)guarded.read();
  guarded.source->broken = Error{ErrorKind::unavailable, "no time is left"};
  const Stop late{nullptr, Breaker::Clock::now() - 1s};
  for (int i = 0; i < 9; ++i) CHECK_FALSE(guarded.read(late).has_value());
  CHECK(guarded.source->asked().size() == 10);
}

TEST_CASE("more questions than a source may have at a time are refused at once") {
  Guarded guarded;
  guarded.config.max_readers = 2;
  (void)guarded.read();
  std::promise<void> answer;
  const auto answered = answer.get_future().share();
  std::atomic<int> asking = 0;
  guarded.source->on_read = [&] {
    ++asking;
    answered.wait();
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) readers.emplace_back([&] { CHECK(guarded.read().has_value()); });
  while (asking < 2) std::this_thread::yield();
  const auto refused = guarded.read();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().detail == "http://store is being read by 2 already");
  answer.set_value();
  for (std::thread& reader : readers) reader.join();
  CHECK(guarded.read().has_value());
}

TEST_CASE("who waits for a source leaves the place in its pool to others") {
  Guarded guarded;
  (void)guarded.read();
  std::promise<void> answer, counted;
  const auto answered = answer.get_future().share();
  guarded.source->on_read = [&] { answered.wait(); };
  WorkerPool queries("queries", 1, 100);
  for (int i = 0; i < 4; ++i) REQUIRE(queries.submit([&] { CHECK(guarded.read().has_value()); }));
  REQUIRE(queries.submit([&] { counted.set_value(); }));
  counted.get_future().get();  // though four wait for the source
  answer.set_value();
  queries.stop();
}

}  // namespace jobledger::sources
