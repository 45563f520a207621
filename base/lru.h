// SPDX-License-Identifier: MIT
// Values by key within a bound of bytes: the least recently used go first.
//
// Executor: one thread at a time: the owner locks. What has to go is handed out, so that it can be
// freed when no lock is held.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace jobledger {

template <class Key, class Value, class Hash = std::hash<Key>>
class Lru {
 public:
  struct Entry {
    Key key;
    Value value;
    std::size_t bytes;
  };

  explicit Lru(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Null: not here. Valid until the next put().
  Value* find(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->value;
  }

  // Leaves out what is larger than the bound, and keeps what is here already. Returns what had to
  // go.
  [[nodiscard]] std::list<Entry> put(Key key, Value value, std::size_t bytes) {
    std::list<Entry> gone;
    if (bytes > max_bytes_ || index_.contains(key)) return gone;
    entries_.push_front({std::move(key), std::move(value), bytes});
    index_.emplace(entries_.front().key, entries_.begin());
    bytes_ += bytes;
    while (bytes_ > max_bytes_) {
      const auto last = std::prev(entries_.end());
      bytes_ -= last->bytes;
      index_.erase(last->key);
      gone.splice(gone.end(), entries_, last);
    }
    return gone;
  }

  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t max_bytes_, bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<Key, typename std::list<Entry>::iterator, Hash> index_;
};

}  // namespace jobledger
