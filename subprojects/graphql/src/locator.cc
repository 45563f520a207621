// SPDX-License-Identifier: MIT
#include "locator.h"

#include <algorithm>

namespace graphql {
namespace detail {
namespace {

constexpr std::size_t kStep = 64;

// What a byte adds to the column: a character begins with it, or one of two code units.
std::uint32_t units_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if ((byte & 0xC0U) == 0x80U) return 0;
  return byte >= 0xF0U ? 2 : 1;
}

}  // namespace

void Locator::read() {
  lines_.push_back(0);
  std::uint32_t units = 0;
  for (std::size_t i = 0; i < source_.size(); ++i) {
    if (i % kStep == 0) units_.push_back(units);
    units += units_of(source_[i]);
    const bool ends = source_[i] == '\n' ||
                      (source_[i] == '\r' && (i + 1 == source_.size() || source_[i + 1] != '\n'));
    if (ends) lines_.push_back(static_cast<std::uint32_t>(i + 1));
  }
  units_.push_back(units);
}

std::uint32_t Locator::units_before(std::size_t at) const {
  const std::size_t step = std::min(at / kStep, units_.size() - 1);
  std::uint32_t units = units_[step];
  for (std::size_t i = step * kStep; i < at; ++i) units += units_of(source_[i]);
  return units;
}

Location Locator::locate(ast::Position at) {
  if (lines_.empty()) read();
  const std::size_t end = std::min<std::size_t>(at, source_.size());
  const auto line = std::prev(std::upper_bound(lines_.begin(), lines_.end(), end));
  return {static_cast<std::uint32_t>(line - lines_.begin()) + 1,
          units_before(end) - units_before(*line) + 1};
}

}  // namespace detail

Location ast::locate(std::string_view source, Position at) {
  return detail::Locator(source).locate(at);
}

}  // namespace graphql
