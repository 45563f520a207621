// SPDX-License-Identifier: MIT
// Work that a thread of its own does again and again, with a pause after each time.
//
// Executor: start() and stop() on the owner's thread, each once; work on the thread. Lifetime:
// stop() before destruction, unless it was never started; what the work uses outlives that.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

namespace jobledger {

class PeriodicThread {
 public:
  enum class First { at_once, after_pause };

  // `name`: a literal, of the work; for the message when start and stop do not belong together.
  explicit PeriodicThread(std::string_view name) : name_(name) {}
  ~PeriodicThread();

  void start(std::chrono::milliseconds pause, First first, std::function<void()> work);
  // Ends a pause, and waits for work that is under way. Also when it was never started.
  void stop();

 private:
  void run(std::chrono::milliseconds pause, First first, const std::function<void()>& work);

  const std::string_view name_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // by mutex_
  std::thread thread_;
};

}  // namespace jobledger
