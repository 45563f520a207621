// SPDX-License-Identifier: MIT
#include "httpd/memory_budget.h"

#include <utility>

namespace jobledger::httpd {

bool MemoryBudget::take(std::size_t more, bool small) {
  const std::size_t bound = small ? bytes_ : largest_share();
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (used > bound || more > bound - used) return false;
  } while (!used_.compare_exchange_weak(used, used + more, std::memory_order_relaxed));
  return true;
}

void MemoryBudget::give_back(std::size_t bytes) {
  used_.fetch_sub(bytes, std::memory_order_relaxed);
  // Small ones come and go all the time, and their memory is used again.
  if (bytes > kSmallShare) freed_.fetch_add(bytes, std::memory_order_relaxed);
}

bool MemoryShare::resize(std::size_t bytes) {
  if (budget_ != nullptr && bytes > bytes_) {
    if (!budget_->take(bytes - bytes_, bytes <= MemoryBudget::kSmallShare)) return false;
  } else if (budget_ != nullptr && bytes < bytes_) {
    budget_->give_back(bytes_ - bytes);
  }
  bytes_ = bytes;
  return true;
}

void MemoryShare::swap(MemoryShare& other) noexcept {
  std::swap(budget_, other.budget_);
  std::swap(bytes_, other.bytes_);
}

}  // namespace jobledger::httpd
