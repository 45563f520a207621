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
constexpr MetricScope kMapNode = MetricScope::node, kMapSocket = MetricScope::socket,
                      kMapDomain = MetricScope::memory_domain, kMapCore = MetricScope::core,
                      kMapThread = MetricScope::hwthread,
                      kMapAccelerator = MetricScope::accelerator;
const Scopes kEveryScope = {kMapNode, kMapSocket, kMapDomain,
                            kMapCore, kMapThread, kMapAccelerator};

}  // namespace

TEST_CASE("a metric is delivered at the coarser of its scope and the requested one") {
  const TopologyMap map(smt_topology());
  struct Row {
    MetricScope native;
    std::vector<std::optional<MetricScope>> effective;  // by requested scope, as in kEveryScope
  };
  for (const Row& row : std::vector<Row>{
           {kMapNode, {kMapNode, kMapNode, kMapNode, kMapNode, kMapNode, kMapNode}},
           {kMapSocket, {kMapNode, kMapSocket, kMapSocket, kMapSocket, kMapSocket, kMapSocket}},
           {kMapDomain, {kMapNode, kMapSocket, kMapDomain, kMapDomain, kMapDomain, kMapDomain}},
           {kMapCore, {kMapNode, kMapSocket, kMapDomain, kMapCore, kMapCore, kMapCore}},
           {kMapThread, {kMapNode, kMapSocket, kMapDomain, kMapCore, kMapThread, kMapThread}},
           {kMapAccelerator, {kMapNode, {}, {}, {}, {}, kMapAccelerator}}}) {
    for (std::size_t i = 0; i < kEveryScope.size(); ++i) {
      CAPTURE(to_string(row.native));
      CAPTURE(to_string(kEveryScope[i]));
      CHECK(map.effective_scope(row.native, kEveryScope[i]) == row.effective[i]);
    }
  }
}

TEST_CASE("requests for the same effective scope collapse, in the order of the request") {
  const TopologyMap map(smt_topology());
  CHECK(map.effective_scopes(kMapSocket, Scopes{kMapCore, kMapThread, kMapNode, kMapSocket}) ==
        Scopes{kMapSocket, kMapNode});
  CHECK(map.effective_scopes(kMapNode, kEveryScope) == Scopes{kMapNode});
  CHECK(map.effective_scopes(kMapAccelerator, kEveryScope) == Scopes{kMapNode, kMapAccelerator});
  CHECK(map.effective_scopes(kMapThread, {}).empty());
}

TEST_CASE("elements lie in one another by their hardware threads") {
  const TopologyMap map(smt_topology());
  CHECK(map.count(kMapThread) == 8);
  CHECK(map.count(kMapAccelerator) == 2);
  CHECK(map.parent(kMapCore, 3, kMapSocket) == 1);
  CHECK(map.parent(kMapCore, 1, kMapSocket) ==
        0);  // the peer takes core numbers for thread numbers
  CHECK(map.parent(kMapThread, 4, kMapCore) == 0);
  CHECK(map.parent(kMapThread, 6, kMapDomain) == 2);
  CHECK(map.parent(kMapDomain, 2, kMapSocket) == 1);
  CHECK(map.parent(kMapSocket, 1, kMapNode) == 0);
  CHECK(map.children(kMapThread, kMapSocket, 1) == 4);
  CHECK(map.children(kMapCore, kMapSocket, 1) == 2);
  CHECK(map.children(kMapThread, kMapNode, 0) == 8);
}

TEST_CASE("a scope that cuts through the native one is not made up") {
  const TopologyMap map(one_domain_topology());
  CHECK(map.effective_scope(kMapDomain, kMapSocket) == kMapDomain);
  CHECK(map.effective_scope(kMapDomain, kMapNode) == kMapNode);
  CHECK(map.effective_scope(kMapThread, kMapSocket) == kMapSocket);
  CHECK(map.effective_scope(kMapThread, kMapDomain) == kMapDomain);
}

