// SPDX-License-Identifier: MIT
#include "schema/scopes.h"

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
using Targets = std::vector<ScopeTarget>;
using Ids = std::vector<std::string>;
constexpr MetricScope kNode = MetricScope::node, kSocket = MetricScope::socket,
                      kDomain = MetricScope::memory_domain, kCore = MetricScope::core,
                      kThread = MetricScope::hwthread, kAccelerator = MetricScope::accelerator;
const Scopes kAll = {kNode, kSocket, kDomain, kCore, kThread, kAccelerator};
constexpr auto kNoId = std::nullopt;

Resource resource_of(std::vector<std::int32_t> hwthreads, Ids accelerators = {}) {
  return {"n01", std::move(hwthreads), std::move(accelerators), ""};
}

// The series of one requested scope; none when it is not delivered under that name.
Targets targets_of(const HostHardware& host, MetricScope native, MetricScope requested) {
  const std::vector<ScopeSelection> found = host.select(native, Scopes{requested});
  return found.size() == 1 && found[0].scope == requested ? found[0].targets : Targets{};
}

}  // namespace

TEST_CASE("a whole node is all of its elements, each under its own id") {
  const TopologyMap map(smt_topology());
  const HostHardware host = HostHardware::of_job(map, resource_of({}), 0);
  CHECK(host.covers_node());
  CHECK(targets_of(host, kThread, kNode) ==
        Targets{{kNoId, {"0", "1", "2", "3", "4", "5", "6", "7"}, true}});
  CHECK(targets_of(host, kThread, kSocket) ==
        Targets{{"0", {"0", "1", "4", "5"}, true}, {"1", {"2", "3", "6", "7"}, true}});
  CHECK(targets_of(host, kThread, kCore) == Targets{{"0", {"0", "4"}, true},
                                                    {"1", {"1", "5"}, true},
                                                    {"2", {"2", "6"}, true},
                                                    {"3", {"3", "7"}, true}});
  CHECK(targets_of(host, kCore, kSocket) ==
        Targets{{"0", {"0", "1"}, true}, {"1", {"2", "3"}, true}});
  CHECK(targets_of(host, kCore, kDomain).size() == 4);  // an error at the peer
  CHECK(targets_of(host, kThread, kDomain)[3] == ScopeTarget{"3", {"3", "7"}, true});
  CHECK(targets_of(host, kDomain, kSocket)[1] == ScopeTarget{"1", {"2", "3"}, true});
  CHECK(targets_of(host, kSocket, kSocket) == Targets{{"0", {"0"}, true}, {"1", {"1"}, true}});
  CHECK(targets_of(host, kSocket, kNode) == Targets{{kNoId, {"0", "1"}, true}});
  CHECK(targets_of(host, kNode, kNode) == Targets{{kNoId, {}, true}});
}

TEST_CASE("of a shared node only the job's own hardware takes part") {
  const TopologyMap map(smt_topology());
  // One thread of core 0, both of core 3; given out of order and twice.
  const HostHardware host = HostHardware::of_job(map, resource_of({7, 3, 0, 3}), 0);
  CHECK_FALSE(host.covers_node());
  CHECK(targets_of(host, kThread, kThread) ==
        Targets{{"0", {"0"}, true}, {"3", {"3"}, true}, {"7", {"7"}, true}});
  CHECK(targets_of(host, kThread, kCore) == Targets{{"0", {"0"}, false}, {"3", {"3", "7"}, true}});
  CHECK(targets_of(host, kThread, kSocket) ==
        Targets{{"0", {"0"}, false}, {"1", {"3", "7"}, false}});
  CHECK(targets_of(host, kThread, kNode) == Targets{{kNoId, {"0", "3", "7"}, false}});
  // What is measured for a whole core or socket cannot be divided.
  CHECK(targets_of(host, kCore, kCore) == Targets{{"0", {"0"}, true}, {"3", {"3"}, true}});
  CHECK(targets_of(host, kCore, kSocket) == Targets{{"0", {"0"}, false}, {"1", {"3"}, false}});
  CHECK(targets_of(host, kSocket, kNode) == Targets{{kNoId, {"0", "1"}, true}});
  CHECK(targets_of(host, kNode, kNode) == Targets{{kNoId, {}, true}});
}

