// SPDX-License-Identifier: MIT
// A cluster whose nodes are like the field's (profile B of a CPU node: 11 metrics of 144 hardware
// threads, 4 of 2 sockets, 24 of the node), and what they measure once a minute.
#pragma once

#include "bench/metric_generator.h"
#include "schema/cluster.h"
#include "storage/metrics/samples.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jobledger::bench {

constexpr std::int64_t kBegin = 1'700'000'040;  // of the first tick, epoch seconds

struct Metric {
  std::string name;
  std::string scope, aggregation;
  std::size_t elements;
  MetricModel model;
};
std::vector<Metric> profile();

// cluster.json of "fritz", with hosts f0000 to f9999. timestep: seconds.
std::string cluster_text(const std::vector<Metric>& metrics, int timestep = 60);

// Batches of ticks, made of an hour's values of a few different hosts, which the others repeat.
// Lifetime: the metrics outlive it.
class Load {
 public:
  Load(const std::vector<Metric>& metrics, std::uint32_t hosts);

  // One tick of the hosts [from, to). Valid until the next call.
  const storage::metrics::SampleBatch& batch(std::uint32_t from, std::uint32_t to,
                                             std::int64_t tick);
  std::size_t series() const;  // of one host
  std::uint32_t hosts() const { return hosts_; }
  const std::string& name(std::uint32_t host) const { return names_[host]; }

 private:
  void add_host(std::uint32_t host, std::size_t pattern, std::size_t slot, std::int64_t time);

  const std::vector<Metric>& metrics_;
  const std::uint32_t hosts_;
  std::vector<std::vector<float>> values_;
  std::vector<std::string> names_, numbers_;
  storage::metrics::SampleBatch batch_;
};

}  // namespace jobledger::bench
