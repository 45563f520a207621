// SPDX-License-Identifier: MIT
#include "base/periodic_thread.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

namespace jobledger {
namespace {

using namespace std::chrono_literals;

TEST_CASE("work is done at once and again, until it is stopped") {
  std::promise<void> third;
  int times = 0;
  PeriodicThread thread("work");
  thread.start(1ms, PeriodicThread::First::at_once, [&] {
    if (++times == 3) third.set_value();
  });
  third.get_future().wait();
  thread.stop();
  CHECK(times >= 3);
}

TEST_CASE("stop ends a pause, also the one before the first time") {
  std::atomic<int> times = 0;
  PeriodicThread thread("work");
  thread.start(1h, PeriodicThread::First::after_pause, [&] { ++times; });
  thread.stop();
  CHECK(times == 0);
}

TEST_CASE("stop waits for work that is under way, and needs no start") {
  std::promise<void> begun;
  std::atomic<bool> stopping = false, ended = false;
  PeriodicThread thread("work");
  thread.start(1h, PeriodicThread::First::at_once, [&] {
    begun.set_value();
    while (!stopping) std::this_thread::yield();
    ended = true;
  });
  begun.get_future().wait();
  stopping = true;
  thread.stop();
  CHECK(ended);
  PeriodicThread("never started").stop();
}

}  // namespace
}  // namespace jobledger
