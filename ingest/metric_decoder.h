// SPDX-License-Identifier: MIT
// From messages of metric lines to samples, in one batch for the storage. Never fails: what cannot
// be used is counted, by reason or name, with an example. It is no dead letter: there may be
// millions of it, and nobody would send them again.
//
// All that is decided here follows from the messages, their log time, the settings and the
// clusters. Executor: one thread (the source's delivery thread); what is returned belongs to the
// caller.
#pragma once

#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/metric_names.h"
#include "ingest/metric_tally.h"
#include "ingest/source.h"
#include "storage/log_clock.h"
#include "storage/metrics/samples.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::ingest {

struct MetricBatch {
  storage::metrics::SampleBatch samples;
  MetricTally tally;
  storage::LogClock clock;            // behind the last message
  std::shared_ptr<const void> names;  // keeps what the samples refer to; the messages may go
};

class MetricDecoder {
 public:
  MetricDecoder(MetricsConfig metrics, const LimitsConfig& limits, ClustersNow clusters);

  // Of the stream, before the first batch of it.
  void set_clock(storage::LogClock clock) { clock_ = clock; }
  MetricBatch decode(const std::vector<RawMessage>& messages);

 private:
  void decode_message(const RawMessage& message);
  void decode_sample(const MetricLine& line, MetricReader& reader);
  MetricNames::Subject understand(const MetricLine& line, MetricReader& reader);
  void keep_sample(const MetricLine& line, NamedHost& host, NamedElement& element);
  void refuse(Refusal refusal, const MetricLine& line);
  void count_unmatched(UnmatchedKind kind, Mark& mark, const NamedHost& host,
                       const MetricLine& line, std::string_view name);
  std::string_view default_cluster(std::string_view subject) const;
  bool is_timely(std::int64_t time) const;

  const MetricsConfig metrics_;
  const LimitsConfig limits_;
  const ClustersNow clusters_;
  std::vector<std::pair<std::string, std::string>> subject_clusters_;  // pattern, cluster
  MetricNames names_;
  MetricTallyBuilder tally_;
  storage::metrics::SampleBatch batch_;
  std::uint64_t batch_number_ = 0;  // of marks
  storage::LogClock clock_;
  std::int64_t log_time_ = 0;  // of the message, by the broker
  std::size_t usual_samples_ = 0;
};

// The parts of "PATTERN=CLUSTER"; empty ones when it is none.
std::pair<std::string, std::string> split_subject_cluster(std::string_view text);

}  // namespace jobledger::ingest
