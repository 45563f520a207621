// SPDX-License-Identifier: MIT
// Measured samples on their way into the store, as one batch of the log holds them.
//
// Names stand once in the tables of the batch; a sample refers to them by place. The batch is plain
// data: whoever fills it has checked that the cluster knows the metric, that times are not too old
// or too new (LateConfig of ingest), and that values are finite.
// Lifetime: the views must hold until Update::put_samples() returns.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace jobledger::storage::metrics {

// What was measured: a hardware element of a host, or a part of one. `type` is empty for the host
// itself, else socket, memoryDomain, core, hwthread, accelerator, or anything else that was sent.
// All four are parts of a series' identity, so `node` sub-types (network interfaces, say) do not
// fall together.
struct ElementName {
  std::string_view type, id, subtype, subtype_id;

  auto operator<=>(const ElementName&) const = default;
};

struct SampleBatch {
  struct Metric {
    std::string_view cluster, name;
    std::int32_t timestep = 0;  // seconds, >= 1: the grid of its samples
  };
  struct Host {
    std::string_view cluster, hostname;
    bool listed = true;  // a sub-cluster has it
  };
  struct Sample {
    std::uint32_t metric = 0, host = 0, element = 0;  // places in the tables; of one cluster
    float value = 0;
    std::int64_t time = 0;  // epoch seconds, > 0
  };

  std::vector<Metric> metrics;        // each once
  std::vector<Host> hosts;            // each once
  std::vector<ElementName> elements;  // each once
  std::vector<Sample> samples;  // in the order of the log: of two for one slot the last counts
  std::int64_t log_time = 0;    // of the newest message, epoch seconds

  void clear() {
    metrics.clear();
    hosts.clear();
    elements.clear();
    samples.clear();
    log_time = 0;
  }
};

// What became of a batch. Refused samples were beyond a limit of storage::MetricsConfig.
struct PutOutcome {
  std::uint64_t stored = 0;
  // Samples of a host beyond max_hosts_per_cluster or max_unlisted_hosts.
  std::uint64_t refused_hosts = 0;
  std::uint64_t refused_series = 0;  // samples of a series beyond max_series or max_series_per_host

  PutOutcome& operator+=(const PutOutcome& more) {
    stored += more.stored;
    refused_hosts += more.refused_hosts;
    refused_series += more.refused_series;
    return *this;
  }
};

}  // namespace jobledger::storage::metrics
