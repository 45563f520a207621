// SPDX-License-Identifier: MIT
#pragma once

// Work outside the executing thread: the host's executor, and Later<T>, a value that comes later.

#include "graphql/error.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace graphql {

// Runs work on some other thread, at some time. The engine never waits for work that has not begun:
// it takes it back and does it itself, so a busy or stopped executor delays but never blocks.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(std::function<void()> work) = 0;
  // Calls `until_done`, which waits for work that another thread has begun. An executor that bounds
  // how many threads work may let another one work meanwhile.
  virtual void wait(const std::function<void()>& until_done) { until_done(); }
};

// When an execution has to end before its time. Both may be absent.
struct StopSignal {
  const std::atomic<bool>* flag = nullptr;  // set by any thread; must outlive the execution
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  bool flagged() const { return flag != nullptr && flag->load(std::memory_order_relaxed); }
  bool expired() const {
    return flagged() || (deadline != std::chrono::steady_clock::time_point::max() &&
                         std::chrono::steady_clock::now() >= deadline);
  }
};

// What a resolver returns that has only begun its work; some other thread calls set() once.
// Copies share one state. Threads: set() from any, the rest from the executing thread.
template <class T>
class Later {
 public:
  using value_type = T;

  Later() : state_(std::make_shared<State>()) {}

  void set(Expected<T> value) const {
    {
      std::lock_guard lock(state_->mutex);
      state_->value = std::move(value);
    }
    state_->changed.notify_all();
  }

  // Null pointer when the stop signal came first. The value stays here.
  const Expected<T>* wait(const StopSignal& stop) const {
    constexpr auto kSlice = std::chrono::milliseconds(5);  // how soon a flag is seen
    std::unique_lock lock(state_->mutex);
    while (!state_->value) {
      if (stop.expired()) return nullptr;
      state_->changed.wait_for(lock, kSlice);
    }
    return &*state_->value;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Expected<T>> value;
  };
  std::shared_ptr<State> state_;
};

}  // namespace graphql