TEST_CASE("a thread that two elements claim belongs to neither") {
  Topology topology = smt_topology();
  topology.core->at(1) = {0, 1, 5};
  const TopologyMap map(topology);
  CHECK(map.effective_scope(kMapThread, kMapCore) == kMapThread);
  CHECK(map.effective_scope(kMapThread, kMapSocket) == kMapSocket);
  CHECK(map.effective_scope(kMapCore, kMapSocket) == kMapSocket);
  topology.core->at(1) = {1, 2};  // over both sockets
  CHECK(TopologyMap(topology).effective_scope(kMapCore, kMapSocket) == kMapCore);
}

TEST_CASE("a scope that the topology does not have is answered by the native one") {
  Topology topology;
  topology.node = {0, 1};
  topology.socket = Topology::Groups{};
  const TopologyMap map(topology);
  CHECK(map.effective_scope(kMapThread, kMapCore) == kMapThread);
  CHECK(map.effective_scope(kMapThread, kMapSocket) == kMapThread);
  CHECK(map.effective_scope(kMapThread, kMapNode) == kMapNode);
  const TopologyMap nothing{Topology{}};
  CHECK(nothing.effective_scope(kMapCore, kMapNode) == kMapNode);
  CHECK(nothing.count(kMapNode) == 1);
  CHECK(nothing.count(kMapThread) == 0);
}

TEST_CASE("hardware threads are all that any list names") {
  Topology topology;
  topology.node = {0, 2, 2, 999};
  topology.core = {{0}, {1}};
  topology.socket = {{2, -1}};
  const TopologyMap map(topology);
  CHECK(map.hwthreads() == std::vector<std::int32_t>{-1, 0, 1, 2, 999});
  CHECK(map.parent(kMapThread, 4, kMapSocket) == TopologyMap::kNone);
  CHECK(map.parent(kMapCore, 0, kMapSocket) == TopologyMap::kNone);
  CHECK(map.parent(kMapThread, 0, kMapSocket) == 0);
}

TEST_CASE("memory without hardware threads lies in the node only") {
  Topology topology = smt_topology();
  topology.memory_domain->push_back({});
  const TopologyMap map(topology);
  CHECK(map.count(kMapDomain) == 5);
  CHECK(map.parent(kMapDomain, 4, kMapSocket) == TopologyMap::kNone);
  CHECK(map.parent(kMapDomain, 4, kMapNode) == 0);
  CHECK(map.children(kMapDomain, kMapNode, 0) == 5);
  CHECK(map.effective_scope(kMapDomain, kMapSocket) == kMapSocket);
}

TEST_CASE("topologies of real clusters give every scope but one") {
  for (const auto& [name, topology] : real_topologies()) {
    CAPTURE(name);
    const TopologyMap map(topology);
    const bool one_domain = name.starts_with("alex/");  // over both sockets
    for (std::size_t native = 0; native < 5; ++native)
      for (std::size_t scope = 0; scope <= native; ++scope) {
        const bool cut =
            one_domain && kEveryScope[native] == kMapDomain && kEveryScope[scope] == kMapSocket;
        CHECK(map.effective_scope(kEveryScope[native], kEveryScope[scope]) ==
              (cut ? kMapDomain : kEveryScope[scope]));
      }
  }
}

TEST_CASE("gaps in real topologies do not move anything to a wrong place") {
  const auto topologies = real_topologies();
  if (topologies.empty()) return;
  // Core 72 of alex is forgotten in the list of cores: its thread has a socket, but no core.
  const TopologyMap gpu(topology_of(topologies, "alex/a100"));
  REQUIRE(gpu.count(kMapThread) == 128);
  CHECK(gpu.parent(kMapThread, 72, kMapCore) == TopologyMap::kNone);
  CHECK(gpu.parent(kMapThread, 72, kMapSocket) == 1);
  CHECK(gpu.parent(kMapThread, 73, kMapCore) == 72);
  CHECK(gpu.accelerators().size() == 8);
  // The list of all threads of spr1tb has 5152 where 51 and 52 should be.
  const TopologyMap large(topology_of(topologies, "fritz/spr1tb"));
  CHECK(large.count(kMapThread) == 105);
  CHECK(large.hwthreads().back() == 5152);
  CHECK(large.parent(kMapThread, 51, kMapSocket) == 0);
  CHECK(large.parent(kMapThread, 52, kMapSocket) == 1);
  CHECK(large.children(kMapThread, kMapSocket, 0) == 52);
}
