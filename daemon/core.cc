// SPDX-License-Identifier: MIT
#include "daemon/core.h"

#include "base/log.h"

#include <chrono>
#include <string_view>

namespace jobledger::daemon {

Core::Core(const Settings& settings, Telemetry& telemetry, std::unique_ptr<storage::Store> store)
    : settings_(settings),
      telemetry_(telemetry),
      store_(std::move(store)),
      writer_(std::make_unique<storage::Writer>(*store_, settings.writer, telemetry)),
      scrub_(settings.storage.scrub_bytes_per_second, *store_, *writer_, telemetry),
      ingest_(std::make_unique<ingest::Ingest>(settings.ingest, ingest_parts())) {
  writer_->start();
  scrub_.start();
}

Core::~Core() { CHECK(stopped_, "the core must be stopped"); }

// Asked for clusters and health only when a batch may go on: the archive is there then.
ingest::Ingest::Parts Core::ingest_parts() {
  ingest::Ingest::Parts parts{*store_, *writer_, telemetry_,
                              [this, none = std::make_shared<const schema::Clusters>()] {
                                const ArchiveSide* side = archive_now_;
                                return side != nullptr ? side->tree().clusters() : none;
                              }};
  parts.health_elsewhere = health_elsewhere();
  parts.max_head_bytes = settings_.storage.metrics.max_head_bytes;
  parts.held_up = [this] {
    return log_goes_on_ ? std::string_view() : std::string_view("archive_not_there");
  };
  return parts;
}

ingest::HealthElsewhere Core::health_elsewhere() {
  if (settings_.sources.external.empty()) return {};
  return [this](std::string_view cluster, std::string_view sub_cluster, std::string_view hostname) {
    return archive_now_.load()->node_health()->find(cluster, sub_cluster, hostname);
  };
}

Result<std::unique_ptr<Core>> Core::load(const Settings& settings, Telemetry& telemetry) {
  const auto begin = std::chrono::steady_clock::now();
  auto store = storage::Store::open(settings.storage);
  if (!store) return std::move(store).error().in("storage");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const auto table = (*store)->stats().table;
  LOG(info, "daemon", "loaded jobs={} running={} seconds={:.2f}", table.jobs, table.running,
      took.count());
  return std::unique_ptr<Core>(new Core(settings, telemetry, *std::move(store)));
}

Result<void> Core::open_archive(const ArchiveSide::Demand& demand) {
  const auto caught_up = [this] { return ingest_->metrics_caught_up(); };
  auto opened = ArchiveSide::open(settings_, demand, {*store_, *writer_, telemetry_, caught_up});
  if (!opened) return std::move(opened).error().in("archive");
  archive_ = *std::move(opened);
  archive_now_ = archive_.get();
  LOG(info, "daemon", "archive open clusters={}", archive_->tree().clusters()->all().size());
  return {};
}

Result<archive::ImportReport> Core::import(const std::filesystem::path& from, Tick tick,
                                           const std::atomic<bool>* stop) {
  return archive_->importer().run(from, {std::move(tick), stop});
}

void Core::start_log() {
  if (!std::exchange(log_started_, true)) ingest_->start();
}

void Core::start() {
  archive_->start();
  log_goes_on_ = true;
  start_log();
}

void Core::stop() {
  if (log_started_) ingest_->stop();
  if (archive_) archive_->stop();
  scrub_.stop();
  writer_->stop();
  stopped_ = true;
}

}  // namespace jobledger::daemon
