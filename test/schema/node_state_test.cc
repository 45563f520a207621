// SPDX-License-Identifier: MIT
#include "schema/node_state.h"

#include <doctest/doctest.h>

using namespace jobledger::schema;

TEST_CASE("of several scheduler flags the first in the field's order wins") {
  struct Row {
    std::vector<std::string> states;
    SchedulerState resolved;
  };
  for (const Row& row : std::vector<Row>{{{}, SchedulerState::unknown},
                                         {{"DRAIN"}, SchedulerState::unknown},
                                         {{"mixed", "ALLOCATED"}, SchedulerState::allocated},
                                         {{"down", "Reserved"}, SchedulerState::reserved},
                                         {{"idle", "DOWN"}, SchedulerState::down},
                                         {{"IDLE", "drain"}, SchedulerState::idle},
                                         {{"mixed", "down"}, SchedulerState::down},
                                         {{"Mixed", "maint"}, SchedulerState::mixed},
                                         {{"idle+drain"}, SchedulerState::unknown}})
    CHECK(resolve_scheduler_state(row.states) == row.resolved);
}

TEST_CASE("every node state has one text and is found by it") {
  for (int i = 0; i < kSchedulerStateCount; ++i) {
    const auto state = static_cast<SchedulerState>(i);
    CHECK(parse_scheduler_state(to_string(state)) == state);
  }
  for (int i = 0; i < kMonitoringStateCount; ++i) {
    const auto state = static_cast<MonitoringState>(i);
    CHECK(parse_monitoring_state(to_string(state)) == state);
  }
  CHECK(to_string(SchedulerState::unknown) == "unknown");
  CHECK(to_string(MonitoringState::failed) == "failed");
  CHECK(!parse_scheduler_state("IDLE"));
  CHECK(!parse_monitoring_state(""));
}
