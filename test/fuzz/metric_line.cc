// SPDX-License-Identifier: MIT
// Any message becomes samples and counts: each line in one place, what is typical like what is not.
#include "base/log.h"
#include "ingest/metric_decoder.h"
#include "schema/cluster.h"
#include "test/fuzz/target.h"

#include <bit>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::ingest;

namespace {

constexpr std::int64_t kTime = 1'700'000'000;

std::shared_ptr<const schema::Clusters> make_clusters() {
  schema::Cluster cluster;
  cluster.name = "big";
  for (const char* name : {"cpu_load", "mem used", "x"}) {
    schema::MetricConfig metric;
    metric.name = name;
    metric.timestep = 60;
    cluster.metric_config.push_back(metric);
  }
  std::vector<schema::Cluster> list;
  list.push_back(std::move(cluster));
  return std::make_shared<const schema::Clusters>(std::move(list));
}

MetricDecoder make_decoder() {
  MetricsConfig config;
  config.cluster = "big";
  LimitsConfig limits;
  limits.max_name_memory_bytes = 64u << 10;
  return MetricDecoder(config, limits, [clusters = make_clusters()] { return clusters; });
}

void check_batch(const MetricBatch& batch) {
  const auto& samples = batch.samples;
  std::uint64_t lines = samples.samples.size();
  for (const std::uint64_t skipped : batch.tally.skipped) lines += skipped;
  for (const NameCount& refused : batch.tally.refused) lines += refused.count;
  lines += batch.tally.unmatched_count(UnmatchedKind::metric);
  lines += batch.tally.unmatched_count(UnmatchedKind::cluster);
  CHECK(lines == batch.tally.lines, "a line is in no place, or in two");
  for (const auto& sample : samples.samples) {
    CHECK(sample.metric < samples.metrics.size() && sample.host < samples.hosts.size() &&
              sample.element < samples.elements.size(),
          "a place outside of its table");
    CHECK(std::isfinite(sample.value) && sample.time > 0, "a value or a time that is none");
  }
}

// Reads the lines alone with the tokenizer, and compares what both took for a sample.
void check_lines(std::string_view message) {
  MetricReader reader(message);
  LineReader tokenizer(message);
  MetricLine line;
  Line tokens;
  while (reader.next(line)) {
    CHECK(tokenizer.next(tokens), "a line too many");
    CHECK(tokens.text.data() == line.text.data(), "another line");
    if (line.kind != LineKind::sample || tokens.error != LineError::none) continue;
    CHECK(tokens.text == line.text, "another end of the line");
    CHECK(tokens.measurement.raw == line.measurement, "another measurement");
    const LineField* value = tokens.find_field("value");
    CHECK(value != nullptr && std::bit_cast<std::uint32_t>(static_cast<float>(value->real)) ==
                                  std::bit_cast<std::uint32_t>(line.value),
          "another value");
    CHECK(tokens.timestamp.has_value() == line.has_timestamp &&
              tokens.timestamp.value_or(0) == (line.has_timestamp ? line.timestamp : 0),
          "another time");
  }
  CHECK(!tokenizer.next(tokens), "a line too few");
}

}  // namespace

FUZZ_TARGET(metric_line) {
  static MetricDecoder decoder = make_decoder();
  const std::string_view message = text_of(data, size);
  check_lines(message);
  const std::vector<RawMessage> messages = {{1, kTime * 1'000'000'000, "hpc-nats", message},
                                            {2, kTime * 1'000'000'000, "hpc-nats", message}};
  check_batch(decoder.decode(messages));
  return 0;
}
