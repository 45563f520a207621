// SPDX-License-Identifier: MIT
// Where the samples of hosts come from: our own store, or one of somebody else that a site keeps.
// The reading side and the archiver ask here and do not know which it is.
//
// Operation: a query names hosts, the hardware of each that counts, metrics and scopes; the answer
// is the same value that an archived job's data.json holds, with native time steps: nothing is
// resampled here. Series come in the order of the query's hosts, of one host in the order of its
// elements; metrics by name, scopes by their texts. A metric that has no samples is absent.
// Executor: a worker thread, any; calls block, and ask the stop signal between hosts or requests.
// Failure: what concerns one series or host is an entry of `failures`, and the rest is delivered.
// An error of the whole: `unavailable` when the source cannot be reached or took too long,
// `cancelled` when it was stopped, `too_large` beyond a limit.
#pragma once

#include "base/result.h"
#include "schema/cluster.h"
#include "schema/job.h"
#include "schema/metric_data.h"
#include "schema/node_state.h"
#include "storage/snapshot.h"
#include "storage/time_range.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::sources {

// When a read has to end before its time. Both may be absent.
struct Stop {
  const std::atomic<bool>* flag = nullptr;  // set by any thread; must outlive the call
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  bool asked() const;
};

// What a call may use besides.
struct ReadContext {
  const storage::Snapshot* snapshot = nullptr;  // not null; of our own store
  Stop stop;
  // Calls work(i) for each i below count, on several threads if there are idle ones, and returns
  // when all are done. Empty: one after the other.
  std::function<void(std::size_t count, const std::function<void(std::size_t)>& work)> each;
};

struct MetricQuery {
  const schema::Cluster* cluster = nullptr;  // not null
  // The sub-cluster whose topology and metric settings count; null: each host's own.
  const schema::SubCluster* sub_cluster = nullptr;
  // Without hwthreads: the whole node. Accelerators count as listed.
  std::vector<schema::Resource> hosts;
  bool all_accelerators =
      false;  // of every host, as views of nodes want; `hosts` need not list them
  std::vector<std::string> metrics;  // those that nobody knows are passed over
  bool as_sent = false;              // besides, what is stored and not configured any more
  // Elements that are stored and not in the topology: also where their scope is not wanted.
  bool all_elements = false;
  // Time steps that are settled, by metric; of others the configured one, or what is stored.
  std::map<std::string, std::int32_t, std::less<>> grids = {};
  std::vector<schema::MetricScope>
      scopes;                     // wanted; answered by the coarser of it and the native one
  std::int64_t from = 0, to = 0;  // epoch seconds, [from, to)
  bool values = true;             // false: statistics only, `data` stays empty

  // Whose settings count for a host; null: those of the cluster.
  const schema::SubCluster* sub_cluster_of(const schema::Resource& host) const;
  // Settings of a metric on hosts of such a sub-cluster; null: unknown.
  const schema::MetricConfig* find_metric(std::string_view name,
                                          const schema::SubCluster* sub) const;
  storage::TimeRange range(std::int32_t timestep) const { return {from, to, timestep}; }
};

struct ReadFailure {
  std::string metric, hostname;  // empty: all
  std::string reason;
};

// What the present cluster.json does not explain of samples that were delivered, as a sentence.
struct ReadNote {
  std::string metric;  // empty: of all
  std::string text;

  bool operator==(const ReadNote&) const = default;
};

struct MetricAnswer {
  schema::MetricData data;
  std::vector<ReadFailure> failures;
  std::vector<ReadNote> notes = {};
};

// How complete a host's metrics are (contract: full, partial, failed).
struct HostHealth {
  std::string hostname;
  schema::MonitoringState state = schema::MonitoringState::failed;
  std::vector<std::string> missing, degraded;  // metrics
};

struct HealthQuery {
  const schema::Cluster* cluster = nullptr;  // not null
  std::vector<std::string> hostnames;
  std::vector<std::string> metrics;  // expected; empty: those of each host's sub-cluster
  std::int64_t now = 0;              // epoch seconds
};

class MetricSource {
 public:
  virtual ~MetricSource() = default;

  // Whether it is our own store, whose samples come by our log.
  virtual bool is_own() const { return false; }
  virtual Result<MetricAnswer> read(const MetricQuery& query, const ReadContext& context) = 0;
  // Hosts of the cluster that sent anything in [from, to), by name. One that fell silent before
  // `from` is not among them; one that began at `to` or later may be, where the source keeps no
  // record of beginnings.
  virtual Result<std::vector<std::string>> hosts(std::string_view cluster, std::int64_t from,
                                                 std::int64_t to, const ReadContext& context) = 0;
  // In the order of the query.
  virtual Result<std::vector<HostHealth>> health(const HealthQuery& query,
                                                 const ReadContext& context) = 0;
};

// Which source a (cluster, sub-cluster) has: the most specific that is configured, else our own
// store.
class SourceMap {
 public:
  virtual ~SourceMap() = default;
  // Never null; lives as long as the map.
  virtual MetricSource& source_of(std::string_view cluster, std::string_view sub_cluster) const = 0;
};

}  // namespace jobledger::sources
