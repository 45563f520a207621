// SPDX-License-Identifier: MIT
// Events as an unmodified scheduler adapter publishes them: one line of line protocol whose string
// field `event` holds JSON (docs/formats.md, events). Pure functions.
#pragma once

#include "schema/job.h"
#include "schema/node_state.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace jobledger::cli {

// The whole record, members the adapter does not know in their zero form (subCluster "",
// statistics null, ...).
std::string format_start_message(const schema::Job& job);
// No startTime, as the adapter sends none. Stop time: start + duration.
std::string format_stop_message(const schema::Job& job);
std::string format_node_message(const schema::NodeStateEvent& event, std::int64_t time);

// `tags`: ",key=value..." or empty. In the field only " and \ are escaped.
std::string format_line(std::string_view measurement, std::string_view tags, std::string_view event,
                        std::int64_t time_seconds);

}  // namespace jobledger::cli
