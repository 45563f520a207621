// SPDX-License-Identifier: MIT
#include "httpd/graphql/answer.h"
#include "httpd/graphql/bindings.h"
#include "httpd/graphql/filter_input.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace jobledger::httpd {
using graphql::Args;
using graphql::Context;
using graphql::Expected;
using graphql::Failure;
using graphql::Value;
using schema::MonitoringState;
using schema::SchedulerState;
using storage::NodeState;

namespace {

struct Node {
  const NodeState* state = nullptr;             // never null
  std::optional<sources::HostHealth> health{};  // where it was asked for and could be had
};

struct NodeList {
  std::vector<Node> items;
};

struct StateCount {
  std::string_view state;
  std::int64_t count = 0;
};

struct StateTimes {
  std::string_view state;
  std::vector<std::int64_t> counts, times;
};

// What Node.id names: nodes have no number of their own.
std::string node_id(const NodeState& node) { return node.cluster + "/" + node.hostname; }

Expected<Node> find_node(const QueryRoot&, const Args& args, const Context& context) {
  const std::string& id = args["id"].string();
  for (const NodeState& node : answer_of(context).snapshot->nodes()) {
    if (node_id(node) == id) return Node{&node};
  }
  return Failure{"no node with id " + id, "NOT_FOUND"};
}

NodeList list_nodes(const QueryRoot&, const Args& args, const Context& context) {
  const auto filters = node_filters(args["filter"]);
  NodeList list;
  for (const NodeState& node : answer_of(context).snapshot->nodes()) {
    if (matches_all(filters, node)) list.items.push_back({&node});
  }
  std::sort(list.items.begin(), list.items.end(), [](const Node& a, const Node& b) {
    return std::tie(a.state->hostname, a.state->cluster) <
           std::tie(b.state->hostname, b.state->cluster);
  });
  return list;
}

// What is missing now of each node that should be measured: one question to each source and
// cluster.
void add_health(NodeList& list, const Answer& answer) {
  if (answer.metrics == nullptr || answer.metrics->sources() == nullptr) return;
  using Key = std::pair<const schema::Cluster*, sources::MetricSource*>;
  std::map<Key, std::vector<Node*>> parts;
  for (Node& node : list.items) {
    const NodeState& state = *node.state;
    const schema::Cluster* cluster = answer.clusters->find(state.cluster);
    if (cluster == nullptr || state.sub_cluster.empty()) continue;
    if (state.scheduler_state == SchedulerState::down) continue;
    auto& source = answer.metrics->sources()->source_of(state.cluster, state.sub_cluster);
    parts[{cluster, &source}].push_back(&node);
  }
  for (const auto& [key, nodes] : parts) {
    sources::HealthQuery query{key.first, {}, {}, answer.now};
    for (const Node* node : nodes) query.hostnames.push_back(node->state->hostname);
    auto found = key.second->health(query, answer.reading);
    if (!found) answer.metrics->failures().note("node health", found.error().detail);
    if (!found || found->size() != nodes.size()) continue;
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i]->health = std::move((*found)[i]);
  }
}

NodeList list_nodes_with_meta(const QueryRoot& root, const Args& args, const Context& context) {
  NodeList list = list_nodes(root, args, context);
  add_health(list, answer_of(context));
  return list;
}

// Scheduler states, then health states; only those that occur.
std::vector<StateCount> count_states(const QueryRoot&, const Args& args, const Context& context) {
  const auto filters = node_filters(args["filter"]);
  std::array<std::int64_t, schema::kSchedulerStateCount> scheduler{};
  std::array<std::int64_t, schema::kMonitoringStateCount> health{};
  for (const NodeState& node : answer_of(context).snapshot->nodes()) {
    if (!matches_all(filters, node)) continue;
    ++scheduler.at(static_cast<std::size_t>(node.scheduler_state));
    ++health.at(static_cast<std::size_t>(node.health_state));
  }
  std::vector<StateCount> counts;
  for (std::size_t i = 0; i < scheduler.size(); ++i) {
    if (scheduler[i] == 0) continue;
    counts.push_back({to_string(static_cast<SchedulerState>(i)), scheduler[i]});
  }
  for (std::size_t i = 0; i < health.size(); ++i) {
    if (health[i] == 0) continue;
    counts.push_back({to_string(static_cast<MonitoringState>(i)), health[i]});
  }
  return counts;
}

