// SPDX-License-Identifier: MIT
#include "cli/example_archive.h"

#include "archive/job_path.h"
#include "archive/tree.h"
#include "archive/tree_writer.h"
#include "base/file.h"
#include "cli/load_profile.h"
#include "cli/noise.h"
#include "cli/simulated_hardware.h"
#include "schema/job_check.h"
#include "schema/scopes.h"
#include "schema/series_statistics.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace jobledger::cli {
namespace {

constexpr std::size_t kJobsPerSync = 512;
constexpr std::size_t kMaxSamples = 100'000;  // of one series

// What the job's own hardware showed of one metric.
class Recorder {
 public:
  Recorder(const schema::Job& job, const schema::SubCluster& sub_cluster)
      : job_(job), sub_cluster_(sub_cluster), topology_(sub_cluster.topology), load_(job) {}

  schema::MetricSamples record(const schema::MetricConfig& metric) {
    const Instrument instrument(metric, sub_cluster_.topology);
    const std::array wanted{schema::MetricScope::node, schema::MetricScope::accelerator};
    const std::size_t scopes = metric.scope == schema::MetricScope::accelerator ? 2 : 1;
    schema::MetricSamples out{metric.name, {}};
    for (std::size_t i = 0; i < job_.resources.size(); ++i) {
      const auto hardware =
          schema::HostHardware::of_job(topology_, job_.resources[i], job_.num_acc);
      for (const auto& selection : hardware.select(metric.scope, std::span(wanted).first(scopes))) {
        auto& scoped = scope_of(out, selection.scope, metric);
        for (const auto& target : selection.targets) {
          scoped.series.push_back(series(instrument, metric, i, target));
        }
      }
    }
    return out;
  }

 private:
  static schema::ScopedMetric& scope_of(schema::MetricSamples& metric, schema::MetricScope scope,
                                        const schema::MetricConfig& config) {
    const auto place =
        std::find_if(metric.scopes.begin(), metric.scopes.end(),
                     [scope](const auto& s) { return to_string(s.scope) >= to_string(scope); });
    if (place != metric.scopes.end() && place->scope == scope) return *place;
    return *metric.scopes.insert(place, {scope, config.unit, config.timestep, {}, {}});
  }

  schema::Series series(const Instrument& instrument, const schema::MetricConfig& metric,
                        std::size_t resource, const schema::ScopeTarget& target) {
    schema::Series out;
    out.hostname = job_.resources[resource].hostname;
    out.id = target.id;
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < instrument.elements().size(); ++i) {
      const auto& ids = target.elements;
      const bool member = std::find(ids.begin(), ids.end(), instrument.elements()[i]) != ids.end();
      if (ids.empty() || member) members.push_back(i);
    }
    const auto samples = std::clamp<std::size_t>(
        static_cast<std::size_t>(std::max(job_.duration / metric.timestep, 1)), 1, kMaxSamples);
    for (std::size_t i = 0; i < samples; ++i) {
      look(resource, static_cast<std::int64_t>(i) * metric.timestep);
      const auto key =
          noise_bits(noise_key(out.hostname) + i) ^ static_cast<std::uint64_t>(job_.job_id);
      instrument.read(state_, {key, metric.timestep}, values_);
      double sum = 0;
      for (const std::size_t member : members) sum += values_[member];
      const bool mean = metric.aggregation == schema::Aggregation::avg;
      sum /= mean ? static_cast<double>(members.size()) : 1;
      out.data.push_back(static_cast<float>(schema::round2(sum)));
    }
    out.statistics = schema::rounded_statistics_of(schema::summarize(out.data));
    return out;
  }

  // The state of a node at that second of the job, with nobody else on it.
  void look(std::size_t resource, std::int64_t seconds) {
    const auto& accelerators = sub_cluster_.topology.accelerators;
    state_.reset(topology_.hwthreads().size(), accelerators ? accelerators->size() : 0);
    const schema::Resource& has = job_.resources[resource];
    std::vector<std::int32_t> gpus;
    for (const std::string& id : has.accelerators) {
      const auto& ids = topology_.accelerators();
      const auto found = std::find(ids.begin(), ids.end(), id);
      if (found != ids.end()) gpus.push_back(static_cast<std::int32_t>(found - ids.begin()));
    }
    const auto& cores = has.hwthreads.empty() ? topology_.hwthreads() : has.hwthreads;
    const auto threads = static_cast<std::int32_t>(cores.size());
    state_.add(load_.at(static_cast<std::int32_t>(resource), threads, seconds), cores, gpus);
  }

  const schema::Job& job_;
  const schema::SubCluster& sub_cluster_;
  const schema::TopologyMap topology_;
  const JobLoad load_;
  NodeState state_;
  std::vector<double> values_;
};

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
  schema::MetricData data;
  job.statistics.emplace();
  const auto* cluster = clusters.find(job.cluster);
  const auto* sub_cluster = cluster ? cluster->find_sub_cluster(job.sub_cluster) : nullptr;
  if (!sub_cluster || job.resources.empty()) return data;
  Recorder recorder(job, *sub_cluster);
  for (const auto& metric : sub_cluster->metric_config) {
    auto samples = recorder.record(metric);
    if (!samples.scopes.empty()) data.metrics.push_back(std::move(samples));
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
  SimulationConfig quiet = config;  // samples are made here, of the job alone
  quiet.agents.interval = 0;
  Simulation simulation(quiet);
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
