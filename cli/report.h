// SPDX-License-Identifier: MIT
// What `jobledger job` tells of one job: facts, what was measured, what that means. Plain values;
// made from answers by report_read.h, judged by usage.h and advice.h, shown by report_text.h and
// report_json.h.
#pragma once

#include "schema/unit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::cli {

struct NodeFacts {
  std::string hostname;
  std::int32_t threads = 0;  // hardware threads; 0: all of the node
  std::int32_t accelerators = 0;
};

struct FootprintFact {
  std::string metric, statistic;
  double value = 0;
};

struct JobFacts {
  std::int64_t id = 0, job_id = 0, array_job_id = 0;
  std::string cluster, sub_cluster, partition, user, project, name, state;
  std::string shared;         // none, single_user, multi_user
  std::string start_time;     // RFC 3339
  std::int64_t duration = 0;  // seconds; of a running job until now
  std::int64_t walltime = 0;  // seconds; 0: unknown
  std::int64_t nodes = 0, threads = 0, accelerators = 0;
  std::int64_t monitoring = 0;  // as in GraphQL
  std::optional<std::int64_t>
      neighbours;         // jobs that shared a node; unset: not known, or none could
  double energy_kwh = 0;  // 0: not known, or too little for two decimals
  std::vector<std::pair<std::string, double>> energy_parts;  // kWh by kind of hardware
  std::vector<FootprintFact> footprint;
  std::vector<NodeFacts> resources;
  std::vector<std::string> tags;
  // What came with the job besides its name, in the daemon's order: key and text.
  std::vector<std::pair<std::string, std::string>> meta_data;
  double asked_memory_gb = 0;  // of all nodes together, from the scheduler's text; 0: unknown

  bool running() const { return state == "running"; }
  bool may_share() const { return shared != "none" && !shared.empty(); }
  // What was measured of whole nodes was this job's doing.
  bool alone() const { return !may_share() || neighbours == 0; }
};

// Values of a metric over time.
struct Extent {
  double min = 0, avg = 0, max = 0;
};

// A node, or an accelerator of one.
struct MeasuredPart {
  std::string hostname;
  std::string id;  // empty: the node
  Extent extent;
  std::optional<double> coverage;  // share of the expected samples; unset: not known
};

// The mean over all nodes by time; NaN: no sample.
struct Curve {
  std::int32_t step = 0;  // seconds
  std::vector<double> values;
};

struct ReportMetric {
  std::string name;
  schema::Unit unit;
  bool whole_node = false;    // measured for nodes as wholes, not for what the job has of them
  std::int32_t timestep = 0;  // seconds between samples as measured
  double peak = 0;            // upper limit of values; 0: unknown
  // Of all nodes of the job, silent ones included, as the daemon says; unset: it does not know.
  std::optional<double> coverage;
  // Those that have samples, in the order of the job's nodes.
  std::vector<MeasuredPart> nodes, accelerators;
  Curve curve;

  // Over all nodes. Pre: some node has samples.
  Extent extent() const;
};

// What the sub-cluster is, and what is measured there.
struct Hardware {
  std::string processor, accelerator;  // texts; empty when unknown
  std::int64_t sockets = 0, cores_per_socket = 0, threads_per_core = 0;

  std::int64_t threads() const { return sockets * cores_per_socket * threads_per_core; }
};

struct CpuUse {
  double share = 0;  // of the time of its hardware threads, 0 to 1
  double busy = 0;   // hardware threads
  std::int64_t threads = 0;
};
struct MemoryUse {
  double peak_gb = 0;  // of the fullest node
  std::string hostname;
  double limit_gb = 0;  // of a node; 0: unknown
  bool asked = false;   // the limit is what was asked for, not what the node has
};
struct AcceleratorUse {
  double share = 0;           // mean over those that were measured
  std::int64_t measured = 0;  // accelerators
  double peak_gb = 0;         // of the fullest one
};

struct Advice {
  enum class Weight : std::uint8_t { note, hint, problem };
  std::string rule;
  Weight weight = Weight::hint;
  std::string text;
};
std::string_view to_string(Advice::Weight weight);

// What the present cluster.json does not explain of the job.
struct MetricNote {
  std::string metric, text;  // metric empty: of all
};

struct JobReport {
  JobFacts facts;
  Hardware hardware;
  std::vector<ReportMetric> metrics;  // in the order of the cluster's configuration
  std::string metrics_problem;        // why there are none; empty when they could be read
  std::vector<MetricNote> notes;
  // By usage.h; unset: not measured, or not enough of it.
  std::optional<CpuUse> cpu;
  std::optional<MemoryUse> memory;
  std::optional<AcceleratorUse> accelerators;
  std::vector<Advice> advice;  // by advice.h

  const ReportMetric* find(std::string_view metric) const;
  // The same, or by the coverage of the nodes. Unset: not known.
  std::optional<double> coverage(const ReportMetric& metric) const;
};

}  // namespace jobledger::cli
