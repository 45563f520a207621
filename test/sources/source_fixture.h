// SPDX-License-Identifier: MIT
// What tests of sources share: the cluster of metric_world.h, queries and look-ups in answers.
#pragma once

#include "sources/metric_source.h"
#include "test/storage/metric_world.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::sources::test {

constexpr std::int64_t kBegin = 1'700'000'040;  // a multiple of 60 and 120

inline std::shared_ptr<const schema::Clusters> known_clusters() {
  static const auto clusters =
      std::make_shared<const schema::Clusters>(storage::test::metric_clusters());
  return clusters;
}

inline schema::Resource whole(const std::string& host) { return {host, {}, {}, {}}; }

// `ticks` minutes from kBegin on, in the only sub-cluster.
inline MetricQuery make_query(std::vector<schema::Resource> hosts, std::vector<std::string> metrics,
                              std::vector<schema::MetricScope> scopes, int ticks) {
  MetricQuery query;
  query.cluster = known_clusters()->find("big");
  query.sub_cluster = query.cluster->find_sub_cluster("main");
  query.hosts = std::move(hosts);
  query.metrics = std::move(metrics);
  query.scopes = std::move(scopes);
  query.from = kBegin;
  query.to = kBegin + ticks * 60;
  return query;
}

inline const schema::Series* find(const MetricAnswer& answer, std::string_view metric,
                                  schema::MetricScope scope, const std::string& host,
                                  const std::string& id = "") {
  const schema::ScopedMetric* scoped = answer.data.find(metric, scope);
  if (scoped == nullptr) return nullptr;
  for (const schema::Series& series : scoped->series) {
    if (series.hostname == host && series.id.value_or("") == id) return &series;
  }
  return nullptr;
}

inline const schema::Series& get(const MetricAnswer& answer, std::string_view metric,
                                 schema::MetricScope scope, const std::string& host,
                                 const std::string& id = "") {
  const schema::Series* series = find(answer, metric, scope, host, id);
  REQUIRE_MESSAGE(series != nullptr, metric << " of " << host << " " << id << " is missing");
  return *series;
}

}  // namespace jobledger::sources::test
