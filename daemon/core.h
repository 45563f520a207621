// SPDX-License-Identifier: MIT
// The writing side: store, writer and log, which are there from the start, and what needs the
// archive (archive_side.h), which may come later. Until then the log is followed and held back:
// without the clusters nothing on it can be understood, and nothing is lost while it waits.
//
// Executor: load(), open_archive(), import, start() and stop() block: a worker thread, one after
// the other. The accessors from any thread after load().
#pragma once

#include "archive/import_report.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "daemon/archive_side.h"
#include "daemon/settings.h"
#include "ingest/ingest.h"
#include "storage/scrub.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <atomic>
#include <functional>
#include <memory>

namespace jobledger::daemon {

class Core {
 public:
  // Opens the database; starts the writer.
  static Result<std::unique_ptr<Core>> load(const Settings& settings, Telemetry& telemetry);
  ~Core();

  // Errors: ArchiveSide::open. After one it may be tried again. Pre: it has not succeeded.
  Result<void> open_archive(const ArchiveSide::Demand& demand);

  using Tick = std::function<void(const archive::ImportProgress&)>;
  // `stop` and `tick` as in archive::Importer. Pre: the archive is open.
  Result<archive::ImportReport> import(const std::filesystem::path& from, Tick tick,
                                       const std::atomic<bool>* stop);

  void start_log();  // it waits until start()
  void start();      // archiving and the log. Pre: the archive is open
  // The reverse: the log, archiving, then what is queued is written. May be called without start().
  void stop();

  storage::Store& store() { return *store_; }
  const storage::Writer& writer() const { return *writer_; }
  const ingest::Ingest& ingest() const { return *ingest_; }
  ArchiveSide* archive() const { return archive_now_; }  // null: not open

 private:
  Core(const Settings& settings, Telemetry& telemetry, std::unique_ptr<storage::Store> store);
  ingest::Ingest::Parts ingest_parts();
  ingest::HealthElsewhere health_elsewhere();

  const Settings& settings_;
  Telemetry& telemetry_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Writer> writer_;
  storage::Scrub scrub_;
  std::unique_ptr<ingest::Ingest> ingest_;
  std::unique_ptr<ArchiveSide> archive_;
  std::atomic<ArchiveSide*> archive_now_ = nullptr;  // archive_, for other threads
  std::atomic<bool> log_goes_on_ = false;
  bool log_started_ = false, stopped_ = false;
};

}  // namespace jobledger::daemon
