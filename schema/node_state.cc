// SPDX-License-Identifier: MIT
#include "schema/node_state.h"

#include "schema/enum_names.h"
#include "schema/json_read.h"

#include <algorithm>
#include <array>

namespace jobledger::schema {
namespace {

constexpr std::array<std::string_view, kSchedulerStateCount> kSchedulerStates = {
    "allocated", "reserved", "idle", "mixed", "down", "unknown"};

constexpr std::array<std::string_view, kMonitoringStateCount> kMonitoringStates = {
    "full", "partial", "failed"};

}  // namespace

std::string_view to_string(SchedulerState state) {
  return kSchedulerStates.at(static_cast<std::size_t>(state));
}

std::optional<SchedulerState> parse_scheduler_state(std::string_view text) {
  return find_enum<SchedulerState>(kSchedulerStates, text);
}

SchedulerState resolve_scheduler_state(const std::vector<std::string>& states) {
  const auto has = [&states](SchedulerState wanted) {
    return std::any_of(states.begin(), states.end(), [wanted](const std::string& state) {
      return same_member(state, to_string(wanted));
    });
  };
  if (has(SchedulerState::allocated)) return SchedulerState::allocated;
  if (has(SchedulerState::reserved)) return SchedulerState::reserved;
  const bool down = has(SchedulerState::down);
  if (has(SchedulerState::idle)) return down ? SchedulerState::down : SchedulerState::idle;
  if (down) return SchedulerState::down;
  return has(SchedulerState::mixed) ? SchedulerState::mixed : SchedulerState::unknown;
}

std::string_view to_string(MonitoringState state) {
  return kMonitoringStates.at(static_cast<std::size_t>(state));
}

std::optional<MonitoringState> parse_monitoring_state(std::string_view text) {
  return find_enum<MonitoringState>(kMonitoringStates, text);
}

}  // namespace jobledger::schema
