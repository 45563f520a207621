// SPDX-License-Identifier: MIT
#include "schema/job_check.h"

#include "schema/series_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace jobledger::schema {
namespace {

Result<std::string> assign_sub_cluster(const Job& job, const Cluster& cluster) {
  if (!job.sub_cluster.empty()) {
    if (cluster.find_sub_cluster(job.sub_cluster) == nullptr)
      return invalid(
          fmt::format("cluster {} has no sub-cluster {}", cluster.name, job.sub_cluster));
    return job.sub_cluster;
  }
  if (job.resources.empty())
    return invalid("no sub-cluster can be assigned: the job has no resources");
  const SubCluster* found = cluster.find_sub_cluster_of(job.resources.front().hostname);
  if (found == nullptr)
    return invalid(fmt::format("no sub-cluster of cluster {} has host {}", cluster.name,
                               job.resources.front().hostname));
  return found->name;
}

Result<void> check_counts(const Job& job) {
  if (job.resources.empty() || job.user.empty())
    return invalid("'resources' and 'user' should not be empty");
  if (job.num_acc < 0 || job.num_hwthreads < 0 || job.num_nodes < 1)
    return invalid("'numNodes', 'numAcc' or 'numHWThreads' invalid");
  if (job.resources.size() != static_cast<std::size_t>(job.num_nodes))
    return invalid(fmt::format("len(resources) does not equal numNodes ({} vs {})",
                               job.resources.size(), job.num_nodes));
  for (std::size_t i = 0; i < job.resources.size(); ++i)
    if (job.resources[i].hostname.empty())
      return invalid(fmt::format("resources[{}].hostname: should not be empty", i));
  return {};
}

const JobStatistic* find_statistic(const Job& job, std::string_view metric) {
  const auto found = std::lower_bound(
      job.statistics->begin(), job.statistics->end(), metric,
      [](const JobStatistic& entry, std::string_view wanted) { return entry.metric < wanted; });
  return found != job.statistics->end() && found->metric == metric ? &*found : nullptr;
}

double value_of(const JobStatistic& statistic, StatisticKind kind) {
  switch (kind) {
    case StatisticKind::min:
      return statistic.min;
    case StatisticKind::max:
      return statistic.max;
    default:
      return statistic.avg;
  }
}

void sort_by_name(std::vector<NamedValue>& values) {
  std::sort(values.begin(), values.end(),
            [](const NamedValue& a, const NamedValue& b) { return a.name < b.name; });
}

}  // namespace

Result<void> check_job(Job& job, const Clusters& clusters) {
  const Cluster* cluster = clusters.find(job.cluster);
  if (cluster == nullptr) return invalid(fmt::format("no such cluster: {}", job.cluster));
  TRY(std::string sub_cluster, assign_sub_cluster(job, *cluster));
  TRY(check_counts(job));
  job.sub_cluster = std::move(sub_cluster);
  return {};
}

void derive_footprint_and_energy(Job& job, const Clusters& clusters) {
  const Cluster* cluster = clusters.find(job.cluster);
  const SubCluster* own = cluster == nullptr ? nullptr : cluster->find_sub_cluster(job.sub_cluster);
  // Renamed or taken away since.
  if (own == nullptr && cluster != nullptr && !job.resources.empty())
    own = cluster->find_sub_cluster_of(job.resources.front().hostname);
  if (own == nullptr || !job.statistics || job.statistics->empty()) return;
  std::vector<NamedValue> footprint, energy;
  double total = 0;
  for (const MetricConfig& metric : own->metric_config) {
    const bool power = metric.energy == EnergyKind::power;
    if (metric.footprint == StatisticKind::none && !power) continue;
    const JobStatistic* statistic = find_statistic(job, metric.name);
    if (statistic == nullptr) continue;
    if (metric.footprint != StatisticKind::none)
      footprint.push_back({fmt::format("{}_{}", metric.name, to_string(metric.footprint)),
                           value_of(*statistic, metric.footprint)});
    if (!power) continue;
    const double hours = job.duration / 3600.0;
    const double kwh = round2(statistic->avg * job.num_nodes * hours / 1000.0);
    if (!std::isfinite(total + kwh)) continue;  // the statistic is beyond any sense
    energy.push_back({metric.name, kwh});
    total += kwh;
  }
  sort_by_name(footprint);
  sort_by_name(energy);
  job.footprint = std::move(footprint);
  job.energy_footprint = std::move(energy);
  job.energy = round2(total);
}

}  // namespace jobledger::schema
