// SPDX-License-Identifier: MIT
// Prints every sample of a cluster that a stopped daemon's database has: for tests that compare
// them with what was sent. One line each: host, metric, element ("@node" for the node's roll-up),
// point, value. usage: read_samples DATABASE CLUSTER_JSON FROM TO TIMESTEP
#include "base/file.h"
#include "storage/metric_reader.h"
#include "storage/store.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace jobledger;
using namespace jobledger::storage;

template <class T>
T check(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "read_samples: %s\n", result.error().detail.c_str());
    std::exit(1);
  }
  return *std::move(result);
}

void print(const std::string& host, const std::string& metric, const std::string& element,
           const std::vector<float>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    std::printf("%s %s %s %zu %.9g\n", host.c_str(), metric.c_str(), element.c_str(), i,
                static_cast<double>(values[i]));
  }
}

void print_host(MetricReader& reader, const schema::Cluster& cluster, const std::string& host) {
  for (const schema::MetricConfig& metric : cluster.metric_config) {
    for (const MeasuredSeries& series :
         reader.read_elements({cluster.name, host}, metric.name, {})) {
      std::string element(series.element.type.empty() ? "node" : series.element.type);
      element.append(series.element.id);
      print(host, metric.name, element, series.values);
    }
    for (const MeasuredSeries& series :
         reader.read_rollups({cluster.name, host}, metric.name, schema::MetricScope::node, true)) {
      print(host, metric.name, "@node", series.values);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const std::string text = check(read_file(argv[2], std::size_t{1} << 20));
  std::vector<schema::Cluster> parsed;
  parsed.push_back(check(schema::parse_cluster(text)));
  const schema::Clusters clusters(std::move(parsed));
  Config config;
  config.path = argv[1];
  const auto store = check(Store::open(config));
  {
    const auto snapshot = store->snapshot();
    const TimeRange range{std::atoll(argv[3]), std::atoll(argv[4]), std::atoi(argv[5])};
    MetricReader reader = check(MetricReader::open(*snapshot, clusters, range));
    std::set<std::string> hosts;
    for (const auto& host : snapshot->metric_head().hosts) {
      if (!host) continue;
      hosts.emplace(snapshot->jobs().dictionaries().text(jobs::Dictionary::host, host->key.host));
    }
    for (const std::string& host : hosts) print_host(reader, clusters.all()[0], host);
    if (reader.unreadable() > 0) {
      std::fprintf(stderr, "read_samples: %llu blocks are unreadable\n",
                   static_cast<unsigned long long>(reader.unreadable()));
      return 1;
    }
  }
  return 0;
}
