// SPDX-License-Identifier: MIT
#include "daemon/core.h"

#include "base/log.h"

#include <chrono>

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

}  // namespace

Core::Core(const Settings& settings, Telemetry& telemetry, archive::Tree tree,
           std::unique_ptr<storage::Store> store)
    : tree_(std::move(tree)),
      store_(std::move(store)),
      writer_(std::make_unique<storage::Writer>(*store_, settings.writer, telemetry)),
      keeper_(settings.storage.metrics, tree_.clusters(), *store_, *writer_, telemetry),
      own_store_(tree_.clusters()),
      sources_(make_sources(settings, tree_.clusters(), own_store_, telemetry)),
      node_health_(settings.sources.external.empty()
                       ? nullptr
                       : std::make_unique<sources::NodeHealth>(
                             settings.sources,
                             sources::NodeHealth::Parts{tree_.clusters(), *sources_, *store_})),
      tree_writer_(settings.archive),
      importer_(tree_, tree_writer_, *writer_),
      finisher_(settings.archive,
                {tree_.clusters(), tree_writer_, *store_, *writer_, telemetry, metric_access()}),
      footprints_(settings.archive,
                  {tree_.clusters(), *store_, *writer_, telemetry, metric_access()}),
      job_metrics_(tree_, sources_.get(), telemetry),
      ingest_(
          settings.ingest,
          {*store_, *writer_, telemetry, [clusters = tree_.clusters()] { return clusters; },
           ingest::put_into_storage, health_elsewhere(), settings.storage.metrics.max_head_bytes}) {
  writer_->start();
}

archive::MetricAccess Core::metric_access() const {
  return {sources_.get(), [this] { return ingest_.metrics_caught_up(); }};
}

ingest::HealthElsewhere Core::health_elsewhere() const {
  if (!node_health_) return {};
  return [this](std::string_view cluster, std::string_view sub_cluster, std::string_view hostname) {
    return node_health_->find(cluster, sub_cluster, hostname);
  };
}

Core::~Core() { CHECK(stopped_, "the core must be stopped"); }

Result<std::unique_ptr<Core>> Core::load(const Settings& settings, Telemetry& telemetry) {
  const auto begin = std::chrono::steady_clock::now();
  auto tree = archive::Tree::open(settings.archive, archive::OpenMode::write);
  if (!tree) return std::move(tree).error().in("archive");
  for (const std::string& warning : tree->warnings()) LOG(warning, "archive", "{}", warning);
  if (tree->clusters()->all().empty()) {
    LOG(warning, "archive",
        "no clusters in {}: every event will be a dead letter until a cluster.json is there and "
        "the daemon is started anew",
        settings.archive.path.native());
  }
  auto store = storage::Store::open(settings.storage);
  if (!store) return std::move(store).error().in("storage");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const auto table = (*store)->stats().table;
  LOG(info, "daemon", "loaded clusters={} jobs={} running={} seconds={:.2f}",
      tree->clusters()->all().size(), table.jobs, table.running, took.count());
  std::unique_ptr<Core> core(new Core(settings, telemetry, *std::move(tree), *std::move(store)));
  // What is wrong with the settings will not heal; all else does, and the finisher waits for that.
  auto ready = core->tree_writer_.prepare();
  if (!ready && ready.error().kind == ErrorKind::invalid) {
    core->stop();
    return std::move(ready).error().in("archive");
  }
  return core;
}

Result<archive::ImportReport> Core::import(const std::filesystem::path& from, Tick tick,
                                           const std::atomic<bool>* stop) {
  return importer_.run(from, {std::move(tick), stop});
}

void Core::start() {
  keeper_.start();
  footprints_.start();
  finisher_.start();
  if (node_health_) node_health_->start();
  ingest_.start();
  started_ = true;
}

void Core::stop() {
  if (started_) ingest_.stop();
  if (started_ && node_health_) node_health_->stop();
  if (started_) finisher_.stop();
  if (started_) footprints_.stop();
  if (started_) keeper_.stop();
  writer_->stop();
  stopped_ = true;
}

}  // namespace jobledger::daemon
