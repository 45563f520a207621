// SPDX-License-Identifier: MIT
#include "base/side_by_side.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace jobledger {
namespace {

TEST_CASE("each item is worked on once, by whatever number of threads") {
  for (const std::size_t threads : {1u, 2u, 5u}) {
    WorkerPool pool("test", threads, 100);
    for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
      std::vector<std::atomic<int>> calls(count);
      run_side_by_side(pool, count, [&](std::size_t i) { ++calls[i]; });
      for (const auto& n : calls) CHECK(n == 1);
    }
    pool.stop();
  }
}

TEST_CASE("an idle thread of the pool takes part") {
  WorkerPool pool("test", 1, 100);
  std::promise<void> other_came;
  auto came = other_came.get_future().share();
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> told = false;
  run_side_by_side(pool, 2, [&](std::size_t) {
    if (std::this_thread::get_id() == caller) return came.wait();  // until the other one works
    if (!told.exchange(true)) other_came.set_value();
  });
  CHECK(told);
  pool.stop();
}

TEST_CASE("a busy pool does not hold up the caller, and its late helper touches nothing") {
  std::promise<void> busy, release;  // outlive the pool's threads
  WorkerPool pool("test", 1, 100);
  REQUIRE(pool.submit([&] {
    busy.set_value();
    release.get_future().wait();
  }));
  busy.get_future().wait();
  std::set<std::thread::id> threads;
  {
    std::mutex mutex;
    run_side_by_side(pool, 100, [&](std::size_t) {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    });
  }
  CHECK(threads == std::set{std::this_thread::get_id()});
  CHECK(pool.queued() == 1);
  release.set_value();
  pool.stop();
}

TEST_CASE("a stopped pool leaves all to the caller") {
  WorkerPool pool("test", 2, 100);
  pool.stop();
  int calls = 0;
  run_side_by_side(pool, 10, [&](std::size_t) { ++calls; });
  CHECK(calls == 10);
}

TEST_CASE("calls nest, from threads of the pool as well") {
  WorkerPool pool("test", 2, 100);
  std::atomic<int> calls = 0;
  run_side_by_side(pool, 20,
                   [&](std::size_t) { run_side_by_side(pool, 20, [&](std::size_t) { ++calls; }); });
  CHECK(calls == 400);
  pool.stop();
}

TEST_CASE("what an item throws reaches the caller, and the rest is left out") {
  WorkerPool pool("test", 2, 100);
  std::atomic<int> calls = 0;
  const auto work = [&](std::size_t i) {
    ++calls;
    if (i == 3) throw std::runtime_error("third");
  };
  CHECK_THROWS_WITH(run_side_by_side(pool, 10'000, work), "third");  // whoever had it
  pool.stop();
  calls = 0;
  CHECK_THROWS_WITH(run_side_by_side(pool, 10'000, work), "third");
  CHECK(calls == 4);  // the caller alone, in order
}

}  // namespace
}  // namespace jobledger
