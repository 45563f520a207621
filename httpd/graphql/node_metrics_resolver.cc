// SPDX-License-Identifier: MIT
// Metrics of hosts: nodeMetrics, nodeMetricsList.
#include "httpd/graphql/answer.h"
#include "httpd/graphql/bindings.h"
#include "httpd/graphql/filter_input.h"
#include "httpd/graphql/host_metrics.h"
#include "httpd/graphql/listed_hosts.h"
#include "httpd/graphql/metric_fields.h"

#include <algorithm>
#include <utility>

namespace jobledger::httpd {
using graphql::Args;
using graphql::Context;

namespace {

// A host with what was reported of it last. Views live as long as the answer.
struct NodeMetrics {
  std::string host;
  std::string_view node_state, metric_health;  // empty: nothing was reported
  std::string_view sub_cluster;                // empty: in no list of nodes
  std::vector<archive::JobMetric> metrics;
};

struct NodesPage {
  std::vector<NodeMetrics> items;
  std::size_t total = 0;
  bool has_next = false;
};

NodeMetrics describe(const schema::Cluster& cluster, HostMetrics host, const Answer& answer) {
  NodeMetrics node;
  if (const schema::SubCluster* sub = cluster.find_sub_cluster_of(host.hostname))
    node.sub_cluster = sub->name;
  if (const auto* state = find_state(answer.snapshot->nodes(), cluster.name, host.hostname)) {
    node.node_state = to_string(state->scheduler_state);
    node.metric_health = to_string(state->health_state);
  }
  node.host = std::move(host.hostname);
  node.metrics = std::move(host.metrics);
  return node;
}

// Cluster, time and metrics, as both fields name them.
Result<HostMetricsQuery> host_query(const Args& args, const Answer& answer) {
  HostMetricsQuery query;
  TRY(query.cluster, get_cluster(args["cluster"].string(), answer));
  query.from = args["from"].integer();
  query.to = args["to"].integer();
  if (query.from > query.to) return invalid("from is later than to");
  query.metrics = known_metrics(*query.cluster, text_list(args["metrics"]));
  return query;
}

Result<std::vector<NodeMetrics>> node_metrics(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(HostMetricsQuery query, host_query(args, answer));
  const MetricWish wish = metric_wish(context, "metrics.", 0);
  query.scopes = {schema::MetricScope::node};
  query.values = wish.values;
  if (auto named = text_list(args["nodes"])) {
    query.hosts = *std::move(named);
  } else {
    TRY(query.hosts, hosts_with_samples(*query.cluster, query.from, query.to, answer));
  }
  if (query.hosts.size() > answer.limits->max_metric_hosts) {
    return Error{
        ErrorKind::too_large,
        "nodeMetrics: more than " + std::to_string(answer.limits->max_metric_hosts) + " nodes"};
  }
  TRY(auto hosts, read_host_metrics(query, wish.presentation, answer));
  std::vector<NodeMetrics> nodes;
  for (HostMetrics& host : hosts)
    nodes.push_back(describe(*query.cluster, std::move(host), answer));
  return nodes;
}

Result<NodesPage> node_metrics_list(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(HostMetricsQuery query, host_query(args, answer));
  TRY(const PageRequest request, page_request(args["page"]));
  const HostList wanted{query.cluster, args["subCluster"].string(), args["stateFilter"].string(),
                        args["nodeFilter"].string()};
  TRY(HostPage page, page_of(list_hosts(wanted, answer.snapshot->nodes()), request,
                             answer.limits->max_metric_hosts));
  const auto resolution = wanted_resolution(args["resolution"], answer);
  const MetricWish wish = metric_wish(context, "items.metrics.", resolution);
  query.scopes = scope_list(args["scopes"]).value_or(std::vector<schema::MetricScope>());
  query.values = wish.values;
  query.hosts = page.hosts;
  std::vector<HostMetrics> found;
  if (context.selects("items.metrics")) {
    TRY(found, read_host_metrics(query, wish.presentation, answer));
  }
  NodesPage nodes{{}, page.total, page.has_next};
  auto with_samples = found.begin();  // both are by name
  for (std::string& name : page.hosts) {
    HostMetrics host{std::move(name), {}};
    if (with_samples != found.end() && with_samples->hostname == host.hostname)
      host = std::move(*with_samples++);
    nodes.items.push_back(describe(*query.cluster, std::move(host), answer));
  }
  return nodes;
}

void bind_node_metrics(graphql::Binder& binder) {
  binder.type<QueryRoot>("Query")
      .concurrent("nodeMetrics",
                  [](const QueryRoot&, const Args& args, const Context& context) {
                    return expected(node_metrics(args, context));
                  })
      .concurrent("nodeMetricsList",
                  [](const QueryRoot&, const Args& args, const Context& context) {
                    return expected(node_metrics_list(args, context));
                  });
}

}  // namespace

void bind_node_metrics(graphql::Binder& binder, const GraphqlConfig& limits) {
  bind_node_metrics(binder);
  binder.type<NodeMetrics>("NodeMetrics")
      .field("host", &NodeMetrics::host)
      .field("nodeState", &NodeMetrics::node_state)
      .field("metricHealth", &NodeMetrics::metric_health)
      .field("subCluster", &NodeMetrics::sub_cluster)
      .field("metrics", &NodeMetrics::metrics);
  const auto null = [](const NodesPage&) { return std::optional<int>(); };
  binder.type<NodesPage>("NodesResultList")
      .field("items", &NodesPage::items)
      .field("offset", null)
      .field("limit", null)
      .field("count", null)
      .field("totalNodes", &NodesPage::total)
      .field("hasNextPage", &NodesPage::has_next);
  constexpr std::size_t kHosts = 1000;  // of a cluster, about
  binder.list_size("Query", "nodeMetrics", {"nodes", kHosts, limits.max_metric_hosts});
  binder.list_size("Query", "nodeMetricsList", {"page.itemsPerPage", 50, limits.max_metric_hosts});
  binder.list_size("NodeMetrics", "metrics", {"", 16, 16});
}

}  // namespace jobledger::httpd
