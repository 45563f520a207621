// SPDX-License-Identifier: MIT
#pragma once

// Memory that is given back all at once: what a document consists of. Only for trivially
// destructible things.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace graphql {

class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  void* allocate(std::size_t bytes, std::size_t alignment) {
    std::size_t at = (used_ + alignment - 1) & ~(alignment - 1);
    if (blocks_.empty() || at + bytes > size_) {
      const std::size_t doubled =
          std::min(kLeastBytes << std::min<std::size_t>(blocks_.size(), 8), kMostBytes);
      size_ = std::max(bytes, doubled);
      total_ += size_;
      blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size_));
      at = 0;
    }
    used_ = at + bytes;
    return blocks_.back().get() + at;
  }

  template <class T>
  T* make(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T(value);
  }

  template <class T>
  std::span<const T> copy(std::span<const T> items) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (items.empty()) return {};
    auto* memory = static_cast<T*>(allocate(items.size_bytes(), alignof(T)));
    std::uninitialized_copy(items.begin(), items.end(), memory);
    return {memory, items.size()};
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    auto* memory = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(memory, text.data(), text.size());
    return {memory, text.size()};
  }

  // Of memory taken.
  std::size_t bytes() const { return total_; }

 private:
  static constexpr std::size_t kLeastBytes = 1024;  // of a block; each is twice the one before
  static constexpr std::size_t kMostBytes = 16 * 1024;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::size_t size_ = 0;
  std::size_t used_ = 0;
  std::size_t total_ = 0;
};

}  // namespace graphql
