// SPDX-License-Identifier: MIT
#include "schema/node_synthesis.h"

#include "test/schema/series_support.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

ScopedMetric scoped(MetricScope scope, std::vector<Series> series) {
  return {scope, {"F/s", "G"}, 60, std::move(series), {}};
}

Series element(std::string hostname, std::string id, Samples data) {
  Series out = series_of(std::move(hostname), std::move(data));
  out.id = std::move(id);
  return out;
}

}  // namespace

TEST_CASE("the field expects node scope of two metrics") {
  CHECK(has_synthetic_node_scope("flops_any"));
  CHECK(has_synthetic_node_scope("mem_bw"));
  CHECK_FALSE(has_synthetic_node_scope("flops_dp"));
  CHECK_FALSE(has_synthetic_node_scope("cpu_user"));
}

TEST_CASE("node scope is the sum of the coarsest scope, host by host") {
  MetricSamples metric{
      "flops_any",
      {scoped(MetricScope::core, {element("b", "0", {1000, 1000})}),
       scoped(MetricScope::socket,
              {element("b", "0", {1, 2}), element("a", "0", {5, 5}), element("b", "1", {3, 6})})}};
  REQUIRE(synthesize_node_scope(metric));
  REQUIRE(metric.scopes.size() == 3);
  CHECK(metric.scopes[0].scope == MetricScope::core);
  CHECK(metric.scopes[2].scope == MetricScope::socket);
  const ScopedMetric& node = metric.scopes[1];  // where the order of names puts it
  CHECK(node.scope == MetricScope::node);
  CHECK(node.unit == Unit{"F/s", "G"});
  CHECK(node.timestep == 60);
  REQUIRE(node.series.size() == 2);
  CHECK(node.series[0].hostname == "b");
  CHECK(node.series[1].hostname == "a");
  CHECK(same_samples(node.series[0].data, {4, 8}));
  CHECK(same_samples(node.series[1].data, {5, 5}));
  CHECK_FALSE(node.series[0].id.has_value());
  // Of the sums. The peer says min 1, avg 3 (mean of the averages), max 6.
  CHECK(node.series[0].statistics == SeriesStatistics{4, 6, 8});
  CHECK(node.series[0].coverage == 1.0F);
}

TEST_CASE("a missing part does not take the rest with it, but is told") {
  MetricSamples metric{"mem_bw",
                       {scoped(MetricScope::socket,
                               {element("a", "0", {1, kGap, 3, 4}), element("a", "1", {1, 1})})}};
  REQUIRE(synthesize_node_scope(metric));
  const Series& node = metric.scopes[0].series.at(0);
  CHECK(same_samples(node.data, {2, 1, 3, 4}));
  CHECK(node.coverage == 5.0F / 8);
}

TEST_CASE("nothing is added where node scope is there or nothing is") {
  MetricSamples metric{"mem_bw", {scoped(MetricScope::node, {series_of("a", {1})})}};
  CHECK_FALSE(synthesize_node_scope(metric));
  CHECK(metric.scopes.size() == 1);
  MetricSamples empty{"mem_bw", {}};
  CHECK_FALSE(synthesize_node_scope(empty));
  CHECK(empty.scopes.empty());
}
