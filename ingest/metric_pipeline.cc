// SPDX-License-Identifier: MIT
#include "ingest/metric_pipeline.h"

#include "base/log.h"
#include "ingest/metric_counters.h"
#include "ingest/metric_decoder.h"
#include "ingest/progress.h"
#include "ingest/rate_meter.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace jobledger::ingest {
namespace {

void count_refused(MetricTally& tally, Refusal refusal, std::uint64_t samples, std::int64_t time) {
  if (samples == 0) return;
  tally.refused[static_cast<std::size_t>(refusal)] = {
      {}, std::string(to_string(refusal)), samples, {}, time};
}

// One batch on its way.
struct Passage {
  MetricBatch batch;
  std::optional<Progress> progress;  // of the position; of plain subjects: none
  std::uint64_t stored = 0, repeated = 0;
};

}  // namespace

struct MetricPipeline::Impl : std::enable_shared_from_this<MetricPipeline::Impl> {
  Impl(const Config& config, Parts parts_in)
      : parts(std::move(parts_in)),
        decoder(config.metrics, config.limits, parts.clusters),
        counters(parts.road.telemetry, config.limits),
        unmatched(config.limits.max_unmatched_names) {}

  Road::Piece prepare(RawBatch raw);
  std::uint64_t drop_repeated(RawBatch& raw);
  void apply(storage::Update& update, Passage& passage);
  void settled(const Passage& passage);
  std::string_view held_up() const;

  Parts parts;
  MetricDecoder decoder;                             // the source's thread
  std::optional<storage::StreamPosition> submitted;  // the source's thread: to the writer
  MetricCounters counters;
  Unmatched unmatched;
  RateMeter stored;
  LogGate refused_gate;
};

// What the writer has already, durable or not, is not read again.
std::uint64_t MetricPipeline::Impl::drop_repeated(RawBatch& raw) {
  if (!raw.durable) return 0;
  if (!submitted) {
    const auto snapshot = parts.road.store.snapshot();
    submitted = snapshot->position(raw.stream);
    decoder.set_clock(snapshot->log_clock(raw.stream));
  }
  const std::uint64_t applied = applied_before(raw, submitted);
  return std::erase_if(
      raw.messages, [applied](const RawMessage& message) { return message.sequence <= applied; });
}

Road::Piece MetricPipeline::Impl::prepare(RawBatch raw) {
  const auto passage = std::make_shared<Passage>();
  passage->repeated = drop_repeated(raw);
  if (raw.durable && !raw.messages.empty()) {
    passage->progress = measure(raw);
    submitted = passage->progress->end;
  }
  passage->batch = decoder.decode(raw.messages);
  const auto self = shared_from_this();
  return {[self, passage](storage::Update& update) { self->apply(update, *passage); },
          [self, passage] { self->settled(*passage); }};
}

void MetricPipeline::Impl::apply(storage::Update& update, Passage& passage) {
  storage::metrics::SampleBatch& samples = passage.batch.samples;
  MetricTally& tally = passage.batch.tally;
  if (!samples.samples.empty()) {
    const storage::metrics::PutOutcome put = parts.put(update, samples);
    passage.stored = put.stored;
    count_refused(tally, Refusal::too_many_hosts, put.refused_hosts, samples.log_time);
    count_refused(tally, Refusal::too_many_series, put.refused_series, samples.log_time);
  }
  if (passage.progress) {
    advance(update, *passage.progress);
    update.set_log_clock(passage.progress->end.stream, passage.batch.clock);
  }
  samples = {};
  passage.batch.names.reset();
}

void MetricPipeline::Impl::settled(const Passage& passage) {
  const MetricTally& tally = passage.batch.tally;
  counters.add(tally, passage.stored, passage.repeated);
  stored.add(std::chrono::steady_clock::now(), passage.stored);
  unmatched.add(tally);
  const auto refused = std::find_if(tally.refused.begin(), tally.refused.end(),
                                    [](const NameCount& refusal) { return refusal.count > 0; });
  if (refused == tally.refused.end()) return;
  if (const long held = refused_gate.pass(); held >= 0) {
    LOG(warning, "ingest", "metric lines are refused reason={} count={} held_back={} last={}",
        refused->name, refused->count, held, refused->example);
  }
}

std::string_view MetricPipeline::Impl::held_up() const {
  const std::string_view reason = parts.held_up ? parts.held_up() : std::string_view();
  if (!reason.empty()) return reason;
  const auto snapshot = parts.road.store.snapshot();
  const storage::metrics::HeadView& head = snapshot->metric_head();
  const bool full = static_cast<double>(head.bytes) >
                    static_cast<double>(head.room_for_ticks(parts.max_head_bytes)) * kHeadSlack;
  return full ? "metric_head_full" : std::string_view();
}

storage::metrics::PutOutcome put_into_storage(storage::Update& update,
                                              const storage::metrics::SampleBatch& samples) {
  return update.put_samples(samples);
}

MetricPipeline::MetricPipeline(const Config& config, Parts parts)
    : impl_(std::make_shared<Impl>(config, parts)),
      road_("metrics", config.limits.max_pending_batches, parts.road) {}

MetricPipeline::~MetricPipeline() = default;

void MetricPipeline::start() {
  road_.start({[impl = impl_](RawBatch raw) { return impl->prepare(std::move(raw)); },
               {},
               [impl = impl_] { return impl->held_up(); }});
}

MetricStatus MetricPipeline::status() const {
  MetricStatus status{road_.status()};
  status.samples_per_second = impl_->stored.per_second(std::chrono::steady_clock::now());
  impl_->unmatched.count(status);
  return status;
}

UnmatchedReport MetricPipeline::unmatched() const { return impl_->unmatched.report(); }

}  // namespace jobledger::ingest
