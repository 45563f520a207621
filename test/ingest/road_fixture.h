// SPDX-License-Identifier: MIT
// A log that delivers when the test says so, a store and its writer: what pipelines stand between.
#pragma once

#include "base/file.h"
#include "base/telemetry.h"
#include "ingest/source.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace jobledger::ingest {

// Delivers on the test's thread.
class ScriptedSource : public Source {
 public:
  void start(Deliver deliver, StreamMemory memory) override {
    deliver_ = std::move(deliver);
    memory_ = std::move(memory);
  }
  void stop() override { deliver_ = nullptr; }
  SourceStatus status() const override {
    SourceStatus status;
    status.mode = SourceMode::following;
    status.connected = true;
    status.last_sequence = last_sequence;
    return status;
  }

  void deliver(RawBatch batch) { deliver_(std::move(batch)); }
  std::optional<storage::StreamPosition> position() {
    auto stored = memory_.position("EV");
    REQUIRE(stored.has_value());
    return *stored;
  }
  std::uint64_t last_sequence = 0;

 private:
  Deliver deliver_;
  StreamMemory memory_;
};

// The ends of a road. A fixture adds its pipeline, and stops it before stop_writer().
class RoadEnds {
 public:
  RoadEnds() {
    storage::Config storage_config;
    storage_config.path = directory_.path() / "db";
    storage_config.min_free_bytes = 0;
    auto opened = storage::Store::open(storage_config);
    REQUIRE(opened.has_value());
    store = *std::move(opened);
    writer = std::make_unique<storage::Writer>(*store, storage::WriterConfig{}, telemetry);
    writer->start();
  }

  // Delivers and waits until the batch is settled with the log.
  void settle(RawBatch batch) {
    std::promise<void> settled;
    batch.settle = [&] { settled.set_value(); };
    source.deliver(std::move(batch));
    REQUIRE(settled.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  }
  // The writer does nothing until the promise is kept.
  void hold_writer(std::promise<void>& release) {
    storage::Work obstacle;
    obstacle.apply = [released = release.get_future().share()](storage::Update&) -> Result<void> {
      released.wait();
      return {};
    };
    REQUIRE(writer->submit(std::move(obstacle)));
  }
  bool metrics_have(const std::string& line) {
    return telemetry.text().find(line + "\n") != std::string::npos;
  }

 private:
  TemporaryDirectory directory_;

 public:
  Telemetry telemetry;
  ScriptedSource source;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<storage::Writer> writer;
};

}  // namespace jobledger::ingest
