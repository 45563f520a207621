// SPDX-License-Identifier: MIT
// How complete the metrics of a host are, from what it sent last (the head; nothing is read).
//
// A metric is degraded when its newest sample is older than kStaleSteps of its timesteps, or when
// that is so of one of the accelerators that the topology names, or it never sent (parts of them,
// sub-types, do not count); missing when it was never sent, or not for the retention. Single
// hardware threads do not count: some are measured only while a job has them.
//
// Executor: any thread.
#pragma once

#include "schema/cluster.h"
#include "schema/node_state.h"
#include "storage/jobs/dictionaries.h"
#include "storage/metrics/ticks.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage {

constexpr std::int64_t kStaleSteps = 5;

struct MetricHealth {
  // full: nothing degraded or missing; failed: no metric is healthy; else partial.
  schema::MonitoringState state = schema::MonitoringState::failed;
  std::vector<std::string> missing, degraded;  // in the order asked for
};

// Which metrics a host of the sub-cluster should send: all, but those of accelerators where it has
// none.
std::vector<const schema::MetricConfig*> expected_metrics(const schema::SubCluster& sub_cluster);

class HealthJudge {
 public:
  HealthJudge(const metrics::HeadView& head, const jobs::Dictionaries& dictionaries)
      : head_(head), dictionaries_(dictionaries) {}

  struct Host {
    std::string_view cluster, hostname;
    const schema::SubCluster* sub_cluster = nullptr;  // null: what accelerators sent, counts
  };
  // `now`: epoch seconds.
  MetricHealth judge(const Host& host, std::span<const schema::MetricConfig* const> expected,
                     std::int64_t now) const;

 private:
  enum class Freshness : std::uint8_t { healthy, degraded, missing };
  // Of one host: its entries, and the numbers of its accelerators' elements (kNoString: never sent
  // by any host); none: those that it has sent.
  struct Known {
    std::span<const std::uint32_t> entries;
    std::vector<metrics::StringId> accelerators;
  };
  Known find(const Host& host) const;
  Freshness freshness(const Known& known, const schema::MetricConfig& metric,
                      std::int64_t now) const;

  const metrics::HeadView& head_;
  const jobs::Dictionaries& dictionaries_;
};

}  // namespace jobledger::storage
