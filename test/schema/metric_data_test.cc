// SPDX-License-Identifier: MIT
#include "schema/metric_data.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;

namespace {

std::string written(const MetricData& data) {
  std::string out;
  write_metric_data(out, data);
  return out;
}

std::string data_error_of(std::string_view text) {
  const Result<MetricData> data = parse_metric_data(text);
  return data ? "" : data.error().detail;
}

}  // namespace

TEST_CASE("a job without metrics has an empty document") {
  CHECK(written(MetricData{}) == "{}\n");
  CHECK(parse_metric_data("{}\n")->metrics.empty());
}

TEST_CASE("data in the field's spelling is read and written unchanged") {
  constexpr std::string_view kText =
      R"({"cpu_load":{"node":{"statisticsSeries":{"percentiles":{"10":[1.00],"5":[0.50,null]},)"
      R"("mean":null,"median":[1.00,2.00],"min":[],"max":[null]},"unit":{"base":""},"series":[)"
      R"({"hostname":"n01","statistics":{"min":1.00,"avg":1.50,"max":2.00},"data":[1.00,2.00]},)"
      R"({"hostname":"n02","statistics":{"min":3.00,"avg":3.00,"max":3.00},"data":[3.00,null]}],)"
      R"("timestep":60}},)"
      R"("flops_any":{"core":{"unit":{"base":"F/s","prefix":"G"},"series":[)"
      R"({"hostname":"n01","id":"4","statistics":{"min":0.25,"avg":0.25,"max":0.25},)"
      R"("data":[0.25,16777218.00]}],"timestep":60},)"
      R"("node":{"unit":{"base":""},"series":[],"timestep":30}}})"
      "\n";
  UnknownMembers unknown;
  const Result<MetricData> data = parse_metric_data(kText, &unknown);
  REQUIRE(data.has_value());
  CHECK(unknown.empty());
  CHECK(written(*data) == kText);
  const ScopedMetric* load = data->find("cpu_load", MetricScope::node);
  REQUIRE(load != nullptr);
  CHECK(load->timestep == 60);
  REQUIRE(load->series.size() == 2);
  CHECK(load->series[0].statistics == SeriesStatistics{1, 1.5, 2});
  CHECK(!load->series[0].id);
  CHECK(std::isnan(load->series[1].data[1]));
  REQUIRE(load->statistics_series.has_value());
  CHECK(!load->statistics_series->mean);
  CHECK(load->statistics_series->percentiles[1].first == 5);
  CHECK(data->find("flops_any", MetricScope::core)->series[0].id == "4");
  CHECK(data->find("flops_any", MetricScope::socket) == nullptr);
  CHECK(data->find("flops", MetricScope::core) == nullptr);
}

TEST_CASE("samples pass through single precision and two decimals") {
  const Result<MetricData> data = parse_metric_data(
      R"({"m":{"node":{"timestep":1,"series":[{"hostname":"h","data":[16777217.5,0.004,-1.006,1e300,3]}]}}})");
  REQUIRE(data.has_value());
  CHECK(written(*data).find("[16777218.00,0.00,-1.01,null,3.00]") != std::string::npos);
}

TEST_CASE("statistics that cannot be written are zero, all three") {
  MetricData data;
  ScopedMetric scoped{MetricScope::node, {}, 60, {}, {}};
  scoped.series.push_back({"h<\"", std::nullopt, {1, std::nan(""), 2}, {}});
  data.metrics.push_back({"m", {scoped}});
  CHECK(written(data) ==
        R"({"m":{"node":{"unit":{"base":""},"series":[{"hostname":"h\u003c\"","statistics":)"
        R"({"min":0.00,"avg":0.00,"max":0.00},"data":[]}],"timestep":60}}})"
        "\n");
}

TEST_CASE("order and repetition in the file do not matter") {
  const Result<MetricData> data = parse_metric_data(
      R"({"b":{"node":{"timestep":1},"accelerator":{"timestep":2},"node":{"timestep":3}},)"
      R"("a":null,"b2":{"socket":{"timestep":9}}})");
  REQUIRE(data.has_value());
  REQUIRE(data->metrics.size() == 3);
  CHECK(data->metrics[0].name == "a");
  CHECK(data->metrics[0].scopes.empty());
  REQUIRE(data->metrics[1].scopes.size() == 2);
  CHECK(data->metrics[1].scopes[0].scope == MetricScope::accelerator);
  CHECK(data->metrics[1].scopes[1].timestep == 3);
}

TEST_CASE("what nobody understands is ignored and reported") {
  UnknownMembers unknown;
  const Result<MetricData> data =
      parse_metric_data(R"({"filesystems":[{"name":"x"}],"m":{"node":{"timestep":1,"note":1,)"
                        R"("series":[{"hostname":"h","color":2}]}}})",
                        &unknown);
  REQUIRE(data.has_value());
  CHECK(data->metrics.size() == 1);
  CHECK(unknown == UnknownMembers{"filesystems", "metric.note", "series.color"});
}

TEST_CASE("a wrong member is refused with its path") {
  struct Row {
    std::string_view text, error;
  };
  for (const Row& row : std::vector<Row>{
           {"[]", "expected an object, found a list"},
           {R"({"m":[]})", "m: expected an object, found a list"},
           {R"({"m":{"rack":{}}})", "m.rack: not a metric scope"},
           {R"({"m":{"node":{}}})", "m.node.timestep: expected 1 or more seconds, found 0"},
           {R"({"m":{"node":{"timestep":1.5}}})",
            "m.node.timestep: expected a 32-bit integer, found 1.5"},
           {R"({"m":{"node":{"series":[{"data":[1,"x"]}]}}})",
            "m.node.series[0].data[1]: expected a number, found \"x\""},
           {R"({"m":{"node":{"series":[{"statistics":{"avg":[]}}]}}})",
            "m.node.series[0].statistics.avg: expected a number, found a list"},
           {R"({"m":{"node":{"statisticsSeries":{"percentiles":{"100":[]}}}}})",
            "m.node.statisticsSeries.percentiles.100: a percentile is from 1 to 99"},
           {R"({"m":{"node":{"statisticsSeries":{"mean":5}}}})",
            "m.node.statisticsSeries.mean: expected a list, found 5"}}) {
    CAPTURE(row.text);
    CHECK(data_error_of(row.text) == row.error);
  }
  CHECK(parse_metric_data("{}", nullptr, JsonLimits{.max_bytes = 1}).error().kind ==
        ErrorKind::too_large);
}
