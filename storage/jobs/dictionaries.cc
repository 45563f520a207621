// SPDX-License-Identifier: MIT
#include "storage/jobs/dictionaries.h"

#include "base/log.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <functional>
#include <mutex>
#include <numeric>
#include <shared_mutex>

namespace jobledger::storage::jobs {

namespace {

// The id -> text side: pieces of doubling size, never moved, so readers need no lock. An element
// is written before the size that covers it is released.
class Texts {
 public:
  Texts() = default;
  Texts(const Texts&) = delete;
  Texts& operator=(const Texts&) = delete;

  StringId size() const { return size_.load(std::memory_order_acquire); }

  std::string_view operator[](StringId id) const {
    const auto [piece, index] = place(id);
    return pieces_[piece].load(std::memory_order_acquire)[index];
  }

  StringId append(std::string_view text) {
    const StringId id = size_.load(std::memory_order_relaxed);
    CHECK(id < kNoString - 1, "a dictionary holds at most 2^32 - 2 texts");
    const auto [piece, index] = place(id);
    if (!owned_[piece]) {
      owned_[piece] = std::make_unique<std::string_view[]>(std::size_t{kFirst} << piece);
      pieces_[piece].store(owned_[piece].get(), std::memory_order_release);
      bytes_ += (std::size_t{kFirst} << piece) * sizeof(std::string_view);
    }
    owned_[piece][index] = keep(text);
    size_.store(id + 1, std::memory_order_release);
    return id;
  }

  std::size_t memory_bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr StringId kFirst = 64;
  static constexpr std::size_t kBlock = 16 * 1024;

  static std::pair<unsigned, StringId> place(StringId id) {
    const unsigned piece = static_cast<unsigned>(std::bit_width(id / kFirst + 1)) - 1;
    return {piece, id - kFirst * ((StringId{1} << piece) - 1)};
  }

  std::string_view keep(std::string_view text) {
    if (text.size() > left_) {
      const std::size_t size = std::max(kBlock, text.size());
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
      next_ = blocks_.back().get();
      left_ = size;
      bytes_ += size;
    }
    char* start = next_;
    if (!text.empty()) std::memcpy(start, text.data(), text.size());
    next_ += text.size();
    left_ -= text.size();
    return {start, text.size()};
  }

  static constexpr unsigned kPieces = 27;
  std::array<std::atomic<std::string_view*>, kPieces> pieces_{};
  std::array<std::unique_ptr<std::string_view[]>, kPieces> owned_;
  std::atomic<StringId> size_{0};
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::atomic<std::size_t> bytes_{0};
};

struct OneDictionary {
  Texts texts;

  // text -> id: open addressing, half full at most. Changed under the unique lock by the interning
  // thread, which may therefore read it without one.
  struct Slot {
    std::uint32_t hash = 0;
    StringId id = kNoString;
  };
  mutable std::shared_mutex mutex;
  std::vector<Slot> slots = std::vector<Slot>(64);

  mutable std::mutex ranks_mutex;
  mutable Dictionaries::Ranks ranks;

  static std::uint32_t hash_of(std::string_view text) {
    const std::uint64_t hash = std::hash<std::string_view>{}(text);
    return static_cast<std::uint32_t>(hash ^ (hash >> 32));
  }

  std::optional<StringId> find(std::string_view text, std::uint32_t hash) const {
    const std::size_t mask = slots.size() - 1;
    for (std::size_t at = hash & mask; slots[at].id != kNoString; at = (at + 1) & mask)
      if (slots[at].hash == hash && texts[slots[at].id] == text) return slots[at].id;
    return std::nullopt;
  }

  static void place(std::vector<Slot>& into, Slot slot) {
    const std::size_t mask = into.size() - 1;
    std::size_t at = slot.hash & mask;
    while (into[at].id != kNoString) at = (at + 1) & mask;
    into[at] = slot;
  }

  StringId intern(std::string_view text) {
    const std::uint32_t hash = hash_of(text);
    if (const auto known = find(text, hash)) return *known;
    const StringId id = texts.append(text);
    const std::unique_lock lock(mutex);
    if ((std::size_t{id} + 1) * 2 > slots.size()) {
      std::vector<Slot> larger(slots.size() * 2);
      for (const Slot& slot : slots)
        if (slot.id != kNoString) place(larger, slot);
      slots = std::move(larger);
    }
    place(slots, {hash, id});
    return id;
  }
};

}  // namespace

struct Dictionaries::Impl {
  std::array<OneDictionary, kDictionaryCount> all;
  std::size_t max_text_bytes = 0;

  OneDictionary& operator[](Dictionary which) { return all[static_cast<std::size_t>(which)]; }
};

Dictionaries::Dictionaries(std::size_t max_text_bytes) : impl_(std::make_unique<Impl>()) {
  impl_->max_text_bytes = max_text_bytes;
}
Dictionaries::~Dictionaries() = default;

std::string_view Dictionaries::kept(std::string_view text) const {
  return utf8_prefix(text, impl_->max_text_bytes);
}

StringId Dictionaries::intern(Dictionary dictionary, std::string_view text) {
  return (*impl_)[dictionary].intern(text);
}

std::optional<StringId> Dictionaries::find(Dictionary dictionary, std::string_view text) const {
  const OneDictionary& one = (*impl_)[dictionary];
  const std::shared_lock lock(one.mutex);
  return one.find(text, OneDictionary::hash_of(text));
}

std::string_view Dictionaries::text(Dictionary dictionary, StringId id) const {
  return (*impl_)[dictionary].texts[id];
}

StringId Dictionaries::size(Dictionary dictionary) const {
  return (*impl_)[dictionary].texts.size();
}

std::size_t Dictionaries::memory_bytes() const {
  std::size_t total = 0;
  for (int i = 0; i < kDictionaryCount; ++i) total += memory_bytes(static_cast<Dictionary>(i));
  return total;
}

std::size_t Dictionaries::memory_bytes(Dictionary dictionary) const {
  const OneDictionary& one = (*impl_)[dictionary];
  const std::shared_lock lock(one.mutex);
  return one.texts.memory_bytes() + one.slots.size() * sizeof(OneDictionary::Slot);
}

Dictionaries::Ranks Dictionaries::ranks(Dictionary dictionary) const {
  const OneDictionary& one = (*impl_)[dictionary];
  const std::lock_guard lock(one.ranks_mutex);
  const StringId size = one.texts.size();
  if (one.ranks && one.ranks->size() >= size) return one.ranks;
  std::vector<StringId> by_text(size);
  std::iota(by_text.begin(), by_text.end(), StringId{0});
  std::sort(by_text.begin(), by_text.end(),
            [&](StringId a, StringId b) { return one.texts[a] < one.texts[b]; });
  auto ranks = std::make_shared<std::vector<std::uint32_t>>(size);
  for (std::uint32_t place = 0; place < size; ++place) (*ranks)[by_text[place]] = place;
  one.ranks = std::move(ranks);
  return one.ranks;
}

}  // namespace jobledger::storage::jobs
