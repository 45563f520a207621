// SPDX-License-Identifier: MIT
// What a scheduler says of its nodes (nodestate events).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::schema {

enum class SchedulerState : std::uint8_t { allocated, reserved, idle, mixed, down, unknown };
constexpr int kSchedulerStateCount = 6;
std::string_view to_string(SchedulerState state);
std::optional<SchedulerState> parse_scheduler_state(std::string_view text);
// First hit wins: allocated, reserved, idle with down = down, idle, down, mixed, else unknown;
// compared without case.
SchedulerState resolve_scheduler_state(const std::vector<std::string>& states);

// How complete a node's metrics are.
enum class MonitoringState : std::uint8_t { full, partial, failed };
constexpr int kMonitoringStateCount = 3;
std::string_view to_string(MonitoringState state);
std::optional<MonitoringState> parse_monitoring_state(std::string_view text);

struct NodeReport {
  std::string hostname;
  std::vector<std::string> states;  // as sent
  std::int32_t cpus_allocated = 0, gpus_allocated = 0, jobs_running = 0;
  std::int64_t memory_allocated = 0;  // MB
};

struct NodeStateEvent {
  std::string cluster;
  std::vector<NodeReport> nodes;
};

}  // namespace jobledger::schema
