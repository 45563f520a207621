// SPDX-License-Identifier: MIT
#include "test/storage/metric_world.h"

#include "base/telemetry.h"
#include "storage/writer.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <utility>

namespace jobledger::storage::test {
namespace {

std::string metric_text(const std::string& name, const std::string& scope,
                        const std::string& aggregation, int timestep) {
  return fmt::format(
      R"({{"name":"{}","unit":{{"base":""}},"scope":"{}","aggregation":"{}","timestep":{},)"
      R"("peak":1,"normal":1,"caution":1,"alert":1}})",
      name, scope, aggregation, timestep);
}

std::string label(const metrics::ElementName& name) {
  std::string text;
  for (const std::string_view part : {name.type, name.id, name.subtype, name.subtype_id}) {
    if (!part.empty()) text.append(text.empty() ? "" : " ").append(part);
  }
  return text;
}

MetricReader open(const Snapshot& snapshot, const schema::Clusters& clusters,
                  const TimeRange& range) {
  auto reader = MetricReader::open(snapshot, clusters, range);
  REQUIRE(reader.has_value());
  return *std::move(reader);
}

}  // namespace

schema::Clusters metric_clusters() {
  const std::string text =
      R"({"name":"big","metricConfig":[)" + metric_text("load", "node", "avg", 60) + "," +
      metric_text("flops", "hwthread", "sum", 60) + "," +
      metric_text("ipc", "hwthread", "avg", 60) + "," + metric_text("bw", "socket", "sum", 60) +
      "," + metric_text("odd", "hwthread", "", 60) + "," +
      metric_text("power", "accelerator", "sum", 60) + "," +
      metric_text("slow", "node", "avg", 120) +
      R"(],"subClusters":[{"name":"main","nodes":"m[1-9]","processorType":"X","socketsPerNode":2,
  "coresPerSocket":2,"threadsPerCore":2,
  "flopRateScalar":{"unit":{"base":"F/s"},"value":1},"flopRateSimd":{"unit":{"base":"F/s"},"value":1},
  "memoryBandwidth":{"unit":{"base":"B/s"},"value":1},
  "topology":{"node":[0,1,2,3,4,5,6,7],"socket":[[0,1,4,5],[2,3,6,7]],
   "memoryDomain":[[0,4],[1,5],[2,6],[3,7]],"core":[[0,4],[1,5],[2,6],[3,7]],
   "accelerators":[{"id":"00:01.0","type":"Nvidia GPU","model":"A"},
                   {"id":"00:02.0","type":"Nvidia GPU","model":"A"}]}}]})";
  auto cluster = schema::parse_cluster(text);
  REQUIRE_MESSAGE(cluster.has_value(), cluster.error().detail);
  std::vector<schema::Cluster> clusters;
  clusters.push_back(*std::move(cluster));
  return schema::Clusters(std::move(clusters));
}

std::int32_t timestep_of(const std::string& metric) { return metric == "slow" ? 120 : 60; }

void Batch::add(const Measured& sample) { kept_.push_back(sample); }

const metrics::SampleBatch& Batch::get(std::int64_t log_time) {
  std::map<std::string, std::uint32_t> metric_places, host_places;
  std::map<metrics::ElementName, std::uint32_t> element_places;
  batch_.clear();
  batch_.log_time = log_time;
  for (const Measured& s : kept_) {
    const auto [metric, new_metric] = metric_places.emplace(s.metric, metric_places.size());
    if (new_metric) batch_.metrics.push_back({"big", s.metric, timestep_of(s.metric)});
    const auto [host, new_host] = host_places.emplace(s.hostname, host_places.size());
    if (new_host) batch_.hosts.push_back({"big", s.hostname, !s.hostname.starts_with("x")});
    const metrics::ElementName name{s.type, s.id, s.subtype, s.subtype_id};
    const auto [element, new_element] = element_places.emplace(name, element_places.size());
    if (new_element) batch_.elements.push_back(name);
    batch_.samples.push_back({metric->second, host->second, element->second, s.value, s.time});
  }
  return batch_;
}

metrics::PutOutcome put(Store& store, const std::vector<Measured>& samples, std::int64_t log_time) {
  Batch batch;
  for (const Measured& sample : samples) batch.add(sample);
  Update update = store.begin_update();
  const metrics::PutOutcome outcome = update.put_samples(batch.get(log_time));
  const auto committed = store.commit(update);
  REQUIRE_MESSAGE(committed.has_value(), committed.error().detail);
  return outcome;
}

KeepOutcome keep(Store& store, const metrics::Config& config) {
  Telemetry telemetry;
  Writer writer(store, WriterConfig(), telemetry);
  writer.start();
  const auto clusters = std::make_shared<const schema::Clusters>(metric_clusters());
  MetricKeeper keeper(config, clusters, store, writer, telemetry);
  const auto outcome = keeper.keep();
  writer.stop();
  REQUIRE_MESSAGE(outcome.has_value(), outcome.error().detail);
  return *outcome;
}

std::map<std::string, Points> read_elements(const Store& store, const std::string& host,
                                            const std::string& metric, const TimeRange& range) {
  const auto snapshot = store.snapshot();
  const schema::Clusters clusters = metric_clusters();
  MetricReader reader = open(*snapshot, clusters, range);
  std::map<std::string, Points> out;
  for (MeasuredSeries& series : reader.read_elements({"big", host}, metric, {})) {
    out[label(series.element)] = std::move(series.values);
  }
  CHECK(reader.unreadable() == 0);
  return out;
}

std::map<std::uint32_t, MeasuredSeries> read_rollups(const Store& store, const std::string& host,
                                                     const std::string& metric,
                                                     schema::MetricScope scope,
                                                     const TimeRange& range, bool values) {
  const auto snapshot = store.snapshot();
  const schema::Clusters clusters = metric_clusters();
  MetricReader reader = open(*snapshot, clusters, range);
  std::map<std::uint32_t, MeasuredSeries> out;
  for (MeasuredSeries& series : reader.read_rollups({"big", host}, metric, scope, values)) {
    out[series.index] = std::move(series);
  }
  CHECK(reader.unreadable() == 0);
  return out;
}

bool same(const Points& a, const Points& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i])) return false;
  }
  return true;
}

std::string print(const Points& points) { return fmt::format("{}", fmt::join(points, " ")); }

}  // namespace jobledger::storage::test
