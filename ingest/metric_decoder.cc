// SPDX-License-Identifier: MIT
#include "ingest/metric_decoder.h"

#include "ingest/subject.h"

#include <algorithm>

namespace jobledger::ingest {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// The place of a name in a table of the batch, where it is put when it comes first.
template <class Table, class Make>
std::uint32_t place_in(Table& table, Mark& mark, std::uint64_t batch, Make make) {
  if (mark.batch != batch) {
    mark = {batch, static_cast<std::uint32_t>(table.size())};
    table.push_back(make());
  }
  return mark.place;
}

}  // namespace

std::pair<std::string, std::string> split_subject_cluster(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals + 1 == text.size()) return {};
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

MetricDecoder::MetricDecoder(MetricsConfig metrics, const LimitsConfig& limits,
                             ClustersNow clusters)
    : metrics_(std::move(metrics)),
      limits_(limits),
      clusters_(std::move(clusters)),
      names_({limits.max_name_bytes, limits.max_name_memory_bytes}),
      tally_({limits.max_unmatched_names, limits.max_example_bytes}) {
  for (const std::string& text : metrics_.subject_clusters) {
    subject_clusters_.push_back(split_subject_cluster(text));
  }
}

MetricBatch MetricDecoder::decode(const std::vector<RawMessage>& messages) {
  names_.begin_batch(clusters_());
  ++batch_number_;
  batch_.samples.reserve(usual_samples_);
  for (const RawMessage& message : messages) decode_message(message);
  MetricBatch decoded;
  usual_samples_ = batch_.samples.size();
  decoded.samples = std::exchange(batch_, {});
  decoded.tally = tally_.take();
  decoded.tally.samples = decoded.samples.samples.size();
  decoded.clock = clock_;
  decoded.names = names_.holder();
  return decoded;
}

void MetricDecoder::decode_message(const RawMessage& message) {
  ++tally_.counts.messages;
  tally_.counts.bytes += message.payload.size();
  log_time_ = message.time / kNanosecondsPerSecond;
  clock_.take(log_time_);
  batch_.log_time = std::max(batch_.log_time, clock_.time);
  if (!subject_covered(message.subject, metrics_.subjects)) return;
  if (message.payload.size() > limits_.max_message_bytes) {
    tally_.refuse(Refusal::too_large, message.payload, log_time_);
    return;
  }
  names_.begin_message(default_cluster(message.subject));
  MetricReader reader(message.payload);
  MetricLine line;
  while (reader.next(line)) {
    ++tally_.counts.lines;
    if (line.kind == LineKind::sample) {
      decode_sample(line, reader);
    } else if (line.kind == LineKind::unusable) {
      refuse(line.refusal, line);
    } else {
      ++tally_.counts.skipped[static_cast<std::size_t>(line.kind)];
    }
  }
}

std::string_view MetricDecoder::default_cluster(std::string_view subject) const {
  for (const auto& [pattern, cluster] : subject_clusters_) {
    if (subject_matches(pattern, subject)) return cluster;
  }
  return metrics_.cluster;
}

void MetricDecoder::refuse(Refusal refusal, const MetricLine& line) {
  const bool words = refusal == Refusal::syntax;
  tally_.refuse(refusal, line.text, log_time_, words ? to_string(line.error) : std::string_view());
}

void MetricDecoder::count_unmatched(UnmatchedKind kind, Mark& mark, const NamedHost& host,
                                    const MetricLine& line, std::string_view name) {
  if (mark.batch != batch_number_) {
    const bool of_cluster = kind != UnmatchedKind::cluster;
    mark = {batch_number_,
            tally_.add_name(kind, of_cluster ? host.cluster : std::string_view(), name)};
  }
  tally_.count(kind, mark.place, line.text, log_time_);
}

// Whose sample it is; null members when the line turns out to be malformed.
MetricNames::Subject MetricDecoder::understand(const MetricLine& line, MetricReader& reader) {
  const MetricNames::Subject known = names_.find(line.tags);
  if (known.host != nullptr) return known;
  const Line& tokens = reader.tokens();
  if (tokens.error == LineError::none) return names_.learn(tokens);
  MetricLine malformed = line;
  malformed.error = tokens.error;
  refuse(Refusal::syntax, malformed);
  return {};
}

void MetricDecoder::decode_sample(const MetricLine& line, MetricReader& reader) {
  const MetricNames::Subject subject = understand(line, reader);
  if (subject.host == nullptr) return;
  NamedHost& host = *subject.host;
  if (line.other_fields) ++tally_.counts.other_fields;
  if (host.refusal != Refusal::none) return refuse(host.refusal, line);
  if (host.metrics == nullptr) {
    return count_unmatched(UnmatchedKind::cluster, host.unmatched, host, line, host.cluster);
  }
  if (subject.element->refusal != Refusal::none) return refuse(subject.element->refusal, line);
  keep_sample(line, host, *subject.element);
}

// Beside the time of the message or, where only the message says that, of the log.
bool MetricDecoder::is_timely(std::int64_t time) const {
  const auto fits = [&](std::int64_t now) {
    return time >= now - metrics_.late.max_late.count() &&
           time <= now + metrics_.late.max_future.count();
  };
  return fits(log_time_) || (log_time_ > clock_.time && fits(clock_.time));
}

void MetricDecoder::keep_sample(const MetricLine& line, NamedHost& host, NamedElement& element) {
  NamedMetric& metric = names_.metric(*host.metrics, line.measurement);
  if (metric.timestep == 0) {
    return count_unmatched(UnmatchedKind::metric, metric.unmatched, host, line, metric.name);
  }
  const std::int64_t time = line.has_timestamp ? to_seconds(line.timestamp) : log_time_;
  if (time <= 0 || !is_timely(time)) {
    const bool late = time < log_time_;
    count_unmatched(UnmatchedKind::clock, host.clock, host, line, host.hostname);
    return refuse(late ? Refusal::late : Refusal::future, line);
  }
  if (host.stranger) {
    count_unmatched(UnmatchedKind::host, host.unmatched, host, line, host.hostname);
  }
  storage::metrics::SampleBatch::Sample sample;
  sample.metric = place_in(batch_.metrics, metric.listed, batch_number_, [&] {
    return storage::metrics::SampleBatch::Metric{metric.cluster, metric.name, metric.timestep};
  });
  sample.host = place_in(batch_.hosts, host.listed, batch_number_, [&] {
    return storage::metrics::SampleBatch::Host{host.cluster, host.hostname, !host.stranger};
  });
  sample.element =
      place_in(batch_.elements, element.listed, batch_number_, [&] { return element.name; });
  sample.value = line.value;
  sample.time = time;
  batch_.samples.push_back(sample);
}

}  // namespace jobledger::ingest
