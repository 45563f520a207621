// SPDX-License-Identifier: MIT
// A bound for the memory that several threads take for one purpose, all together.
//
// Who needs memory leases so many bytes first, and waits in the order of asking until they are
// free. One thread holds one lease of a budget at a time: who holds one and waits for another may
// wait for ever.
// Executor: any thread; lease() blocks. Lifetime: the budget outlives its leases.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace jobledger {

class ByteBudget {
 public:
  // Gives its bytes back at its end. Movable.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();
    std::size_t bytes() const { return bytes_; }

   private:
    friend class ByteBudget;
    Lease(ByteBudget* budget, std::size_t bytes) : budget_(budget), bytes_(bytes) {}
    ByteBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

  explicit ByteBudget(std::size_t bytes) : total_(bytes) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // More than the whole budget counts as the whole. Nothing: `stopped`, which is asked again and
  // again, was true first.
  std::optional<Lease> lease(std::size_t bytes, const std::function<bool()>& stopped);
  std::size_t total() const { return total_; }
  std::size_t used() const;

 private:
  void give_back(std::size_t bytes);

  const std::size_t total_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t used_ = 0;
  std::deque<const void*> waiting_;  // in the order of asking
};

}  // namespace jobledger
