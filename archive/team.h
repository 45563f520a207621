// SPDX-License-Identifier: MIT
// A few threads that share the items of one batch, the calling thread among them.
//
// Executor: each() from one thread at a time; the items run on all of them.
// Lifetime: the threads end with the object.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace jobledger::archive {

class Team {
 public:
  explicit Team(std::size_t threads) {  // with the caller's
    for (std::size_t i = 1; i < threads; ++i) helpers_.emplace_back([this] { help(); });
  }
  ~Team() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  // Calls work(i) for each i below count; returns when all are done.
  void each(std::size_t count, const std::function<void(std::size_t)>& work) {
    {
      const std::lock_guard lock(mutex_);
      work_ = &work;
      count_ = count;
      next_ = 0;
      busy_ = helpers_.size();
      ++round_;
    }
    wake_.notify_all();
    take_items(work, count);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    work_ = nullptr;
  }

 private:
  void take_items(const std::function<void(std::size_t)>& work, std::size_t count) {
    for (std::size_t i = next_++; i < count; i = next_++) work(i);
  }

  void help() {
    std::size_t seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return ending_ || round_ != seen; });
      if (ending_) return;
      seen = round_;
      const auto* work = work_;
      const std::size_t count = count_;
      lock.unlock();
      take_items(*work, count);
      lock.lock();
      if (--busy_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(std::size_t)>* work_ = nullptr;
  std::size_t count_ = 0, busy_ = 0, round_ = 0;
  std::atomic<std::size_t> next_ = 0;
  bool ending_ = false;
  std::vector<std::thread> helpers_;
};

}  // namespace jobledger::archive
