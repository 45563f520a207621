// SPDX-License-Identifier: MIT
// Ingest with a real store and writer behind it, as the daemon has them: it can be stopped and
// started again over the same data.
#pragma once

#include "base/file.h"
#include "base/telemetry.h"
#include "ingest/ingest.h"
#include "test/ingest/support.h"
#include "test/integration/nats_server.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace jobledger::test {

class IngestDaemon {
 public:
  using Adjust = std::function<void(ingest::Config&)>;

  // Not started yet. `adjust` changes the settings.
  IngestDaemon(const NatsServer& server, Adjust adjust,
               ingest::PutSamples put = ingest::put_into_storage)
      : put_(std::move(put)) {
    config_.nats.url = server.url();
    config_.nats.reconnect_wait = std::chrono::milliseconds(50);
    for (ingest::StreamConfig* stream : {static_cast<ingest::StreamConfig*>(&config_.events),
                                         static_cast<ingest::StreamConfig*>(&config_.metrics)}) {
      stream->retry_wait = std::chrono::milliseconds(50);
      stream->status_interval = std::chrono::milliseconds(100);
    }
    adjust(config_);
  }
  ~IngestDaemon() { stop(); }

  void start() {
    storage::Config storage_config;
    storage_config.path = directory_.path() / "db";
    storage_config.min_free_bytes = 0;
    auto opened = storage::Store::open(storage_config);
    REQUIRE(opened.has_value());
    store_ = *std::move(opened);
    writer_ = std::make_unique<storage::Writer>(*store_, storage::WriterConfig{}, telemetry_);
    writer_->start();
    ingest_ = std::make_unique<ingest::Ingest>(
        config_,
        ingest::Ingest::Parts{*store_, *writer_, telemetry_, ingest::test_clusters(), put_});
    ingest_->start();
  }
  void stop() {
    if (!ingest_) return;
    ingest_->stop();
    writer_->stop();
    ingest_.reset();
    writer_.reset();
    store_.reset();
  }

  ingest::Ingest& ingest() { return *ingest_; }
  storage::Store& store() { return *store_; }
  std::string metrics() { return telemetry_.text(); }

 private:
  ingest::Config config_;
  ingest::PutSamples put_;
  TemporaryDirectory directory_;
  Telemetry telemetry_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Writer> writer_;
  std::unique_ptr<ingest::Ingest> ingest_;
};

}  // namespace jobledger::test
