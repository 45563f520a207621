// SPDX-License-Identifier: MIT
// What our store holds of the hosts of a query, whatever cluster.json says by now: the file may
// have changed while a job ran.
//
// Only what was seen since the beginning of the query counts. Immutable once made, any thread.
// Lifetime: the snapshot outlives it.
#pragma once

#include "sources/metric_source.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::sources {

// The elements of a host that a metric came from, as they were sent.
struct StoredElements {
  std::string_view metric;
  std::map<schema::MetricScope, std::vector<std::string_view>> ids;  // of the node: one, empty

  schema::MetricScope finest() const;
};

class StoredMetrics {
 public:
  static StoredMetrics of(const MetricQuery& query, const storage::Snapshot& snapshot);

  // By metric, of a host by its place in the query; several with one name have time steps of their
  // own.
  struct Entry {
    const StoredElements* elements = nullptr;
    std::int32_t timestep = 0;
  };
  using Entries = std::multimap<std::string_view, Entry>;
  const Entries& of_host(std::size_t host) const { return hosts_[host]; }
  // Of a metric over all hosts, ascending.
  std::vector<std::int32_t> timesteps_of(std::string_view metric) const;

 private:
  std::vector<Entries> hosts_;
  std::map<std::uint32_t, std::vector<StoredElements>> layouts_;  // by number, in their order
  std::map<std::string_view, std::vector<std::int32_t>> timesteps_;
};

}  // namespace jobledger::sources
