// SPDX-License-Identifier: MIT
#include "base/side_by_side.h"

#include "base/turn.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>

namespace jobledger {
namespace {

// Kept alive by helpers that begin when all is done; they touch neither the pool nor the work then.
class SharedItems : public std::enable_shared_from_this<SharedItems> {
 public:
  SharedItems(WorkerPool& pool, std::size_t count, const std::function<void(std::size_t)>& work)
      : pool_(pool), count_(count), work_(work) {}

  void run_all() {
    take_items();
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      if (helpers_ == 0) return rethrow();
    }
    {
      const TurnPause pause;  // helpers need turns, too
      std::unique_lock lock(mutex_);
      idle_.wait(lock, [this] { return helpers_ == 0; });
    }
    rethrow();
  }

 private:
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

  void take_items() {
    for (;;) {
      if (next_.load(std::memory_order_relaxed) + 1 < count_) ask_for_help();
      const std::size_t i = next_++;
      if (i >= count_) return;
      try {
        work_(i);
      } catch (...) {
        next_ = count_;
        const std::lock_guard lock(mutex_);
        if (!thrown_) thrown_ = std::current_exception();
      }
    }
  }

  // One request at a time waits in the queue, and none behind work of others.
  void ask_for_help() {
    if (asked_.exchange(true)) return;
    const bool taken =
        pool_.queued() == 0 && pool_.submit([self = shared_from_this()] { self->help(); });
    if (!taken) asked_ = false;
  }

  void help() {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      ++helpers_;
    }
    asked_ = false;
    take_items();
    const std::lock_guard lock(mutex_);
    if (--helpers_ == 0) idle_.notify_all();
  }

  WorkerPool& pool_;
  const std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> asked_ = false;

  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t helpers_ = 0;
  bool closed_ = false;
  std::exception_ptr thrown_;
};

}  // namespace

void run_side_by_side(WorkerPool& pool, std::size_t count,
                      const std::function<void(std::size_t)>& work) {
  if (count == 0) return;
  if (count == 1) return work(0);
  std::make_shared<SharedItems>(pool, count, work)->run_all();
}

}  // namespace jobledger
