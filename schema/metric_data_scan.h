// SPDX-License-Identifier: MIT
// The short road of parse_metric_data(): archived data is millions of numbers in a spelling that
// hardly varies, which need no tree of values in between. Several times faster than the general
// reader.
#pragma once

#include "base/result.h"
#include "schema/metric_data.h"

#include <optional>
#include <string_view>

namespace jobledger::schema {

// A document whose members are all known, in lower case and given once, whose texts are ASCII
// without escapes, and which is right in every respect. nullopt for all else, right or wrong: the
// general reader decides about that. What it gives is what the general reader gives.
std::optional<MetricData> scan_metric_data(std::string_view json);

// parse_metric_data() without the short road.
Result<MetricData> read_metric_data(std::string_view json, UnknownMembers* unknown,
                                    const JsonLimits& limits);

}  // namespace jobledger::schema
