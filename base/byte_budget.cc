// SPDX-License-Identifier: MIT
#include "base/byte_budget.h"

#include <algorithm>
#include <chrono>

namespace jobledger {
namespace {

constexpr auto kLookInterval = std::chrono::milliseconds(5);  // between looks at `stopped`

}  // namespace

ByteBudget::Lease& ByteBudget::Lease::operator=(Lease&& other) noexcept {
  std::swap(budget_, other.budget_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

ByteBudget::Lease::~Lease() {
  if (budget_ != nullptr) budget_->give_back(bytes_);
}

std::optional<ByteBudget::Lease> ByteBudget::lease(std::size_t bytes,
                                                   const std::function<bool()>& stopped) {
  bytes = std::min(bytes, total_);
  std::unique_lock lock(mutex_);
  const int ticket = 0;
  waiting_.push_back(&ticket);
  bool given_up = false;
  while (waiting_.front() != &ticket || total_ - used_ < bytes) {
    given_up = stopped && stopped();
    if (given_up) break;
    freed_.wait_for(lock, kLookInterval);
  }
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &ticket));
  if (!given_up) used_ += bytes;
  lock.unlock();
  freed_.notify_all();  // the next in the row may fit, too
  if (given_up) return std::nullopt;
  return Lease(this, bytes);
}

std::size_t ByteBudget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

void ByteBudget::give_back(std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    used_ -= bytes;
  }
  freed_.notify_all();
}

}  // namespace jobledger