TEST_CASE("what a job covers wholly is known") {
  const TopologyMap map(smt_topology());
  const HostHardware host =
      HostHardware::of_job(map, resource_of({2, 3, 6, 7, 0}, {"00000000:0E:00.0"}), 1);
  CHECK_FALSE(host.covers(kNode, 0));
  CHECK_FALSE(host.covers(kSocket, 0));
  CHECK(host.covers(kSocket, 1));
  CHECK(host.covers(kDomain, 2));
  CHECK_FALSE(host.covers(kCore, 0));
  CHECK(host.covers(kThread, 0));
  CHECK_FALSE(host.covers(kThread, 1));
  CHECK_FALSE(host.covers(kAccelerator, 0));
  CHECK(host.covers(kAccelerator, 1));
  CHECK_FALSE(host.covers(kAccelerator, 2));
  // Listing every thread is as good as listing none.
  const HostHardware all = HostHardware::of_job(map, resource_of({0, 1, 2, 3, 4, 5, 6, 7}), 0);
  CHECK(all.covers_node());
  CHECK(all.select(kThread, kAll) ==
        HostHardware::of_job(map, resource_of({}), 0).select(kThread, kAll));
}

TEST_CASE("accelerators are those of the job, in the topology's order") {
  const TopologyMap map(smt_topology());
  const Ids both = {"00000000:0E:00.0", "00000000:49:00.0"};
  const HostHardware host = HostHardware::of_job(map, resource_of({}, both), 2);
  CHECK(targets_of(host, kAccelerator, kAccelerator) ==
        Targets{{"00000000:49:00.0", {"00000000:49:00.0"}, true},
                {"00000000:0E:00.0", {"00000000:0E:00.0"}, true}});
  CHECK(targets_of(host, kAccelerator, kNode) ==
        Targets{{kNoId, {"00000000:49:00.0", "00000000:0E:00.0"}, true}});
  CHECK(host.select(kAccelerator, Scopes{kSocket, kCore, kThread}).empty());
  const HostHardware one = HostHardware::of_job(map, resource_of({}, {both[0]}), 1);
  CHECK(targets_of(one, kAccelerator, kNode) == Targets{{kNoId, {both[0]}, false}});
  const HostHardware unknown = HostHardware::of_job(map, resource_of({}, {"gpu9", both[0]}), 1);
  CHECK(targets_of(unknown, kAccelerator, kNode) == Targets{{kNoId, {both[0], "gpu9"}, false}});
  // All that the topology has, and more.
  const HostHardware more = HostHardware::of_job(map, resource_of({}, {both[0], both[1], "x"}), 3);
  CHECK_FALSE(targets_of(more, kAccelerator, kNode)[0].complete);
}

TEST_CASE("a job without accelerators has no accelerator metrics") {
  const TopologyMap map(smt_topology());
  CHECK(HostHardware::of_job(map, resource_of({}), 4).select(kAccelerator, kAll).empty());
  const HostHardware none = HostHardware::of_job(map, resource_of({}, {"00000000:0E:00.0"}), 0);
  CHECK(none.select(kAccelerator, kAll).empty());
  // A view of the node shows what the node has.
  CHECK(HostHardware::whole_node(map).select(kAccelerator, kAll).size() == 2);
  const TopologyMap without(one_domain_topology());
  CHECK(HostHardware::whole_node(without).select(kAccelerator, kAll).empty());
}

TEST_CASE("requests that come to the same scope are answered once") {
  const TopologyMap map(smt_topology());
  const HostHardware host = HostHardware::whole_node(map);
  const std::vector<ScopeSelection> found = host.select(kSocket, Scopes{kCore, kSocket, kNode});
  REQUIRE(found.size() == 2);
  CHECK(found[0].scope == kSocket);
  CHECK(found[1].scope == kNode);
}

