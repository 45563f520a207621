// SPDX-License-Identifier: MIT
// What the callbacks of the NATS library reach: never more than lives.
//
// Threads: take() on the library's thread of that subscription, the rest on any.
#pragma once

#include "ingest/nats_library.h"
#include "ingest/nats_link.h"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

namespace jobledger::ingest {

// The library's callbacks may come after the end of what they are for: they are given a number, by
// which they find it while it lives.
template <class T>
class Register {
 public:
  void* add(const std::shared_ptr<T>& entry) {
    std::unique_lock lock(mutex_);
    entries_.emplace(++last_, entry);
    return reinterpret_cast<void*>(last_);
  }
  void remove(void* number) {
    std::unique_lock lock(mutex_);
    entries_.erase(reinterpret_cast<std::uintptr_t>(number));
  }
  std::shared_ptr<T> find(void* number) const {
    std::shared_lock lock(mutex_);
    const auto found = entries_.find(reinterpret_cast<std::uintptr_t>(number));
    return found == entries_.end() ? nullptr : found->second;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uintptr_t, std::shared_ptr<T>> entries_;
  std::uintptr_t last_ = 0;
};

// Never destroyed: the library's threads may outlive our static objects.
template <class T>
Register<T>& all() {
  static auto* entries = new Register<T>;
  return *entries;
}

class NatsSubscription {
 public:
  explicit NatsSubscription(NatsLink::Handler handler) : handler_(std::move(handler)) {}

  void take(natsMsg* raw);  // owns it
  // Returns when the handler does not run, and will not.
  void end();

  void* number = nullptr;  // in the register
  natsSubscription* handle = nullptr;

 private:
  const NatsLink::Handler handler_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool running_ = false, ended_ = false;
};

}  // namespace jobledger::ingest
