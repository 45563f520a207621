// SPDX-License-Identifier: MIT
// A hash table from text to a value, for lookups by the million, and a place where such texts are
// kept. Entries are added, never removed.
//
// Executor: one thread. What a TextPool has given out may be read by any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

// The seed is unknown to whoever sends the texts: they cannot be made to collide.
class TextHash {
 public:
  TextHash();

  std::uint64_t operator()(std::string_view text) const {
    const char* p = text.data();
    std::size_t left = text.size();
    std::uint64_t state = seed_ ^ left;
    for (; left > 16; left -= 16, p += 16) state = mix(load(p) ^ kFirst, load(p + 8) ^ state);
    std::uint64_t a = 0, b = 0;
    if (left >= 8) {
      a = load(p);
      b = load(p + left - 8);
    } else if (left > 0) {
      std::memcpy(&a, p, left);
    }
    return mix(a ^ kSecond, b ^ state);
  }

 private:
  static constexpr std::uint64_t kFirst = 0xa0761d6478bd642f, kSecond = 0xe7037ed1a0b428db;

  static std::uint64_t load(const char* p) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, p, sizeof bytes);
    return bytes;
  }
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t seed_;
};

template <class T>
class TextMap {
 public:
  TextMap() : slots_(kFewest) {}

  // Null when there is none. What is found stays where it is.
  T* find(std::string_view text) {
    const std::uint64_t hash = hash_(text);
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.entry == nullptr) return nullptr;
      if (slot.hash == hash && slot.entry->text == text) return &slot.entry->value;
    }
  }

  // Pre: it is not there; the text lives as long as the table.
  T& insert(std::string_view text, T value) {
    if (2 * (entries_.size() + 1) > slots_.size()) grow();
    entries_.push_back({text, std::move(value)});
    put(slots_, {hash_(text), &entries_.back()});
    return entries_.back().value;
  }

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const {
    return entries_.size() * sizeof(Entry) + slots_.size() * sizeof(Slot);
  }

 private:
  struct Entry {
    std::string_view text;
    T value;
  };
  struct Slot {
    std::uint64_t hash = 0;
    Entry* entry = nullptr;
  };
  static constexpr std::size_t kFewest = 64;

  std::size_t mask() const { return slots_.size() - 1; }

  static void put(std::vector<Slot>& slots, Slot slot) {
    std::size_t at = slot.hash & (slots.size() - 1);
    while (slots[at].entry != nullptr) at = (at + 1) & (slots.size() - 1);
    slots[at] = slot;
  }

  void grow() {
    std::vector<Slot> wider(2 * slots_.size());
    for (const Slot& slot : slots_) {
      if (slot.entry != nullptr) put(wider, slot);
    }
    slots_ = std::move(wider);
  }

  TextHash hash_;
  std::vector<Slot> slots_;  // at most half of them taken; their number is a power of two
  std::deque<Entry> entries_;
};

// Keeps texts until its end.
class TextPool {
 public:
  std::string_view keep(std::string_view text);
  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::size_t free_ = 0;  // of the last chunk
  std::size_t bytes_ = 0;
  char* next_ = nullptr;
};

}  // namespace jobledger::ingest
