// SPDX-License-Identifier: MIT
#include "httpd/graphql/host_metrics.h"

#include "schema/series_statistics.h"
#include "sources/answer_builder.h"
#include "sources/query_size.h"

#include <algorithm>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

namespace jobledger::httpd {
namespace {

using schema::Cluster;
using schema::MetricData;
using schema::MetricSamples;
using schema::ScopedMetric;
using schema::Series;
using sources::MetricQuery;
using sources::MetricSource;

std::string_view sub_cluster_of(const Cluster& cluster, std::string_view hostname) {
  const schema::SubCluster* sub = cluster.find_sub_cluster_of(hostname);
  return sub != nullptr ? std::string_view(sub->name) : std::string_view();
}

// What each source is asked, in the order of the hosts.
std::vector<std::pair<MetricSource*, MetricQuery>> split_by_source(
    const HostMetricsQuery& query, const sources::SourceMap& sources) {
  std::vector<std::pair<MetricSource*, MetricQuery>> parts;
  for (const std::string& host : query.hosts) {
    MetricSource* const source =
        &sources.source_of(query.cluster->name, sub_cluster_of(*query.cluster, host));
    auto part = std::find_if(parts.begin(), parts.end(),
                             [&](const auto& known) { return known.first == source; });
    if (part == parts.end()) {
      part = parts.insert(parts.end(), {source, MetricQuery()});
      MetricQuery& ask = part->second;
      ask.cluster = query.cluster;
      ask.all_accelerators = true;
      ask.metrics = query.metrics;
      ask.scopes = query.scopes;
      ask.from = query.from;
      ask.to = query.to;
      ask.values = query.values;
    }
    part->second.hosts.push_back({host, {}, {}, {}});
  }
  return parts;
}

Result<void> check_sizes(const std::vector<std::pair<MetricSource*, MetricQuery>>& parts,
                         std::uint64_t limit) {
  for (const auto& [source, ask] : parts) {
    TRY(const std::uint64_t samples, sources::check_size(ask, limit));
    limit -= samples;
  }
  return {};
}

// Series by host; of each host in the order of what is added: metrics by name, scopes by their
// texts.
class HostSorter {
 public:
  void add(MetricData data) {
    for (MetricSamples& metric : data.metrics)
      for (ScopedMetric& scoped : metric.scopes)
        for (Series& series : scoped.series) place(metric.name, scoped, std::move(series));
  }

  std::vector<HostMetrics> finish(const archive::Presentation& presentation,
                                  const sources::ReadContext& reading) {
    sources::for_each(reading, own_.size(), [&](std::size_t i) { presentation.apply(*own_[i]); });
    for (HostMetrics& host : hosts_)
      for (archive::JobMetric& metric : host.metrics)
        metric.coverage = schema::coverage_over(metric.data->series, 1);
    std::sort(hosts_.begin(), hosts_.end(),
              [](const HostMetrics& a, const HostMetrics& b) { return a.hostname < b.hostname; });
    return std::move(hosts_);
  }

 private:
  void place(const std::string& name, const ScopedMetric& like, Series series) {
    const auto [found, fresh] = places_.try_emplace(series.hostname, hosts_.size());
    if (fresh) hosts_.push_back({series.hostname, {}});
    auto& metrics = hosts_[found->second].metrics;
    const bool known =
        !metrics.empty() && metrics.back().name == name && metrics.back().data->scope == like.scope;
    if (!known) {
      auto own = std::make_shared<ScopedMetric>(
          ScopedMetric{like.scope, like.unit, like.timestep, {}, {}});
      last_.resize(hosts_.size());
      last_[found->second] = own.get();
      own_.push_back(own.get());
      metrics.push_back({name, std::move(own), {}});
    }
    auto& all = last_[found->second]->series;
    all.push_back(std::move(series));
  }

  std::vector<HostMetrics> hosts_;
  std::unordered_map<std::string, std::size_t> places_;  // in hosts_
  std::vector<ScopedMetric*> last_;                      // metric of each host
  std::vector<ScopedMetric*> own_;
};

}  // namespace

Result<const Cluster*> get_cluster(std::string_view name, const Answer& answer) {
  const Cluster* cluster = answer.clusters->find(name);
  if (cluster == nullptr) {
    return Error{ErrorKind::not_found, "no cluster \"" + std::string(name) + "\""};
  }
  return cluster;
}

std::vector<std::string> known_metrics(const Cluster& cluster,
                                       const std::optional<std::vector<std::string>>& asked) {
  std::vector<std::string> names;
  if (!asked) {
    for (const auto& metric : cluster.metric_config) names.push_back(metric.name);
    return names;
  }
  for (const std::string& name : *asked)
    if (cluster.find_metric(name) != nullptr) names.push_back(name);
  return names;
}

Result<std::vector<std::string>> hosts_with_samples(const Cluster& cluster, std::int64_t from,
                                                    std::int64_t to, const Answer& answer) {
  TRY(archive::JobMetrics* const metrics, answer.job_metrics());
  const sources::SourceMap* const sources = metrics->sources();
  if (sources == nullptr) return std::vector<std::string>();
  std::set<MetricSource*> asked = {&sources->source_of(cluster.name, "")};
  for (const schema::SubCluster& sub : cluster.sub_clusters)
    asked.insert(&sources->source_of(cluster.name, sub.name));
  std::set<std::string> names;
  std::optional<Error> failed;
  for (MetricSource* source : asked) {
    auto found = source->hosts(cluster.name, from, to, answer.reading);
    if (found) {
      names.insert(found->begin(), found->end());
    } else {
      metrics->failures().note(cluster.name, found.error().detail);
      failed = std::move(found).error();
    }
  }
  if (failed && (names.empty() || failed->kind == ErrorKind::cancelled)) return *std::move(failed);
  if (names.size() > answer.limits->max_metric_hosts) {
    return Error{
        ErrorKind::too_large,
        "more than " + std::to_string(answer.limits->max_metric_hosts) + " hosts: name the nodes"};
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<MetricData>> read_hosts(const HostMetricsQuery& query, const Answer& answer) {
  TRY(archive::JobMetrics* const metrics, answer.job_metrics());
  std::vector<MetricData> answers;
  if (query.to <= query.from || query.metrics.empty() || query.scopes.empty()) return answers;
  if (metrics->sources() == nullptr) return answers;
  const auto parts = split_by_source(query, *metrics->sources());
  TRY(check_sizes(parts, answer.limits->max_samples));
  std::optional<Error> failed;
  for (const auto& [source, ask] : parts) {
    auto data = metrics->failures().accept(source->read(ask, answer.reading), query.cluster->name);
    if (data) {
      answers.push_back(*std::move(data));
      continue;
    }
    if (data.error().kind == ErrorKind::cancelled) return std::move(data).error();
    metrics->failures().note(query.cluster->name, data.error().detail);
    failed = std::move(data).error();
  }
  if (failed && answers.empty()) return *std::move(failed);
  return answers;
}

Result<std::vector<HostMetrics>> read_host_metrics(const HostMetricsQuery& query,
                                                   const archive::Presentation& presentation,
                                                   const Answer& answer) {
  TRY(auto answers, read_hosts(query, answer));
  HostSorter sorter;
  for (MetricData& data : answers) sorter.add(std::move(data));
  return sorter.finish(presentation, answer.reading);
}

}  // namespace jobledger::httpd
