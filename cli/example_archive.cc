// SPDX-License-Identifier: MIT
#include "cli/example_archive.h"

#include "archive/job_path.h"
#include "archive/tree.h"
#include "archive/tree_writer.h"
#include "base/file.h"
#include "cli/simulated_jobs.h"
#include "schema/job_check.h"
#include "schema/series_statistics.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace jobledger::cli {
namespace {

constexpr std::size_t kJobsPerSync = 512;
constexpr std::size_t kMaxSamples = 100'000;  // of one series

// A level below the metric's peak with a slow wave and noise on it.
schema::Series make_series(Dice& dice, const std::string& hostname, double level, double peak,
                           std::size_t samples) {
  schema::Series series;
  series.hostname = hostname;
  const double phase = dice.unit() * 2 * std::numbers::pi;
  for (std::size_t i = 0; i < samples; ++i) {
    const double wave = 1 + 0.1 * std::sin(phase + static_cast<double>(i) / 5);
    const double value = std::clamp(level * wave * (0.95 + 0.1 * dice.unit()), 0.0, peak);
    series.data.push_back(static_cast<float>(schema::round2(value)));
  }
  series.statistics = schema::rounded_statistics_of(schema::summarize(series.data));
  return series;
}

Result<void> write_cluster_file(const std::filesystem::path& root, const schema::Cluster& cluster) {
  std::string json;
  schema::write_cluster(json, cluster);
  json += '\n';
  const auto folder = root / cluster.name;
  const auto file = folder / archive::kClusterFile;
  auto present = read_file(file, 64u << 20);
  if (present && *present == json) return {};
  if (present) {
    return Error{ErrorKind::conflict, file.string() + " describes another cluster of that name"};
  }
  if (present.error().kind != ErrorKind::not_found) return std::move(present).error();
  TRY(make_directories(folder));
  return replace_file(file, json);
}

// Writes jobs in groups that share their syncs.
class ExampleWriter {
 public:
  ExampleWriter(archive::TreeWriter& tree, const schema::Clusters& clusters)
      : tree_(tree), clusters_(clusters) {}

  Result<void> add(schema::Job job) {
    job.monitoring_status = schema::MonitoringStatus::archived;
    const schema::MetricData data = make_metric_data(job, clusters_);
    TRY(auto staged, tree_.stage(job, &data));
    staged_.push_back(std::move(staged));
    ++written_;
    return staged_.size() < kJobsPerSync ? Result<void>() : flush();
  }
  Result<void> flush() {
    TRY(tree_.sync());
    for (const auto& staged : staged_) TRY(tree_.place(staged));
    staged_.clear();
    return tree_.sync();
  }
  std::uint64_t written() const { return written_; }

 private:
  archive::TreeWriter& tree_;
  const schema::Clusters& clusters_;
  std::vector<archive::Staged> staged_;
  std::uint64_t written_ = 0;
};

}  // namespace

schema::MetricData make_metric_data(schema::Job& job, const schema::Clusters& clusters) {
  Dice dice(static_cast<std::uint64_t>(job.job_id) * 0x9E3779B97F4A7C15u);
  schema::MetricData data;
  job.statistics.emplace();
  const auto* cluster = clusters.find(job.cluster);
  const auto* sub_cluster = cluster ? cluster->find_sub_cluster(job.sub_cluster) : nullptr;
  if (!sub_cluster || job.resources.empty()) return data;
  for (const auto& metric : sub_cluster->metric_config) {
    const double level = metric.thresholds.peak * (0.1 + 0.8 * dice.unit());
    const auto samples = std::clamp<std::size_t>(
        static_cast<std::size_t>(std::max(job.duration / metric.timestep, 1)), 1, kMaxSamples);
    schema::ScopedMetric scoped{schema::MetricScope::node, metric.unit, metric.timestep, {}, {}};
    for (const auto& resource : job.resources) {
      scoped.series.push_back(
          make_series(dice, resource.hostname, level, metric.thresholds.peak, samples));
    }
    data.metrics.push_back({metric.name, {std::move(scoped)}});
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(data.metrics.begin(), data.metrics.end(), by_name);
  schema::set_job_statistics(job, data);
  schema::derive_footprint_and_energy(job, clusters);
  return data;
}

Result<std::uint64_t> write_example_archive(const std::filesystem::path& root,
                                            const SimulationConfig& config) {
  archive::Config settings;
  settings.path = root;
  TRY(const auto tree, archive::Tree::open(settings, archive::OpenMode::write));
  Simulation simulation(config);
  TRY(write_cluster_file(root, simulation.cluster()));
  const schema::Clusters clusters({simulation.cluster()});
  archive::TreeWriter writer(settings);
  TRY(writer.prepare());
  ExampleWriter jobs(writer, clusters);
  while (auto event = simulation.next()) {
    if (event->kind == SimulatedEvent::Kind::stop && !event->repeated) TRY(jobs.add(*event->job));
  }
  TRY(jobs.flush());
  return jobs.written();
}

}  // namespace jobledger::cli
