// SPDX-License-Identifier: MIT
#include "ingest/text_map.h"

#include <algorithm>
#include <random>

namespace jobledger::ingest {
namespace {

constexpr std::size_t kChunkBytes = 16u << 10;

std::uint64_t make_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

TextHash::TextHash() {
  static const std::uint64_t seed = make_seed();
  seed_ = seed;
}

std::string_view TextPool::keep(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > free_) {
    free_ = std::max(kChunkBytes, text.size());
    chunks_.push_back(std::make_unique<char[]>(free_));
    next_ = chunks_.back().get();
    bytes_ += free_;
  }
  char* kept = next_;
  std::copy(text.begin(), text.end(), kept);
  next_ += text.size();
  free_ -= text.size();
  return {kept, text.size()};
}

}  // namespace jobledger::ingest
