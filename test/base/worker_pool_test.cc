// SPDX-License-Identifier: MIT
#include "base/worker_pool.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <future>

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

}  // namespace
}  // namespace jobledger
