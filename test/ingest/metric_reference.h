// SPDX-License-Identifier: MIT
// Metric lines understood the plain way: byte by byte, with nothing remembered from line to line.
// What it says of a message is what MetricDecoder must say.
#pragma once

#include "ingest/config.h"
#include "ingest/metric_decoder.h"
#include "schema/cluster.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

struct Understood {
  std::vector<std::string> samples;  // "big/n01/hwthread.3//cpu_load@60 1.5 1700000000", in order
  // "lines", "refused late", "unmatched metric big/x", "skipped event", "other fields"
  std::map<std::string, std::uint64_t> counts;

  bool operator==(const Understood&) const = default;
};

// `time`: log time of the message, epoch seconds.
void understand_plainly(std::string_view message, std::int64_t time, const MetricsConfig& config,
                        const schema::Clusters& clusters, Understood& sum);

Understood show_batch(const MetricBatch& batch);

}  // namespace jobledger::ingest
