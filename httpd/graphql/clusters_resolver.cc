// SPDX-License-Identifier: MIT
#include "httpd/graphql/answer.h"
#include "httpd/graphql/bindings.h"

namespace jobledger::httpd {
namespace jobs = storage::jobs;
using graphql::Args;
using graphql::Context;
using schema::Cluster;
using schema::GlobalMetric;
using schema::MetricConfig;
using schema::MetricOverride;
using schema::MetricValue;
using schema::SubCluster;
using schema::Topology;

namespace {

void bind_queries(graphql::Binder& binder) {
  binder.type<QueryRoot>("Query")
      .field(
          "clusters", [](const QueryRoot&, const Context& context) -> const auto& {
            return answer_of(context).clusters->all();
          })
      .field(
          "globalMetrics", [](const QueryRoot&, const Context& context) -> const auto& {
            return answer_of(context).clusters->global_metrics();
          })
      .field(
          "tags", [](const QueryRoot&, const Context& context) -> const auto& {
            return answer_of(context).snapshot->tags();
          })
      .concurrent("allocatedNodes", [](const QueryRoot&, const Args& args, const Context& context) {
        return jobs::allocated_nodes(answer_of(context).snapshot->jobs(), args["cluster"].string());
      });
  binder.type<jobs::AllocatedNodes>("Count")
      .field("name", &jobs::AllocatedNodes::sub_cluster)
      .field("count", &jobs::AllocatedNodes::count);
  binder.type<schema::Tag>("Tag")
      .field("id", &schema::Tag::id)
      .field("type", &schema::Tag::type)
      .field("name", &schema::Tag::name)
      .field("scope", &schema::Tag::scope);
}

void bind_cluster(graphql::Binder& binder) {
  binder.type<Cluster>("Cluster")
      .field("name", &Cluster::name)
      .field("partitions",
             [](const Cluster& cluster, const Context& context) {
               return jobs::partitions_of(answer_of(context).snapshot->jobs(), cluster.name);
             })
      .field("subClusters", &Cluster::sub_clusters);
  binder.type<SubCluster>("SubCluster")
      .field("name", &SubCluster::name)
      .field("nodes", &SubCluster::nodes)
      // "*" stands for any number: 0, as it cannot be counted.
      .field("numberOfNodes", [](const SubCluster& part) { return part.node_list.size(); })
      .field("processorType", &SubCluster::processor_type)
      .field("socketsPerNode", &SubCluster::sockets_per_node)
      .field("coresPerSocket", &SubCluster::cores_per_socket)
      .field("threadsPerCore", &SubCluster::threads_per_core)
      .field("flopRateScalar", &SubCluster::flop_rate_scalar)
      .field("flopRateSimd", &SubCluster::flop_rate_simd)
      .field("memoryBandwidth", &SubCluster::memory_bandwidth)
      .field("topology", &SubCluster::topology)
      .field("metricConfig", &SubCluster::metric_config)
      .field("footprint", &SubCluster::footprint);
  binder.type<MetricValue>("MetricValue")
      .field("name", [](const MetricValue&) { return std::optional<std::string_view>(); })
      .field("unit", &MetricValue::unit)
      .field("value", &MetricValue::value);
  binder.type<Topology>("Topology")
      .field("node", &Topology::node)
      .field("socket", &Topology::socket)
      .field("memoryDomain", &Topology::memory_domain)
      .field("die", &Topology::die)
      .field("core", &Topology::core)
      .field("accelerators", &Topology::accelerators);
  using schema::Accelerator;
  binder.type<Accelerator>("Accelerator")
      .field("id", &Accelerator::id)
      .field("type", &Accelerator::type)
      .field("model", &Accelerator::model);
}

// The members of thresholds as fields of the type that has them.
template <class T>
void bind_thresholds(graphql::TypeBinder<T> binder) {
  using schema::Thresholds;
  const auto add = [&](std::string_view name, double Thresholds::*member) {
    binder.field(name, [member](const T& owner) { return owner.thresholds.*member; });
  };
  add("peak", &Thresholds::peak);
  add("normal", &Thresholds::normal);
  add("caution", &Thresholds::caution);
  add("alert", &Thresholds::alert);
}

void bind_metrics(graphql::Binder& binder) {
  binder.type<MetricConfig>("MetricConfig")
      .field("name", &MetricConfig::name)
      .field("unit", &MetricConfig::unit)
      .field("scope", &MetricConfig::scope)
      .field("aggregation",
             [](const MetricConfig& metric) { return to_string(metric.aggregation); })
      .field("timestep", &MetricConfig::timestep)
      .field("lowerIsBetter", &MetricConfig::lower_is_better)
      .field("subClusters", &MetricConfig::overrides);
  bind_thresholds(binder.type<MetricConfig>("MetricConfig"));
  binder.type<MetricOverride>("SubClusterConfig")
      .field("name", &MetricOverride::sub_cluster)
      .field("remove", &MetricOverride::remove);
  bind_thresholds(binder.type<MetricOverride>("SubClusterConfig"));
  binder.type<schema::Unit>("Unit")
      .field("base", &schema::Unit::base)
      .field("prefix", &schema::Unit::prefix);
  binder.type<GlobalMetric>("GlobalMetricListItem")
      .field("name", &GlobalMetric::name)
      .field("unit", &GlobalMetric::unit)
      .field("scope", &GlobalMetric::scope)
      .field("footprint", [](const GlobalMetric& metric) { return to_string(metric.footprint); })
      .field("availability", &GlobalMetric::availability);
  using schema::MetricAvailability;
  binder.type<MetricAvailability>("ClusterSupport")
      .field("cluster", &MetricAvailability::cluster)
      .field("subClusters", &MetricAvailability::sub_clusters);
}

}  // namespace

void bind_clusters(graphql::Binder& binder) {
  bind_queries(binder);
  bind_cluster(binder);
  bind_metrics(binder);
}

}  // namespace jobledger::httpd
