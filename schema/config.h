// SPDX-License-Identifier: MIT
// Limits on what is read from untrusted hands, and how series are reduced for display.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace jobledger::schema {

struct JsonLimits {
  // Bytes of one document, 1 KiB to 4 GiB: the last bound, as whoever reads has a setting of its
  // own that is not above it (messages of the log, meta.json, cluster.json, request bodies).
  std::size_t max_bytes = 64u << 20;
  // Levels of objects and lists, 8 to 1024. The deepest known record has 6.
  std::size_t max_depth = 32;
  // Bytes of buffers that a reader keeps for the next document, at least 4 KiB. Memory use is
  // about twelve times this, per thread that parses.
  std::size_t keep_bytes = 1u << 20;
};

// For data.json: 64 nodes with 30 metrics at one sample a minute for two days have 50 MB.
constexpr JsonLimits kMetricDataLimits{.max_bytes = 256u << 20};

struct NodeListLimits {
  // Names of one list, 1 to 2^32.
  std::uint64_t max_names = 1u << 20;
  // Bytes of one name, 1 to 255 (what DNS allows).
  std::size_t max_name_bytes = 255;
};

// How a series becomes shorter (schema/resample.h says what each one does).
enum class ResampleAlgorithm : std::uint8_t { lttb, min_max };

struct ResampleConfig {
  ResampleAlgorithm algorithm = ResampleAlgorithm::lttb;
  // Shorter series are delivered as they are. 0 to 2^32 - 1 samples.
  std::uint32_t minimum_points = 1000;
  // Time steps that clients choose from, in seconds, 1 or more each. The largest is what a client
  // gets that names none; with an empty list that is the step of the samples.
  std::vector<std::int32_t> resolutions;
};

}  // namespace jobledger::schema
