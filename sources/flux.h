// SPDX-License-Identifier: MIT
// What InfluxDB is asked, as texts in its language Flux. Pure.
//
// Layout of the field: measurement = metric, field = "value", tags cluster, hostname, type,
// type-id; samples of a node have no type or type "node". Sub-types (tag stype) are other series.
// Every name comes in as a string literal of which all but letters, digits and "_-." is written as
// bytes in hexadecimal: no name can end the literal or have a meaning in it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jobledger::sources {

std::string flux_string(std::string_view text);
// Years 1970 to 9999.
std::string flux_time(std::int64_t seconds);
// RFC 3339; the fraction is cut off. nullopt: no such time.
std::optional<std::int64_t> parse_flux_time(std::string_view text);

struct FluxRange {
  std::string_view bucket, cluster;
  std::int64_t from = 0, to = 0;  // epoch seconds, [from, to)
};

// Means over [from + k * timestep, from + (k + 1) * timestep), also of times without samples:
// columns _time (where each begins), _value, hostname, and type-id but for nodes.
struct FluxSamples {
  FluxRange range;
  std::string_view metric, type;  // type "node": the nodes themselves
  std::int32_t timestep = 0;
  std::span<const std::string_view> hostnames, ids;  // without ids: all
};
std::string flux_samples(const FluxSamples& query);

// Host names that have any sample, in column _value.
std::string flux_hosts(const FluxRange& range);

// One time for each of the metrics and hosts, columns _time, _measurement, hostname: of the sample
// that came last, or (oldest) of the element that has been silent for longest its last.
struct FluxLast {
  FluxRange range;
  std::span<const std::string_view> metrics, hostnames;
  bool oldest = false;
};
std::string flux_last(const FluxLast& query);

}  // namespace jobledger::sources
