// SPDX-License-Identifier: MIT
#include "base/worker_pool.h"

#include "base/turn.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace jobledger {
namespace {

namespace asio = boost::asio;

struct Work {
  std::thread::id* ran_on;
  Result<int> operator()() const {
    *ran_on = std::this_thread::get_id();
    return 42;
  }
};

Task<> run_offload(WorkerPool& pool, std::thread::id& ran_on, std::thread::id& resumed_on,
                   Result<int>& result) {
  result = co_await offload(pool, Work{&ran_on});
  resumed_on = std::this_thread::get_id();
}

TEST_CASE("offloaded work runs on the pool and its caller resumes on its own loop") {
  asio::io_context loop;
  WorkerPool pool("test", 1, 8);
  std::thread::id ran_on, resumed_on;
  Result<int> result = 0;
  asio::co_spawn(loop, run_offload(pool, ran_on, resumed_on, result), asio::detached);
  loop.run();
  CHECK(*result == 42);
  CHECK(ran_on != std::this_thread::get_id());
  CHECK(resumed_on == std::this_thread::get_id());
}

TEST_CASE("a full pool answers unavailable instead of waiting") {
  asio::io_context loop;
  std::promise<void> busy, release;  // outlive the pool's threads
  WorkerPool pool("test", 1, 1);
  REQUIRE(pool.submit([&] {
    busy.set_value();
    release.get_future().wait();
  }));
  busy.get_future().wait();
  REQUIRE(pool.submit([] {}));
  std::thread::id ran_on, resumed_on;
  Result<int> result = 0;
  asio::co_spawn(loop, run_offload(pool, ran_on, resumed_on, result), asio::detached);
  loop.run();
  release.set_value();
  REQUIRE(!result);
  CHECK(result.error().kind == ErrorKind::unavailable);
}

TEST_CASE("stop runs what is queued") {
  std::atomic<int> ran = 0;
  WorkerPool pool("test", 2, 100);
  for (int i = 0; i < 50; ++i) REQUIRE(pool.submit([&] { ++ran; }));
  pool.stop();
  CHECK(ran == 50);
  CHECK(!pool.submit([] {}));
}

constexpr WorkerPool::Client kAnna{1}, kBert{2};

// Works on and on, giving its turn away when it is asked to, until the flag is set.
void work_until(const std::atomic<bool>& done) {
  while (!done) yield_turn();
}

TEST_CASE("a short job is done while more long ones work than there are threads") {
  std::atomic<bool> done = false;
  WorkerPool pool("test", 1, 100);
  for (int i = 0; i < 8; ++i) REQUIRE(pool.submit([&] { work_until(done); }, kAnna));
  REQUIRE(pool.submit([&] { done = true; }, kAnna));
  pool.stop();
  CHECK(done);
}

TEST_CASE("every long job goes on, whoever sent it") {
  std::atomic<int> ended = 0;
  std::atomic<bool> all_ended = false;
  WorkerPool pool("test", 2, 100);
  for (int i = 0; i < 6; ++i) REQUIRE(pool.submit([&] { work_until(all_ended); }, kAnna));
  const auto take_long = [&] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
    while (std::chrono::steady_clock::now() < end) yield_turn();
    if (++ended == 2) all_ended = true;
  };
  REQUIRE(pool.submit(take_long, kAnna));
  REQUIRE(pool.submit(take_long, kBert));
  pool.stop();
  CHECK(ended == 2);
}

TEST_CASE("who waits for another job lets it work") {
  std::promise<void> other_done;
  WorkerPool pool("test", 1, 100);
  REQUIRE(pool.submit(
      [&] {
        begin_large_work();  // one turn, for which both compete
        const TurnPause pause;
        const TurnPause nested;
        other_done.get_future().wait();
      },
      kAnna));
  REQUIRE(pool.submit(
      [&] {
        begin_large_work();
        other_done.set_value();
      },
      kBert));
  pool.stop();
}

TEST_CASE("few jobs that take much memory are under way, half of them of one client") {
  std::atomic<int> of_anna = 0, of_all = 0, most_of_anna = 0, most_of_all = 0;
  const auto raise = [](std::atomic<int>& most, int now) {
    int before = most;
    while (before < now && !most.compare_exchange_weak(before, now)) {
    }
  };
  WorkerPool pool("test", 8, 100, 4);
  const auto work = [&](bool is_anna) {
    begin_large_work();
    begin_large_work();  // once more changes nothing
    raise(most_of_all, ++of_all);
    if (is_anna) raise(most_of_anna, ++of_anna);
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    while (std::chrono::steady_clock::now() < end) yield_turn();
    if (is_anna) --of_anna;
    --of_all;
  };
  for (int i = 0; i < 20; ++i) {
    REQUIRE(pool.submit([&] { work(true); }, kAnna));
    REQUIRE(pool.submit([&] { work(false); }, kBert));
  }
  pool.stop();
  CHECK(most_of_anna <= 2);
  CHECK(most_of_all <= 4);
  CHECK(of_all == 0);
}

TEST_CASE("one client takes at most half of the queue") {
  std::promise<void> busy, release;
  auto released = release.get_future().share();
  WorkerPool pool("test", 1, 4);
  REQUIRE(pool.submit(
      [&, released] {
        busy.set_value();
        released.wait();
      },
      kAnna));
  busy.get_future().wait();
  CHECK(pool.submit([] {}, kAnna));
  CHECK(pool.submit([] {}, kAnna));
  CHECK_FALSE(pool.submit([] {}, kAnna));
  CHECK(pool.submit([] {}, kBert));
  CHECK(pool.submit([] {}));
  CHECK_FALSE(pool.submit([] {}));
  CHECK(pool.queued() == 4);
  release.set_value();
  pool.stop();
}

TEST_CASE("outside a pool turns mean nothing") {
  yield_turn();
  begin_large_work();
  const TurnPause pause;
  yield_turn();
}

}  // namespace
}  // namespace jobledger