TEST_CASE("processors that the topology does not name keep their samples") {
  const TopologyMap map(smt_topology());
  const HostHardware host = HostHardware::of_job(map, resource_of({1, 64, 64, -3, 70'000}), 0);
  CHECK(targets_of(host, kThread, kThread) == Targets{{"1", {"1"}, true}, {"64", {"64"}, true}});
  CHECK(targets_of(host, kThread, kCore) == Targets{{"1", {"1"}, false}});
  CHECK(targets_of(host, kThread, kNode) == Targets{{kNoId, {"1", "64"}, false}});
  const TopologyMap nothing{Topology{}};
  const HostHardware lone = HostHardware::of_job(nothing, resource_of({5}), 0);
  CHECK_FALSE(lone.covers_node());
  CHECK(targets_of(lone, kThread, kNode) == Targets{{kNoId, {"5"}, false}});
  CHECK(lone.select(kCore, kAll).empty());
}

TEST_CASE("of a node whose topology is unknown the whole is known") {
  const TopologyMap nothing{Topology{}};
  const Targets whole{{kNoId, {}, true}};
  const HostHardware host = HostHardware::whole_node(nothing);
  for (const MetricScope native : kAll) {
    const auto found = host.select(native, kAll);
    REQUIRE(found.size() == 1);
    CHECK(found[0].scope == kNode);
    CHECK(found[0].targets == whole);
  }
  const HostHardware job = HostHardware::of_job(nothing, resource_of({}, {"gpu1"}), 1);
  CHECK(targets_of(job, kThread, kNode) == whole);
  CHECK(targets_of(job, kAccelerator, kNode) == Targets{{kNoId, {"gpu1"}, false}});
  CHECK(HostHardware::of_job(nothing, resource_of({}), 0).select(kAccelerator, kAll).empty());
  CHECK(HostHardware::of_job(nothing, resource_of({5}), 0).select(kCore, kAll).empty());
  // One that has lists, but not of cores.
  Topology partly;
  partly.node = {0, 1};
  const TopologyMap threads(partly);
  CHECK(targets_of(HostHardware::whole_node(threads), kCore, kNode) == whole);
  CHECK(targets_of(HostHardware::whole_node(threads), kThread, kNode) ==
        Targets{{kNoId, {"0", "1"}, true}});
}

TEST_CASE("hostile lists of hardware stay small") {
  const TopologyMap map(smt_topology());
  Resource resource = resource_of({});
  for (std::int32_t id = 60'000; id < 200'000; ++id) resource.hwthreads.push_back(id);
  for (int i = 0; i < 5000; ++i) resource.accelerators.push_back("acc" + std::to_string(i));
  const HostHardware host = HostHardware::of_job(map, resource, 1);
  CHECK(targets_of(host, kThread, kThread).size() == 65'536 - 60'000);
  CHECK(targets_of(host, kAccelerator, kAccelerator).size() == HostHardware::kMaxAccelerators);
}

TEST_CASE("memory without hardware threads belongs to who has the whole node") {
  Topology topology = smt_topology();
  topology.memory_domain->push_back({});
  const TopologyMap map(topology);
  CHECK(targets_of(HostHardware::whole_node(map), kDomain, kNode) ==
        Targets{{kNoId, {"0", "1", "2", "3", "4"}, true}});
  const HostHardware half = HostHardware::of_job(map, resource_of({0, 1, 4, 5}), 0);
  CHECK(targets_of(half, kDomain, kNode) == Targets{{kNoId, {"0", "1"}, false}});
  CHECK_FALSE(half.covers(kDomain, 4));
}

// What is kept of a metric of that scope, for a job on all of the hardware.
Scopes kept(MetricScope native, const Job& job, const ArchiveScopeConfig& config) {
  const TopologyMap map(smt_topology());
  const Resource all{"n1", {}, map.accelerators(), {}};
  Scopes scopes;
  for (const ScopeSelection& selection :
       HostHardware::of_job(map, all, job.num_acc).select(native, archive_scopes(job, config))) {
    scopes.push_back(selection.scope);
  }
  return scopes;
}

TEST_CASE("the archive keeps these scopes") {
  struct Row {
    const char* name;
    MetricScope native;
    std::int32_t nodes, accelerators;
    Scopes scopes;
  };
  for (const Row& row : std::vector<Row>{
           {"node", kNode, 1, 1, {kNode}},
           {"socket, few nodes", kSocket, 8, 0, {kNode, kSocket}},
           {"socket, many nodes", kSocket, 9, 0, {kNode}},
           {"socket, accelerators", kSocket, 9, 1, {kNode, kSocket}},
           {"domain, few nodes", kDomain, 8, 0, {kNode, kDomain}},
           {"core, few nodes", kCore, 8, 0, {kNode, kCore}},
           {"core, accelerators", kCore, 64, 8, {kNode, kCore}},
           {"hwthread, few nodes", kThread, 8, 0, {kNode, kCore}},
           {"hwthread, many nodes", kThread, 9, 0, {kNode}},
           {"hwthread, few nodes, accelerators", kThread, 8, 1, {kNode, kCore, kThread}},
           {"hwthread, many nodes, accelerators", kThread, 9, 1, {kNode, kThread}},
           {"accelerator", kAccelerator, 1, 1, {kNode, kAccelerator}},
           {"accelerator, none used", kAccelerator, 1, 0, {}}}) {
    CAPTURE(row.name);
    Job job;
    job.num_nodes = row.nodes;
    job.num_acc = row.accelerators;
    CHECK(kept(row.native, job, {}) == row.scopes);
  }
}

TEST_CASE("the archive keeps more scopes by setting, of jobs that are small enough") {
  ArchiveScopeConfig config;
  config.core_nodes = 0;
  config.more = {kSocket, kThread};
  config.more_nodes = 2;
  Job job;
  job.num_nodes = 2;
  CHECK(kept(kThread, job, config) == Scopes{kNode, kSocket, kThread});
  CHECK(kept(kSocket, job, config) == Scopes{kNode, kSocket});
  job.num_nodes = 3;
  CHECK(kept(kThread, job, config) == Scopes{kNode});
}
