// SPDX-License-Identifier: MIT
#include "daemon/archive_side.h"

#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace jobledger::daemon {
namespace {

std::unique_ptr<sources::SourceMap> make_sources(const Settings& settings,
                                                 std::shared_ptr<const schema::Clusters> clusters,
                                                 sources::MetricSource& own, Telemetry& telemetry) {
  if (!settings.ingest.metrics.enabled() && settings.sources.external.empty()) return nullptr;
  for (const std::string& scope : sources::unknown_scopes(settings.sources, *clusters)) {
    LOG(warning, "sources", "sources.external: no cluster and no sub-cluster is called {}", scope);
  }
  return std::make_unique<sources::ConfiguredSources>(settings.sources, std::move(clusters), own,
                                                      telemetry);
}

// Whatever is wrong with the archive may be mended; `invalid` stands for wrong settings.
Error not_there(Error error, bool known_before) {
  if (error.kind == ErrorKind::not_found) {
    error.detail += "; mount the archive";
    if (!known_before) error.detail += ", or make one by jobledgerd --init-db";
  }
  if (error.kind == ErrorKind::invalid) error.kind = ErrorKind::unavailable;
  return error;
}

// The clusters of which the index holds something, without those that were given up.
std::vector<std::string> expected_clusters(const archive::Config& config,
                                           const storage::Store& store) {
  const auto snapshot = store.snapshot();
  const auto& dictionaries = snapshot->jobs().dictionaries();
  std::vector<std::string> names;
  const auto count = dictionaries.size(storage::jobs::Dictionary::cluster);
  for (storage::jobs::StringId id = 0; id < count; ++id) {
    std::string name(dictionaries.text(storage::jobs::Dictionary::cluster, id));
    const auto& retired = config.retired_clusters;
    if (std::find(retired.begin(), retired.end(), name) == retired.end())
      names.push_back(std::move(name));
  }
  return names;
}

Result<void> check_clusters(const archive::Tree& tree, const std::vector<std::string>& expected) {
  const auto& path = tree.config().path;
  for (const std::string& name : expected) {
    if (tree.clusters()->find(name) != nullptr) continue;
    return Error{ErrorKind::unavailable,
                 fmt::format("{}: cluster {} is missing, of which the index has jobs or samples; "
                             "mount the archive, or name the cluster in archive.retired_clusters",
                             path.string(), name)};
  }
  if (!tree.clusters()->all().empty()) return {};
  return Error{ErrorKind::unavailable,
               fmt::format("{}: no cluster is there (<cluster>/cluster.json)", path.string())};
}

Result<archive::Tree> open_tree(const archive::Config& config, const ArchiveSide::Demand& demand,
                                const storage::Store& store) {
  const auto expected = expected_clusters(config, store);
  const bool create = demand.create && expected.empty();
  auto tree =
      archive::Tree::open(config, create ? archive::OpenMode::write : archive::OpenMode::read);
  if (!tree) return not_there(std::move(tree).error(), !expected.empty());
  if (demand.has_clusters || !expected.empty()) TRY(check_clusters(*tree, expected));
  return tree;
}

// A host is not forgotten while late samples of it may come.
storage::metrics::Config keeper_config(const Settings& settings) {
  storage::metrics::Config config = settings.storage.metrics;
  config.silent_host_age = std::max(config.silent_host_age, settings.ingest.metrics.late.max_late);
  return config;
}

}  // namespace

ArchiveSide::ArchiveSide(const Settings& settings, archive::Tree tree, const Parts& parts)
    : look_interval_(settings.archive.look),
      tree_(std::move(tree)),
      keeper_(keeper_config(settings), tree_.clusters(), parts.store, parts.writer,
              parts.telemetry),
      own_store_(tree_.clusters()),
      sources_(make_sources(settings, tree_.clusters(), own_store_, parts.telemetry)),
      node_health_(settings.sources.external.empty()
                       ? nullptr
                       : std::make_unique<sources::NodeHealth>(
                             settings.sources,
                             sources::NodeHealth::Parts{tree_.clusters(), *sources_, parts.store})),
      tree_writer_(settings.archive, {}, tree_.root()),
      importer_(tree_, tree_writer_, parts.writer),
      finisher_(settings.archive, {tree_.clusters(), tree_writer_, parts.store, parts.writer,
                                   parts.telemetry, metric_access(parts)}),
      footprints_(settings.archive, {tree_.clusters(), parts.store, parts.writer, parts.telemetry,
                                     metric_access(parts)}),
      restorer_(tree_, parts.store, parts.writer),
      job_metrics_(tree_, sources_.get(), parts.telemetry) {}

archive::MetricAccess ArchiveSide::metric_access(const Parts& parts) const {
  return {sources_.get(), parts.metrics_caught_up};
}

Result<std::unique_ptr<ArchiveSide>> ArchiveSide::open(const Settings& settings,
                                                       const Demand& demand, Parts parts) {
  TRY(archive::Tree tree, open_tree(settings.archive, demand, parts.store));
  for (const std::string& warning : tree.warnings()) LOG(warning, "archive", "{}", warning);
  std::unique_ptr<ArchiveSide> side(new ArchiveSide(settings, std::move(tree), parts));
  // What is wrong with the settings will not heal; all else does, and the finisher waits for that.
  auto ready = side->tree_writer_.prepare();
  if (!ready && ready.error().kind == ErrorKind::invalid) return std::move(ready).error();
  return side;
}

void ArchiveSide::start() {
  keeper_.start();
  footprints_.start();
  restorer_.start();
  finisher_.start();
  if (node_health_) node_health_->start();
  watch_.start(look_interval_, PeriodicThread::First::after_pause, [this] { look(); });
  started_ = true;
}

void ArchiveSide::stop() {
  if (!started_) return;
  watch_.stop();
  if (node_health_) node_health_->stop();
  finisher_.stop();
  restorer_.stop();
  footprints_.stop();
  keeper_.stop();
  started_ = false;
}

void ArchiveSide::look() {
  const auto now = tree_.root()->check();
  const std::lock_guard lock(mutex_);
  if (!now && !root_problem_) LOG(error, "archive", "{}", now.error().detail);
  if (now && root_problem_) LOG(info, "archive", "the archive's folder is back");
  root_problem_ = now ? std::nullopt : std::optional(now.error().detail);
}

std::optional<std::string> ArchiveSide::root_problem() const {
  const std::lock_guard lock(mutex_);
  return root_problem_;
}

}  // namespace jobledger::daemon
