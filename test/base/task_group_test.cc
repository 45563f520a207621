// SPDX-License-Identifier: MIT
#include "base/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <doctest/doctest.h>

#include <stdexcept>

namespace jobledger {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

Task<> wait_for_ever(bool& ended) {
  auto executor = co_await asio::this_coro::executor;
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  asio::steady_timer timer(executor, 24h);
  auto [ec] = co_await timer.async_wait(kAwait);
  ended = ec == asio::error::operation_aborted;
}

Task<> fail() {
  throw std::runtime_error("on purpose");
  co_return;
}

Task<> stop(TaskGroup& group, bool& stopped) {
  co_await group.stop(1s);
  stopped = true;
}

TEST_CASE("stop asks waiting tasks to end and returns when none is left") {
  asio::io_context loop;
  TaskGroup group(loop.get_executor());
  bool first = false, second = false, stopped = false;
  group.spawn("first", wait_for_ever(first));
  group.spawn("second", wait_for_ever(second));
  loop.poll();
  CHECK(group.size() == 2);
  asio::co_spawn(loop, stop(group, stopped), asio::detached);
  loop.restart();
  loop.run();
  CHECK(first);
  CHECK(second);
  CHECK(stopped);
  CHECK(group.size() == 0);
}

TEST_CASE("a task that throws leaves the group and harms nobody") {
  asio::io_context loop;
  TaskGroup group(loop.get_executor());
  group.spawn("fails", fail());
  loop.run();
  CHECK(group.size() == 0);
}

}  // namespace
}  // namespace jobledger
