// SPDX-License-Identifier: MIT
#include "httpd/graphql/listed_hosts.h"

#include "test/schema/example_cluster.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

namespace jobledger::httpd {
namespace {

using Names = std::vector<std::string>;
using schema::SchedulerState;

// "big" with n01 to n40 in main, g1 and g2 in gpu.
struct World {
  schema::Clusters clusters = test::example_clusters();
  std::vector<storage::NodeState> nodes;

  void report(std::string cluster, std::string host, std::string sub_cluster,
              SchedulerState state) {
    storage::NodeState node;
    node.cluster = std::move(cluster);
    node.hostname = std::move(host);
    node.sub_cluster = std::move(sub_cluster);
    node.scheduler_state = state;
    nodes.push_back(std::move(node));
    std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) {
      return std::tie(a.cluster, a.hostname) < std::tie(b.cluster, b.hostname);
    });
  }
  Names list(std::string sub_cluster, std::string state, std::string part) const {
    return list_hosts(
        {clusters.find("big"), std::move(sub_cluster), std::move(state), std::move(part)}, nodes);
  }
};

TEST_CASE("hosts that were reported are listed by sub-cluster, state and part of the name") {
  World world;
  world.report("big", "n02", "main", SchedulerState::idle);
  world.report("big", "n01", "main", SchedulerState::allocated);
  world.report("big", "g1", "gpu", SchedulerState::idle);
  world.report("other", "n03", "main", SchedulerState::idle);
  CHECK(world.list("", "all", "") == Names{"g1", "n01", "n02"});
  CHECK(world.list("main", "all", "") == Names{"n01", "n02"});
  CHECK(world.list("", "idle", "") == Names{"g1", "n02"});
  CHECK(world.list("", "all", "N0") == Names{"n01", "n02"});
  CHECK(world.list("", "asleep", "").empty());
  CHECK(find_state(world.nodes, "big", "n02")->scheduler_state == SchedulerState::idle);
  CHECK(find_state(world.nodes, "big", "n03") == nullptr);
}

TEST_CASE("configured hosts stand in when nothing fits, or was ever reported") {
  World world;
  CHECK(world.list("", "all", "").size() == 42);
  CHECK(world.list("", "all", "n4") == Names{"n40"});
  CHECK(world.list("gpu", "all", "") == Names{"g1", "g2"});
  CHECK(world.list("", "idle", "").empty());
  world.report("big", "g1", "gpu", SchedulerState::idle);
  CHECK(world.list("", "all", "").size() == 1);
  CHECK(world.list("gpu", "notindb", "") == Names{"g2"});
  CHECK(world.list("", "notindb", "").size() == 41);
  CHECK(world.list("", "notindb", "N").empty());  // here the case counts
}

TEST_CASE("a page of hosts knows whether there are more") {
  const Names all = {"a", "b", "c", "d", "e"};
  struct Case {
    PageRequest request;
    Names hosts;
    bool has_next;
  };
  for (const Case& each : std::initializer_list<Case>{{{1, 2}, {"a", "b"}, true},
                                                      {{2, 2}, {"c", "d"}, true},
                                                      {{3, 2}, {"e"}, false},
                                                      {{4, 2}, {}, false},
                                                      {{1, 5}, all, false},
                                                      {{1, 50}, all, false},
                                                      {{1, std::nullopt}, all, false},
                                                      {{~0ull, ~0ull >> 1}, {}, false}}) {
    CAPTURE(each.request.page);
    const auto page = page_of(all, each.request, 5);
    REQUIRE(page);
    CHECK(page->hosts == each.hosts);
    CHECK(page->total == 5);
    CHECK(page->has_next == each.has_next);
  }
  const auto refused = page_of(all, {1, std::nullopt}, 4);
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::too_large);
  CHECK(page_of({}, {1, std::nullopt}, 4)->hosts.empty());
}

}  // namespace
}  // namespace jobledger::httpd
