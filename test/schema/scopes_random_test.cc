// SPDX-License-Identifier: MIT
// Scopes of random nodes and jobs against a slow version that asks every element about every other.
#include "schema/scopes.h"
#include "test/schema/series_support.h"
#include "test/schema/topologies.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

using Threads = std::set<std::int32_t>;
constexpr std::array kThreadScopes = {MetricScope::node, MetricScope::socket,
                                      MetricScope::memory_domain, MetricScope::core,
                                      MetricScope::hwthread};

// Sockets of domains of cores of threads, numbered at random, elements in random order.
Topology random_topology(RandomSeries& random) {
  const std::size_t sockets = random.number(1, 3), domains = random.number(1, 3),
                    cores = random.number(1, 4), threads = random.number(1, 3);
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < sockets * domains * cores * threads; ++i)
    ids.push_back(static_cast<std::int32_t>(i * 3));
  for (std::size_t i = ids.size(); i > 1; --i) std::swap(ids[i - 1], ids[random.number(0, i - 1)]);
  Topology out;
  out.node = ids;
  out.socket.emplace(sockets);
  out.memory_domain.emplace(sockets * domains);
  out.core.emplace(sockets * domains * cores);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    out.core->at(i / threads).push_back(ids[i]);
    out.memory_domain->at(i / threads / cores).push_back(ids[i]);
    out.socket->at(i / threads / cores / domains).push_back(ids[i]);
  }
  return out;
}

// Elements of a scope by id, with their threads.
std::map<std::string, Threads> elements(const Topology& topology, MetricScope scope) {
  std::map<std::string, Threads> out;
  if (scope == MetricScope::node) out[""] = Threads(topology.node->begin(), topology.node->end());
  if (scope == MetricScope::hwthread)
    for (const std::int32_t id : *topology.node) out[std::to_string(id)] = {id};
  const auto& groups = scope == MetricScope::socket          ? topology.socket
                       : scope == MetricScope::memory_domain ? topology.memory_domain
                                                             : topology.core;
  if (!out.empty()) return out;
  for (std::size_t i = 0; i < groups->size(); ++i)
    out[std::to_string(i)] = Threads(groups->at(i).begin(), groups->at(i).end());
  return out;
}

bool overlap(const Threads& a, const Threads& b) {
  return std::any_of(a.begin(), a.end(), [&b](std::int32_t id) { return b.contains(id); });
}

struct SlowTarget {
  std::set<std::string> elements;
  bool complete = true;
};
std::map<std::string, SlowTarget> slow_targets(const Topology& topology, const Threads& owned,
                                               MetricScope native, MetricScope scope) {
  std::map<std::string, SlowTarget> out;
  for (const auto& [id, threads] : elements(topology, scope)) {
    SlowTarget target;
    for (const auto& [element, inner] : elements(topology, native)) {
      if (!overlap(threads, inner)) continue;
      if (overlap(inner, owned))
        target.elements.insert(element);
      else
        target.complete = false;
    }
    if (!target.elements.empty()) out[id] = target;
  }
  return out;
}

void check_selection(const Topology& topology, const Threads& owned, const HostHardware& host,
                     MetricScope native, MetricScope scope) {
  const std::vector<ScopeSelection> found = host.select(native, std::array{scope});
  REQUIRE(found.size() == 1);
  REQUIRE(found[0].scope == scope);
  const auto expected = slow_targets(topology, owned, native, scope);
  REQUIRE(found[0].targets.size() == expected.size());
  std::int64_t before = -1;
  for (const ScopeTarget& target : found[0].targets) {
    CHECK(target.id.has_value() == (scope != MetricScope::node));
    const std::string id = target.id.value_or("");
    REQUIRE(expected.contains(id));
    CHECK(target.complete == expected.at(id).complete);
    const std::set<std::string> members(target.elements.begin(), target.elements.end());
    CHECK(members.size() == target.elements.size());
    if (native == MetricScope::node)
      CHECK(members.empty());
    else
      CHECK(members == expected.at(id).elements);
    if (!target.id) continue;
    CHECK(std::stoll(id) > before);
    before = std::stoll(id);
  }
}

}  // namespace

TEST_CASE("scopes of random nodes and jobs are those of looking at every element") {
  RandomSeries random(test_seed());
  for (int round = 0; round < 150; ++round) {
    const Topology topology = random_topology(random);
    const TopologyMap map(topology);
    Resource resource;
    for (const std::int32_t id : *topology.node)
      if (random.chance(0.4)) resource.hwthreads.push_back(id);
    const std::vector<std::int32_t>& ids =
        resource.hwthreads.empty() ? *topology.node : resource.hwthreads;
    const Threads owned(ids.begin(), ids.end());
    const HostHardware host = HostHardware::of_job(map, resource, 0);
    CHECK(host.covers_node() == (owned.size() == topology.node->size()));
    for (std::size_t native = 0; native < kThreadScopes.size(); ++native)
      for (std::size_t scope = 0; scope <= native; ++scope)
        check_selection(topology, owned, host, kThreadScopes[native], kThreadScopes[scope]);
  }
}

TEST_CASE("on real nodes every element of a job is in one series of each scope at most") {
  RandomSeries random(test_seed());
  for (const auto& [name, topology] : real_topologies()) {
    CAPTURE(name);
    const TopologyMap map(topology);
    Resource resource;
    for (const std::int32_t id : *topology.node)
      if (random.chance(0.5)) resource.hwthreads.push_back(id);
    const HostHardware host = HostHardware::of_job(map, resource, 0);
    for (const ScopeSelection& selection : host.select(MetricScope::hwthread, kThreadScopes)) {
      std::set<std::string> seen;
      std::size_t members = 0;
      for (const ScopeTarget& target : selection.targets) {
        seen.insert(target.elements.begin(), target.elements.end());
        members += target.elements.size();
      }
      CHECK(seen.size() == members);
      const bool all =
          selection.scope == MetricScope::node || selection.scope == MetricScope::hwthread;
      if (all && !resource.hwthreads.empty()) CHECK(members == resource.hwthreads.size());
    }
  }
}

TEST_CASE("a whole real node is answered by what was aggregated for everybody") {
  const auto topologies = real_topologies();
  if (topologies.empty()) return;
  const TopologyMap map(topology_of(topologies, "fritz/main"));
  const HostHardware host = HostHardware::whole_node(map);
  const std::vector<ScopeSelection> found = host.select(MetricScope::hwthread, kThreadScopes);
  REQUIRE(found.size() == 5);
  const std::array<std::size_t, 5> series = {1, 2, 4, 72, 72};
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].targets.size() == series[i]);
    for (const ScopeTarget& target : found[i].targets) CHECK(target.complete);
  }
}
