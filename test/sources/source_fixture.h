// SPDX-License-Identifier: MIT
// What tests of sources share: the cluster of metric_world.h, queries and look-ups in answers.
#pragma once

#include "sources/metric_source.h"
#include "test/storage/metric_world.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
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

inline MetricAnswer must_read(MetricSource& source, const MetricQuery& query,
                              const ReadContext& context = {}) {
  auto answer = source.read(query, context);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().detail);
  return *std::move(answer);
}

// Every piece of work on a thread of its own.
inline ReadContext with_threads() {
  ReadContext context;
  context.each = [](std::size_t count, const std::function<void(std::size_t)>& work) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
  };
  return context;
}

// As its file has it: to see whether two answers are the same.
inline std::string text_of(const MetricAnswer& answer) {
  std::string text;
  write_metric_data(text, answer.data);
  return text;
}

}  // namespace jobledger::sources::test
