// SPDX-License-Identifier: MIT
// Files of real clusters: what we read from them and write again keeps every fact.
#include "test/schema/archive_files.h"

#include "schema/cluster.h"
#include "schema/job_check.h"
#include "schema/job_json.h"
#include "schema/json_read.h"
#include "schema/metric_data.h"
#include "test/schema/example_cluster.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

// Every leaf of a document by its path: numbers as their values, texts as they are.
void collect(JsonValue value, const std::string& path, std::map<std::string, std::string>& out) {
  if (value.type() == JsonType::object) {
    CHECK(value
              .each_member([&](std::string_view name, JsonValue member) -> Result<void> {
                collect(member, path + "." + std::string(name), out);
                return {};
              })
              .has_value());
  } else if (value.type() == JsonType::array) {
    CHECK(value
              .each_element([&](std::size_t index, JsonValue element) -> Result<void> {
                collect(element, path + "[" + std::to_string(index) + "]", out);
                return {};
              })
              .has_value());
  } else if (const Result<double> number = value.as_double(); number) {
    out[path] = std::to_string(*number);
  } else if (const Result<std::string_view> text = value.as_string(); text) {
    out[path] = *text;
  } else {
    out[path] = value.describe();
  }
}

std::map<std::string, std::string> facts(const std::string& text) {
  JsonReader reader(kMetricDataLimits);
  const Result<JsonValue> value = reader.parse(text);
  REQUIRE(value.has_value());
  std::map<std::string, std::string> out;
  collect(*value, "", out);
  return out;
}

// Each fact of `before` stands in `after`, but for those whose path contains a word of `dropped`.
void check_kept(const std::string& before, const std::string& after,
                const std::vector<std::string>& dropped) {
  const std::map<std::string, std::string> kept = facts(after);
  for (const auto& [path, value] : facts(before)) {
    bool skip = false;
    for (const std::string& word : dropped) skip = skip || path.find(word) != std::string::npos;
    if (skip) continue;
    CAPTURE(path);
    const auto found = kept.find(path);
    REQUIRE(found != kept.end());
    CHECK(found->second == value);
  }
}

Clusters real_clusters(const std::filesystem::path& root) {
  std::vector<Cluster> clusters;
  for (const char* name : {"alex", "emmy", "fritz"})
    clusters.push_back(cluster_of(file_text(root / name / "cluster.json")));
  return Clusters(std::move(clusters));
}

const std::vector<std::string> kJobFolders = {"emmy/1403/244/1608923076",
                                              "emmy/1404/397/1609300556"};

}  // namespace

TEST_CASE("real clusters are read, written and read again") {
  const std::filesystem::path root = archive_files();
  if (root.empty()) return;
  for (const char* name : {"alex", "emmy", "fritz"}) {
    CAPTURE(name);
    const std::string text = file_text(root / name / "cluster.json");
    std::vector<std::string> warnings;
    const Result<Cluster> cluster = parse_cluster(text, &warnings);
    const std::string error = cluster ? "" : cluster.error().detail;
    REQUIRE_MESSAGE(cluster.has_value(), error);
    for (const std::string& warning : warnings) MESSAGE(name, ": ", warning);
    std::string written;
    write_cluster(written, *cluster);
    CHECK(cluster_of(written) == *cluster);
    check_kept(text, written, {".metricDataRepository", ".filterRanges"});
  }
}

TEST_CASE("hosts of real clusters belong where they should") {
  const std::filesystem::path root = archive_files();
  if (root.empty()) return;
  const Clusters clusters = real_clusters(root);
  struct Row {
    std::string_view cluster, host, sub_cluster;
  };
  for (const Row& row : std::vector<Row>{{"alex", "a0831", "a100m80"},
                                         {"alex", "a0129", "a40"},
                                         {"alex", "a0934", "a100m80"},
                                         {"fritz", "f0101", "main"},
                                         {"fritz", "f1256", "main"},
                                         {"fritz", "f2157", "spr1tb"},
                                         {"emmy", "w1156", "haswell"}}) {
    CAPTURE(row.host);
    const SubCluster* found = clusters.find(row.cluster)->find_sub_cluster_of(row.host);
    REQUIRE(found != nullptr);
    CHECK(found->name == row.sub_cluster);
  }
  CHECK(clusters.find("alex")->find_sub_cluster_of("a0931")->name == "a100m80");
  CHECK(clusters.find("alex")->find_sub_cluster_of("a0832") == nullptr);
  std::uint64_t nodes = 0;
  for (const SubCluster& sub_cluster : clusters.find("fritz")->sub_clusters) {
    CHECK(sub_cluster.node_list.size() == sub_cluster.node_list.expand().size());
    nodes += sub_cluster.node_list.size();
  }
  CHECK(nodes == 10 * 88 + 2 * 56 + 64 + 16);
}

TEST_CASE("real jobs are read, checked, written and read again") {
  const std::filesystem::path root = archive_files();
  if (root.empty()) return;
  const Clusters clusters = real_clusters(root);
  for (const std::string& folder : kJobFolders) {
    CAPTURE(folder);
    const std::string text = file_text(root / folder / "meta.json");
    UnknownMembers unknown;
    Result<Job> job = parse_meta_json(text, &unknown);
    const std::string error = job ? "" : job.error().detail;
    REQUIRE_MESSAGE(job.has_value(), error);
    CHECK(unknown.empty());
    CHECK(check_job(*job, clusters).has_value());
    std::string written;
    write_meta_json(written, *job);
    CHECK(*parse_meta_json(written) == *job);
    check_kept(text, written, {".stopTime"});
    derive_footprint_and_energy(*job, clusters);
    const Cluster& cluster = *clusters.find(job->cluster);
    CHECK(job->footprint->size() == cluster.find_sub_cluster(job->sub_cluster)->footprint.size());
  }
}

TEST_CASE("real metric data is read, written and read again") {
  const std::filesystem::path root = archive_files();
  if (root.empty()) return;
  for (const std::string& folder : kJobFolders) {
    CAPTURE(folder);
    const std::string text = file_text(root / folder / "data.json.gz");
    UnknownMembers unknown;
    const Result<MetricData> data = parse_metric_data(text, &unknown);
    const std::string error = data ? "" : data.error().detail;
    REQUIRE_MESSAGE(data.has_value(), error);
    CHECK(unknown.empty());
    CHECK(!data->metrics.empty());
    std::string written, again;
    write_metric_data(written, *data);
    write_metric_data(again, *parse_metric_data(written));
    CHECK(again == written);
    const Result<MetricData> back = parse_metric_data(written);
    REQUIRE(back->metrics.size() == data->metrics.size());
    for (std::size_t i = 0; i < data->metrics.size(); ++i) {
      const ScopedMetric& before = data->metrics[i].scopes.at(0);
      const ScopedMetric& after = back->metrics[i].scopes.at(0);
      REQUIRE(before.series.size() == after.series.size());
      for (std::size_t s = 0; s < before.series.size(); ++s) {
        CHECK(before.series[s].hostname == after.series[s].hostname);
        CHECK(before.series[s].data.size() == after.series[s].data.size());
      }
    }
  }
}
