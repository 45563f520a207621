// SPDX-License-Identifier: MIT
// Hosts that measure, and a model of what must be read back: plain, slow, obviously right.
#pragma once

#include "schema/cluster.h"
#include "storage/metric_keeper.h"
#include "storage/metric_reader.h"
#include "storage/metrics/samples.h"
#include "test/storage/support.h"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace jobledger::storage::test {

// "big": hosts m1 to m9, 2 sockets, 4 memory domains, 4 cores of 2 threads, 2 accelerators.
// Metrics: load (node, avg), flops (hwthread, sum), ipc (hwthread, avg), bw (socket, sum), odd
// (hwthread, no aggregation), power (accelerator, sum), slow (node, 120 s).
schema::Clusters metric_clusters();

struct Measured {
  std::string hostname, metric, type, id, subtype, subtype_id;
  std::int64_t time = 0;
  float value = 0;
};

// As the log would deliver them; the newest time is the log's. Hosts that begin with x are in no
// sub-cluster.
class Batch {
 public:
  void add(const Measured& sample);
  const metrics::SampleBatch& get(std::int64_t log_time);

 private:
  std::vector<Measured> kept_;
  metrics::SampleBatch batch_;
};

std::int32_t timestep_of(const std::string& metric);

// Puts the samples in one commit.
metrics::PutOutcome put(Store& store, const std::vector<Measured>& samples, std::int64_t log_time);

// One look of a keeper on a running writer.
KeepOutcome keep(Store& store, const metrics::Config& config);

using Points = std::vector<float>;
// By "type id" or "type id subtype subtype_id" as far as there are any.
std::map<std::string, Points> read_elements(const Store& store, const std::string& host,
                                            const std::string& metric, const TimeRange& range);
std::map<std::uint32_t, MeasuredSeries> read_rollups(const Store& store, const std::string& host,
                                                     const std::string& metric,
                                                     schema::MetricScope scope,
                                                     const TimeRange& range, bool values = true);

// Bitwise, all NaN alike.
bool same(const Points& a, const Points& b);
std::string print(const Points& points);

}  // namespace jobledger::storage::test
