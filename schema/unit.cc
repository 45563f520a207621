// SPDX-License-Identifier: MIT
#include "schema/unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace jobledger::schema {
namespace {

struct Prefix {
  std::string_view text;
  double factor;
};
constexpr std::array<Prefix, 8> kPrefixes = {{{"", 1},
                                              {"K", 1e3},
                                              {"k", 1e3},
                                              {"M", 1e6},
                                              {"G", 1e9},
                                              {"T", 1e12},
                                              {"P", 1e15},
                                              {"E", 1e18}}};

constexpr std::string_view kTotalPrefix = "T";
constexpr std::string_view kLeastWithTotalPrefix = "G";
constexpr std::array<std::string_view, 3> kRates = {"F/s", "Flops/s", "B/s"};

std::optional<double> find_factor(std::string_view prefix) {
  const auto found = std::find_if(kPrefixes.begin(), kPrefixes.end(),
                                  [prefix](const Prefix& known) { return known.text == prefix; });
  if (found == kPrefixes.end()) return std::nullopt;
  return found->factor;
}

}  // namespace

Result<double> prefix_conversion(std::string_view from, std::string_view to) {
  const std::optional<double> old_factor = find_factor(from), new_factor = find_factor(to);
  if (!old_factor || !new_factor)
    return invalid(fmt::format("unknown unit prefix \"{}\"", old_factor ? to : from));
  return *old_factor / *new_factor;
}

Unit cluster_total_unit(const Unit& host_unit) {
  const std::optional<double> factor = find_factor(host_unit.prefix);
  const bool rate = std::find(kRates.begin(), kRates.end(), host_unit.base) != kRates.end();
  if (!rate || !factor || *factor < *find_factor(kLeastWithTotalPrefix)) return host_unit;
  return {host_unit.base, std::string(kTotalPrefix)};
}

}  // namespace jobledger::schema
