// SPDX-License-Identifier: MIT
#include "sources/query_size.h"

#include "test/storage/metric_world.h"

#include <doctest/doctest.h>

#include <limits>

namespace jobledger::sources {
namespace {

using schema::MetricScope;

// An hour of whole nodes of "big": 2 sockets, 4 cores of 2 threads, 2 accelerators.
struct SizeWorld {
  schema::Clusters clusters = storage::test::metric_clusters();
  MetricQuery query;

  SizeWorld() {
    query.cluster = clusters.find("big");
    query.hosts = {{"m1", {}, {}, {}}, {"m2", {}, {}, {}}};
    query.from = 1'000;
    query.to = 1'000 + 3600;
  }
  std::uint64_t ask(std::vector<std::string> metrics, std::vector<MetricScope> scopes) {
    query.metrics = std::move(metrics);
    query.scopes = std::move(scopes);
    return most_samples(query);
  }
};

TEST_CASE("samples are counted by host, metric, scope and element") {
  SizeWorld world;
  CHECK(world.ask({"load"}, {MetricScope::node}) == 2 * 60);
  CHECK(world.ask({"slow"}, {MetricScope::node}) == 2 * 30);
  CHECK(world.ask({"load"}, {MetricScope::core, MetricScope::node}) == 2 * 60);
  CHECK(world.ask({"flops"}, {MetricScope::hwthread}) == 2 * 60 * 8);
  CHECK(world.ask({"flops", "bw", "nonsense"}, {MetricScope::core, MetricScope::socket}) ==
        2 * 60 * (4 + 2 + 2));
  world.query.to -= 59;  // a part of a step counts
  CHECK(world.ask({"load"}, {MetricScope::node}) == 2 * 60);
  world.query.to = world.query.from;
  CHECK(world.ask({"load"}, {MetricScope::node}) == 0);
}

TEST_CASE("of a part of a node only that counts, of accelerators those that are listed") {
  SizeWorld world;
  world.query.hosts = {{"m1", {0, 4, 1}, {"00:01.0"}, {}}};
  CHECK(world.ask({"flops"}, {MetricScope::hwthread}) == 60 * 3);
  CHECK(world.ask({"flops"}, {MetricScope::core}) == 60 * 3);  // at most
  CHECK(world.ask({"flops"}, {MetricScope::socket}) == 60 * 2);
  CHECK(world.ask({"power"}, {MetricScope::accelerator}) == 60);
  CHECK(world.ask({"power"}, {MetricScope::socket}) == 0);
  world.query.all_accelerators = true;
  CHECK(world.ask({"power"}, {MetricScope::accelerator}) == 2 * 60);
}

TEST_CASE("without values the longest series counts, as much is needed to read it") {
  SizeWorld world;
  world.query.values = false;
  CHECK(world.ask({"flops", "load", "slow"}, {MetricScope::hwthread}) == 60);
}

TEST_CASE("a time without end is too large, and does not overflow") {
  SizeWorld world;
  world.query.from = std::numeric_limits<std::int64_t>::min();
  world.query.to = std::numeric_limits<std::int64_t>::max();
  world.ask({"flops", "load"}, {MetricScope::hwthread});
  const auto checked = check_size(world.query, 1'000'000'000);
  REQUIRE(!checked);
  CHECK(checked.error().kind == ErrorKind::too_large);
  world.query.from = 0;
  world.query.to = 3600;
  CHECK(check_size(world.query, 2 * 60 * 9).has_value());
  CHECK(!check_size(world.query, 2 * 60 * 9 - 1));
}

}  // namespace
}  // namespace jobledger::sources
