// SPDX-License-Identifier: MIT
// Node reports: latest states, history, limits.
#include "storage/commit.h"
#include "test/storage/support.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>

namespace jobledger::storage {
namespace {

NodeState node_of(std::string hostname, schema::SchedulerState state) {
  NodeState node;
  node.hostname = std::move(hostname);
  node.sub_cluster = "main";
  node.scheduler_state = state;
  return node;
}

TEST_CASE("node states: the latest of each node, and every report in the history") {
  using schema::SchedulerState;
  TestStore store;
  Update update = store->begin_update();
  update.put_node_states(
      "fritz", 100, {node_of("f2", SchedulerState::idle), node_of("f1", SchedulerState::down)});
  REQUIRE(store->commit(update).has_value());
  update.put_node_states("fritz", 160, {node_of("f1", SchedulerState::idle)});
  update.put_node_states("alex", 130, {node_of("a1", SchedulerState::mixed)});
  update.put_node_states("fritz", 90, {node_of("f2", SchedulerState::reserved)});  // late
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  const auto snapshot = store->snapshot();
  REQUIRE(snapshot->nodes().size() == 3);
  CHECK(snapshot->nodes()[0].cluster == "alex");
  CHECK(snapshot->nodes()[1].hostname == "f1");
  CHECK(snapshot->nodes()[1].scheduler_state == SchedulerState::idle);
  CHECK(snapshot->nodes()[1].time == 160);
  CHECK(snapshot->nodes()[2].scheduler_state == SchedulerState::idle);
  const auto all = snapshot->read_node_history({}, 100);
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 5);
  CHECK(std::is_sorted(all->begin(), all->end(),
                       [](const auto& a, const auto& b) { return a.time < b.time; }));
  CHECK((*all)[1].hostname == "f1");
  CHECK((*all)[1].sub_cluster == "main");
  CHECK(snapshot->read_node_history({"fritz", 90}, 100)->size() == 3);
  CHECK(snapshot->read_node_history({"alex", 0}, 1)->size() == 1);
  CHECK(snapshot->read_node_history({}, 4).error().kind == ErrorKind::too_large);
}

TEST_CASE("a node report that comes again changes nothing; its second half is added") {
  using schema::SchedulerState;
  TestStore store;
  Update update = store->begin_update();
  update.put_node_states("fritz", 100, {node_of("f1", SchedulerState::idle)});
  REQUIRE(store->commit(update).has_value());
  update.put_node_states("fritz", 100, {node_of("f1", SchedulerState::idle)});
  REQUIRE(store->commit(update).has_value());
  update.put_node_states("fritz", 100, {node_of("f2", SchedulerState::idle)});
  REQUIRE(store->commit(update).has_value());
  CHECK(store->snapshot()->read_node_history({}, 100)->size() == 2);
  CHECK(store->snapshot()->nodes().size() == 2);
}

TEST_CASE("node history ends at its age, whether compacted or not") {
  using schema::SchedulerState;
  TestStore store;
  store.config().node_history = std::chrono::seconds(1000);
  store.reopen();
  Update update = store->begin_update();
  for (const std::int64_t time : {100, 1100, 1101}) {
    update.put_node_states("fritz", time, {node_of("f1", SchedulerState::idle)});
    REQUIRE(store->commit(update).has_value());
  }
  CHECK(store->snapshot()->read_node_history({}, 100)->size() == 2);
  CHECK(store->snapshot()->nodes().size() == 1);
  store.reopen();
  CHECK(store->snapshot()->read_node_history({}, 100)->size() == 2);
}

TEST_CASE("a node report from the future shuts out neither the history nor later reports") {
  using schema::SchedulerState;
  const std::int64_t now = std::time(nullptr);
  TestStore store;
  Update update = store->begin_update();
  update.put_node_states("fritz", 4'000'000'000, {node_of("f1", SchedulerState::down)});
  REQUIRE(store->commit(update).has_value());
  update.put_node_states("fritz", now, {node_of("f1", SchedulerState::idle)});
  REQUIRE(store->commit(update).has_value());
  update.put_node_states("fritz", now - 60, {node_of("f1", SchedulerState::mixed)});  // late
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  REQUIRE(store->snapshot()->nodes().size() == 1);
  CHECK(store->snapshot()->nodes()[0].scheduler_state == SchedulerState::idle);
  CHECK(store->snapshot()->read_node_history({}, 100)->size() == 3);
}

TEST_CASE("a node that is long not reported is forgotten with the next report of its cluster") {
  using schema::SchedulerState;
  TestStore store;
  store.config().node_history = std::chrono::seconds(1000);
  store.reopen();
  Update update = store->begin_update();
  update.put_node_states("fritz", 100, {node_of("f1", SchedulerState::idle)});
  update.put_node_states("alex", 100, {node_of("a1", SchedulerState::idle)});
  REQUIRE(store->commit(update).has_value());
  update.put_node_states("fritz", 1101, {node_of("f2", SchedulerState::idle)});
  update.put_node_states("fritz", 100, {node_of("f3", SchedulerState::idle)});  // too late
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  const auto snapshot = store->snapshot();
  REQUIRE(snapshot->nodes().size() == 2);
  CHECK(snapshot->nodes()[0].hostname == "a1");
  CHECK(snapshot->nodes()[1].hostname == "f2");
}

TEST_CASE("nodes beyond those a cluster may have are refused, known ones are not") {
  using schema::SchedulerState;
  TestStore store;
  store.config().max_nodes_per_cluster = 2;
  store.reopen();
  Update update = store->begin_update();
  update.put_node_states("fritz", 100, {node_of("f1", SchedulerState::idle)});
  update.put_node_states("alex", 100, {node_of("a1", SchedulerState::idle)});
  REQUIRE(store->commit(update).has_value());
  update.put_node_states("fritz", 160,
                         {node_of("f0", SchedulerState::idle), node_of("f1", SchedulerState::down),
                          node_of("f2", SchedulerState::idle)});
  REQUIRE(store->commit(update).has_value());
  const auto snapshot = store->snapshot();
  REQUIRE(snapshot->nodes().size() == 3);
  CHECK(snapshot->nodes()[1].hostname == "f0");
  CHECK(snapshot->nodes()[2].scheduler_state == SchedulerState::down);
  CHECK(store->stats().refused_nodes == 1);
  CHECK(snapshot->read_node_history({}, 10)->size() == 4);
}

TEST_CASE("nodes that no sub-cluster has take no place of the others, and make room in time") {
  using schema::SchedulerState;
  TestStore store;
  store.config().max_nodes_per_cluster = 1;
  store.config().metrics.max_unlisted_hosts = 1;
  store.reopen();
  const auto report = [&](std::int64_t time, std::vector<NodeState> nodes) {
    Update update = store->begin_update();
    update.put_node_states("fritz", time, std::move(nodes));
    REQUIRE(store->commit(update).has_value());
    std::string known;
    for (const NodeState& node : store->snapshot()->nodes()) known += node.hostname + " ";
    return known;
  };
  const auto unlisted = [](const char* hostname) {
    NodeState node = node_of(hostname, SchedulerState::idle);
    node.sub_cluster.clear();
    return node;
  };
  const NodeState f1 = node_of("f1", SchedulerState::idle);
  CHECK(report(100, {unlisted("x1"), unlisted("x2")}) == "x1 ");
  CHECK(report(160, {unlisted("x2"), f1}) == "f1 x1 ");
  CHECK(report(100 + 86400, {unlisted("x2"), f1}) == "f1 x1 ");
  CHECK(report(101 + 86400, {unlisted("x2"), f1}) == "f1 x2 ");
  store.reopen();
  CHECK(report(102 + 86400, {unlisted("x3")}) == "f1 x2 ");
}

TEST_CASE("what is removed lies an hour behind what is shown") {
  Config config;
  config.node_history = std::chrono::seconds(1000);
  const std::int64_t cutoff = history_cutoff(config, 10'000, 1'700'000'000);
  CHECK(cutoff == 9000);
  CHECK(removal_cutoff(cutoff) == 5400);
  CHECK(history_cutoff(config, INT64_MAX, 20'000) == 22'600);
  CHECK(removal_cutoff(history_cutoff(config, INT64_MIN, 20'000)) == INT64_MIN);
}

}  // namespace
}  // namespace jobledger::storage
