// SPDX-License-Identifier: MIT
#include "ingest/named_counters.h"

#include <utility>

namespace jobledger::ingest {
namespace {

constexpr std::string_view kOther = "other";

}  // namespace

NamedCounters::NamedCounters(Telemetry& telemetry, Family family, std::size_t max_names)
    : telemetry_(telemetry), family_(std::move(family)), max_names_(max_names) {}

Counter& NamedCounters::counter_of(std::string_view value) {
  const auto found = counters_.find(value);
  if (found != counters_.end()) return found->second;
  Telemetry::Labels labels = family_.others;
  labels.emplace(family_.label, value);
  return counters_.emplace(value, telemetry_.counter(family_.name, family_.help, labels))
      .first->second;
}

bool NamedCounters::add(std::string_view name, std::uint64_t n) {
  if (n == 0) return false;
  std::lock_guard lock(mutex_);
  const bool known = counters_.find(name) != counters_.end();
  const bool for_itself = known || counters_.size() < max_names_;
  add_to(counter_of(for_itself ? name : kOther), n);
  return for_itself && !known;
}

void NamedCounters::add_other(std::uint64_t n) {
  if (n == 0) return;
  std::lock_guard lock(mutex_);
  add_to(counter_of(kOther), n);
}

void add_to(Counter& counter, std::uint64_t n) {
  if (n > 0) counter.add(static_cast<double>(n));
}

}  // namespace jobledger::ingest
