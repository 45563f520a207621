// SPDX-License-Identifier: MIT
#include "base/periodic_thread.h"

#include "base/log.h"

#include <utility>

namespace jobledger {

PeriodicThread::~PeriodicThread() { CHECK(!thread_.joinable(), "{} not stopped", name_); }

void PeriodicThread::start(std::chrono::milliseconds pause, First first,
                           std::function<void()> work) {
  CHECK(!thread_.joinable(), "{} started twice", name_);
  thread_ = std::thread([this, pause, first, work = std::move(work)] { run(pause, first, work); });
}

void PeriodicThread::run(std::chrono::milliseconds pause, First first,
                         const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  const auto stopped = [this] { return stopping_; };
  if (first == First::after_pause) wake_.wait_for(lock, pause, stopped);
  while (!stopping_) {
    lock.unlock();
    work();
    lock.lock();
    wake_.wait_for(lock, pause, stopped);
  }
}

void PeriodicThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace jobledger
