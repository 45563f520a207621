// SPDX-License-Identifier: MIT
// One bound for the memory of all request bodies and answers (http.max_buffer_bytes).
//
// A request or an answer takes a share before it grows, and keeps it until the bytes are gone: a
// body until its request was answered, an answer until the client has taken it. Shares of at most
// kSmallShare may use the whole budget; larger ones leave a quarter of it to the small ones, so
// that small requests are answered while large ones have to wait.
// Executor: any thread. Lifetime: the budget outlives its shares; a share is used by one thread
// at a time.
#pragma once

#include <atomic>
#include <cstddef>

namespace jobledger::httpd {

class MemoryBudget {
 public:
  static constexpr std::size_t kSmallShare = 256u << 10;
  // Up to this, bodies are part of what a connection costs, and need no share.
  static constexpr std::size_t kFree = 16u << 10;

  explicit MemoryBudget(std::size_t bytes) : bytes_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // What one large share can have at most, when there are no others.
  std::size_t largest_share() const { return bytes_ - bytes_ / 4; }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  // Given back since the last call.
  std::size_t take_freed() { return freed_.exchange(0, std::memory_order_relaxed); }

 private:
  friend class MemoryShare;
  bool take(std::size_t more, bool small);
  void give_back(std::size_t bytes);

  const std::size_t bytes_;
  std::atomic<std::size_t> used_ = 0, freed_ = 0;
};

class MemoryShare {
 public:
  MemoryShare() = default;  // of no budget: every size is granted
  explicit MemoryShare(MemoryBudget* budget) : budget_(budget) {}
  ~MemoryShare() { reset(); }
  MemoryShare(MemoryShare&& other) noexcept { swap(other); }
  MemoryShare& operator=(MemoryShare&& other) noexcept {
    MemoryShare taken(static_cast<MemoryShare&&>(other));
    swap(taken);
    return *this;
  }

  // False when there is no room; the share is then as it was. Becoming smaller always works.
  bool resize(std::size_t bytes);
  void reset() { resize(0); }
  std::size_t bytes() const { return bytes_; }

 private:
  void swap(MemoryShare& other) noexcept;

  MemoryBudget* budget_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace jobledger::httpd
