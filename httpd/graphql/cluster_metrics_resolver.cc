// SPDX-License-Identifier: MIT
// Sums over all hosts of a cluster: clusterMetrics.
#include "httpd/graphql/answer.h"
#include "httpd/graphql/bindings.h"
#include "httpd/graphql/host_metrics.h"
#include "httpd/graphql/metric_fields.h"
#include "schema/aggregate.h"
#include "schema/unit.h"
#include "sources/answer_builder.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace jobledger::httpd {
using graphql::Args;
using graphql::Context;
using schema::MetricData;
using schema::MetricScope;
using schema::ScopedMetric;
using schema::Series;

namespace {

struct ClusterMetric {
  std::string name;
  schema::Unit unit;
  std::int32_t timestep = 0;  // seconds
  std::vector<float> data;
};

struct ClusterMetrics {
  std::size_t node_count = 0;  // hosts with samples
  std::vector<ClusterMetric> metrics;
};

// What became of one metric.
struct Sum {
  Result<void> read;
  std::optional<ClusterMetric> metric;  // none: it has no samples
  std::vector<std::string> hosts;
};

// The metric's node scope in each answer. Where sources differ in the time step, the first counts.
std::vector<const ScopedMetric*> same_grid(const std::vector<MetricData>& answers,
                                           const std::string& name) {
  std::vector<const ScopedMetric*> parts;
  for (const MetricData& data : answers) {
    const ScopedMetric* part = data.find(name, MetricScope::node);
    if (part == nullptr) continue;
    if (parts.empty() || parts.front()->timestep == part->timestep) parts.push_back(part);
  }
  return parts;
}

// Gaps count as nothing; where no host has a sample, there is none.
Result<std::vector<float>> add_up(const std::vector<const ScopedMetric*>& parts) {
  std::size_t slots = 0, hosts = 0;
  for (const ScopedMetric* part : parts) {
    hosts += part->series.size();
    for (const Series& series : part->series) slots = std::max(slots, series.data.size());
  }
  TRY(auto sum, schema::SeriesAggregator::make(schema::Aggregation::sum, hosts, slots));
  for (const ScopedMetric* part : parts)
    for (const Series& series : part->series) sum.add({.values = series.data});
  return sum.values();
}

Result<void> sum_up(const HostMetricsQuery& query, const Answer& answer, Sum& out) {
  TRY(const auto answers, read_hosts(query, answer));
  const std::string& name = query.metrics.front();
  const auto parts = same_grid(answers, name);
  if (parts.empty()) return {};
  for (const ScopedMetric* part : parts)
    for (const Series& series : part->series) out.hosts.push_back(series.hostname);
  const schema::Unit unit = schema::cluster_total_unit(parts.front()->unit);
  ClusterMetric metric{name, unit, parts.front()->timestep, {}};
  TRY(metric.data, add_up(parts));
  const auto factor = schema::prefix_conversion(parts.front()->unit.prefix, unit.prefix);
  for (float& sample : metric.data)
    if (factor) sample = static_cast<float>(static_cast<double>(sample) * *factor);
  out.metric = std::move(metric);
  return {};
}

// Metric by metric, so that the samples of all hosts are there for a few of them only.
Result<std::vector<Sum>> sum_all(const HostMetricsQuery& query,
                                 const std::vector<std::string>& metrics, const Answer& answer) {
  std::vector<Sum> sums(metrics.size());
  sources::for_each(answer.reading, metrics.size(), [&](std::size_t i) {
    HostMetricsQuery one = query;
    one.metrics = {metrics[i]};
    sums[i].read = sum_up(one, answer, sums[i]);
  });
  for (Sum& sum : sums) {
    if (sum.read) continue;
    const bool all_alike = sum.read.error().kind == ErrorKind::cancelled ||
                           sum.read.error().kind == ErrorKind::too_large;
    const bool nothing = std::all_of(sums.begin(), sums.end(),
                                     [](const Sum& other) { return !other.metric.has_value(); });
    if (all_alike || nothing) return std::move(sum.read).error();
  }
  return sums;
}

Result<ClusterMetrics> cluster_metrics(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  HostMetricsQuery query;
  TRY(query.cluster, get_cluster(args["cluster"].string(), answer));
  query.from = args["from"].integer();
  query.to = args["to"].integer();
  if (query.from > query.to) return invalid("from is later than to");
  query.scopes = {MetricScope::node};
  query.values = context.selects("metrics.data");
  TRY(query.hosts, hosts_with_samples(*query.cluster, query.from, query.to, answer));
  TRY(auto sums, sum_all(query, known_metrics(*query.cluster, text_list(args["metrics"])), answer));
  ClusterMetrics out;
  std::set<std::string> hosts;
  for (Sum& sum : sums) {
    if (sum.metric) out.metrics.push_back(*std::move(sum.metric));
    hosts.insert(std::make_move_iterator(sum.hosts.begin()),
                 std::make_move_iterator(sum.hosts.end()));
  }
  out.node_count = hosts.size();
  return out;
}

}  // namespace

void bind_cluster_metrics(graphql::Binder& binder) {
  binder.type<QueryRoot>("Query").concurrent(
      "clusterMetrics", [](const QueryRoot&, const Args& args, const Context& context) {
        return expected(cluster_metrics(args, context));
      });
  binder.type<ClusterMetrics>("ClusterMetrics")
      .field("nodeCount", &ClusterMetrics::node_count)
      .field("metrics", &ClusterMetrics::metrics);
  binder.type<ClusterMetric>("ClusterMetricWithName")
      .field("name", &ClusterMetric::name)
      .field("unit", &ClusterMetric::unit)
      .field("timestep", &ClusterMetric::timestep)
      .field("data", &ClusterMetric::data);
  binder.list_size("ClusterMetrics", "metrics", {"", 40, 40});
}

}  // namespace jobledger::httpd