// As much of the filters as the store can apply before it reads.
storage::Snapshot::NodeHistoryQuery history_query(const std::vector<NodeFilter>& filters) {
  storage::Snapshot::NodeHistoryQuery query;
  for (const NodeFilter& filter : filters) {
    if (filter.cluster && filter.cluster->kind == storage::jobs::StringMatch::Kind::eq) {
      query.cluster = filter.cluster->values.at(0);
    }
    if (filter.time_start) query.after = std::max(query.after, *filter.time_start);
  }
  return query;
}

Result<std::vector<StateTimes>> state_history(const Args& args, const Answer& answer) {
  const std::string& type = args["type"].string();
  const bool by_health = type == "health";
  if (type != "node" && !by_health) {
    return invalid("nodeStatesTimed: type must be \"node\" or \"health\"");
  }
  const auto filters = node_filters(args["filter"]);
  TRY(const auto reports,
      answer.snapshot->read_node_history(history_query(filters), answer.limits->max_node_history));
  std::map<std::string_view, std::map<std::int64_t, std::int64_t>> counts;  // state, time
  for (const NodeState& report : reports) {
    if (!matches_all(filters, report)) continue;
    const auto state =
        by_health ? to_string(report.health_state) : to_string(report.scheduler_state);
    ++counts[state][report.time];
  }
  std::vector<StateTimes> states;
  for (const auto& [state, by_time] : counts) {
    StateTimes& entry = states.emplace_back(StateTimes{state, {}, {}});
    for (const auto& [time, count] : by_time) {
      entry.times.push_back(time);
      entry.counts.push_back(count);
    }
  }
  return states;
}

Expected<std::vector<StateTimes>> list_state_history(const QueryRoot&, const Args& args,
                                                     const Context& context) {
  return expected(state_history(args, answer_of(context)));
}

// Nothing is stored about a node besides its state: an object without members.
Value no_data(const Node&) { return Value(Value::Object{}); }

Value health_data(const Node& node) {
  if (!node.health) return no_data(node);
  const auto list = [](const std::vector<std::string>& metrics) {
    return Value(Value::List(metrics.begin(), metrics.end()));
  };
  return Value(Value::Object{{"degraded", list(node.health->degraded)},
                             {"missing", list(node.health->missing)}});
}

// A field of the state.
template <auto member>
auto of_state() {
  return [](const Node& node) { return node.state->*member; };
}

}  // namespace

void bind_nodes(graphql::Binder& binder) {
  binder.type<QueryRoot>("Query")
      .field("node", find_node)
      .concurrent("nodes", list_nodes)
      .concurrent("nodesWithMeta", list_nodes_with_meta)
      .concurrent("nodeStates", count_states)
      .concurrent("nodeStatesTimed", list_state_history);
  binder.type<NodeList>("NodeStateResultList")
      .field("items", &NodeList::items)
      .field("count", [](const NodeList& list) { return list.items.size(); });
  binder.type<Node>("Node")
      .field("id", [](const Node& node) { return node_id(*node.state); })
      .field("hostname", of_state<&NodeState::hostname>())
      .field("cluster", of_state<&NodeState::cluster>())
      .field("subCluster", of_state<&NodeState::sub_cluster>())
      .field("jobsRunning", of_state<&NodeState::jobs_running>())
      .field("cpusAllocated", of_state<&NodeState::cpus_allocated>())
      .field("memoryAllocated", of_state<&NodeState::memory_allocated>())
      .field("gpusAllocated", of_state<&NodeState::gpus_allocated>())
      .field("schedulerState", of_state<&NodeState::scheduler_state>())
      .field("healthState", of_state<&NodeState::health_state>())
      .field("metaData", no_data)
      .field("healthData", health_data);
  binder.type<StateCount>("NodeStates")
      .field("state", &StateCount::state)
      .field("count", &StateCount::count);
  binder.type<StateTimes>("NodeStatesTimed")
      .field("state", &StateTimes::state)
      .field("counts", &StateTimes::counts)
      .field("times", &StateTimes::times);
}

}  // namespace jobledger::httpd
