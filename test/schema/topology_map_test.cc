// SPDX-License-Identifier: MIT
#include "schema/topology_map.h"

#include "test/schema/topologies.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

using Scopes = std::vector<MetricScope>;
constexpr MetricScope kNode = MetricScope::node, kSocket = MetricScope::socket,
                      kDomain = MetricScope::memory_domain, kCore = MetricScope::core,
                      kThread = MetricScope::hwthread, kAccelerator = MetricScope::accelerator;
const Scopes kAll = {kNode, kSocket, kDomain, kCore, kThread, kAccelerator};

}  // namespace

TEST_CASE("a metric is delivered at the coarser of its scope and the requested one") {
  const TopologyMap map(smt_topology());
  struct Row {
    MetricScope native;
    std::vector<std::optional<MetricScope>> effective;  // by requested scope, as in kAll
  };
  for (const Row& row :
       std::vector<Row>{{kNode, {kNode, kNode, kNode, kNode, kNode, kNode}},
                        {kSocket, {kNode, kSocket, kSocket, kSocket, kSocket, kSocket}},
                        {kDomain, {kNode, kSocket, kDomain, kDomain, kDomain, kDomain}},
                        {kCore, {kNode, kSocket, kDomain, kCore, kCore, kCore}},
                        {kThread, {kNode, kSocket, kDomain, kCore, kThread, kThread}},
                        {kAccelerator, {kNode, {}, {}, {}, {}, kAccelerator}}}) {
    for (std::size_t i = 0; i < kAll.size(); ++i) {
      CAPTURE(to_string(row.native));
      CAPTURE(to_string(kAll[i]));
      CHECK(map.effective_scope(row.native, kAll[i]) == row.effective[i]);
    }
  }
}

TEST_CASE("requests for the same effective scope collapse, in the order of the request") {
  const TopologyMap map(smt_topology());
  CHECK(map.effective_scopes(kSocket, Scopes{kCore, kThread, kNode, kSocket}) ==
        Scopes{kSocket, kNode});
  CHECK(map.effective_scopes(kNode, kAll) == Scopes{kNode});
  CHECK(map.effective_scopes(kAccelerator, kAll) == Scopes{kNode, kAccelerator});
  CHECK(map.effective_scopes(kThread, {}).empty());
}

TEST_CASE("elements lie in one another by their hardware threads") {
  const TopologyMap map(smt_topology());
  CHECK(map.count(kThread) == 8);
  CHECK(map.count(kAccelerator) == 2);
  CHECK(map.parent(kCore, 3, kSocket) == 1);
  CHECK(map.parent(kCore, 1, kSocket) == 0);  // the peer takes core numbers for thread numbers
  CHECK(map.parent(kThread, 4, kCore) == 0);
  CHECK(map.parent(kThread, 6, kDomain) == 2);
  CHECK(map.parent(kDomain, 2, kSocket) == 1);
  CHECK(map.parent(kSocket, 1, kNode) == 0);
  CHECK(map.children(kThread, kSocket, 1) == 4);
  CHECK(map.children(kCore, kSocket, 1) == 2);
  CHECK(map.children(kThread, kNode, 0) == 8);
}

TEST_CASE("a scope that cuts through the native one is not made up") {
  const TopologyMap map(one_domain_topology());
  CHECK(map.effective_scope(kDomain, kSocket) == kDomain);
  CHECK(map.effective_scope(kDomain, kNode) == kNode);
  CHECK(map.effective_scope(kThread, kSocket) == kSocket);
  CHECK(map.effective_scope(kThread, kDomain) == kDomain);
}

TEST_CASE("a thread that two elements claim belongs to neither") {
  Topology topology = smt_topology();
  topology.core->at(1) = {0, 1, 5};
  const TopologyMap map(topology);
  CHECK(map.effective_scope(kThread, kCore) == kThread);
  CHECK(map.effective_scope(kThread, kSocket) == kSocket);
  CHECK(map.effective_scope(kCore, kSocket) == kSocket);
  topology.core->at(1) = {1, 2};  // over both sockets
  CHECK(TopologyMap(topology).effective_scope(kCore, kSocket) == kCore);
}

TEST_CASE("a scope that the topology does not have is answered by the native one") {
  Topology topology;
  topology.node = {0, 1};
  topology.socket = Topology::Groups{};
  const TopologyMap map(topology);
  CHECK(map.effective_scope(kThread, kCore) == kThread);
  CHECK(map.effective_scope(kThread, kSocket) == kThread);
  CHECK(map.effective_scope(kThread, kNode) == kNode);
  const TopologyMap nothing{Topology{}};
  CHECK(nothing.effective_scope(kCore, kNode) == kNode);
  CHECK(nothing.count(kNode) == 1);
  CHECK(nothing.count(kThread) == 0);
}

TEST_CASE("hardware threads are all that any list names") {
  Topology topology;
  topology.node = {0, 2, 2, 999};
  topology.core = {{0}, {1}};
  topology.socket = {{2, -1}};
  const TopologyMap map(topology);
  CHECK(map.hwthreads() == std::vector<std::int32_t>{-1, 0, 1, 2, 999});
  CHECK(map.parent(kThread, 4, kSocket) == TopologyMap::kNone);
  CHECK(map.parent(kCore, 0, kSocket) == TopologyMap::kNone);
  CHECK(map.parent(kThread, 0, kSocket) == 0);
}

TEST_CASE("memory without hardware threads lies in the node only") {
  Topology topology = smt_topology();
  topology.memory_domain->push_back({});
  const TopologyMap map(topology);
  CHECK(map.count(kDomain) == 5);
  CHECK(map.parent(kDomain, 4, kSocket) == TopologyMap::kNone);
  CHECK(map.parent(kDomain, 4, kNode) == 0);
  CHECK(map.children(kDomain, kNode, 0) == 5);
  CHECK(map.effective_scope(kDomain, kSocket) == kSocket);
}

TEST_CASE("topologies of real clusters give every scope but one") {
  for (const auto& [name, topology] : real_topologies()) {
    CAPTURE(name);
    const TopologyMap map(topology);
    const bool one_domain = name.starts_with("alex/");  // over both sockets
    for (std::size_t native = 0; native < 5; ++native)
      for (std::size_t scope = 0; scope <= native; ++scope) {
        const bool cut = one_domain && kAll[native] == kDomain && kAll[scope] == kSocket;
        CHECK(map.effective_scope(kAll[native], kAll[scope]) == (cut ? kDomain : kAll[scope]));
      }
  }
}

TEST_CASE("gaps in real topologies do not move anything to a wrong place") {
  const auto topologies = real_topologies();
  if (topologies.empty()) return;
  // Core 72 of alex is forgotten in the list of cores: its thread has a socket, but no core.
  const TopologyMap gpu(topology_of(topologies, "alex/a100"));
  REQUIRE(gpu.count(kThread) == 128);
  CHECK(gpu.parent(kThread, 72, kCore) == TopologyMap::kNone);
  CHECK(gpu.parent(kThread, 72, kSocket) == 1);
  CHECK(gpu.parent(kThread, 73, kCore) == 72);
  CHECK(gpu.accelerators().size() == 8);
  // The list of all threads of spr1tb has 5152 where 51 and 52 should be.
  const TopologyMap large(topology_of(topologies, "fritz/spr1tb"));
  CHECK(large.count(kThread) == 105);
  CHECK(large.hwthreads().back() == 5152);
  CHECK(large.parent(kThread, 51, kSocket) == 0);
  CHECK(large.parent(kThread, 52, kSocket) == 1);
  CHECK(large.children(kThread, kSocket, 0) == 52);
}
