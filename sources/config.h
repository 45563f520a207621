// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::sources {

enum class SourceKind : std::uint8_t { cc_metric_store, influxdb };
std::string_view to_string(SourceKind kind);  // "cc-metric-store", "influxdb"
std::optional<SourceKind> parse_source_kind(std::string_view text);

// A metric store of somebody else.
struct ExternalConfig {
  std::string scope;  // whose samples are there: "cluster-subcluster", "cluster" or "*"
  SourceKind kind = SourceKind::cc_metric_store;
  std::string url;                   // "http://host:8082", "https://host/path"
  std::filesystem::path token_file;  // its first line is the token; empty: none is sent
  std::filesystem::path ca_file;     // PEM, who may sign the certificate; empty: the system's
  std::string org, bucket;           // InfluxDB only, and needed there

  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds timeout{10'000};  // of one request, from its beginning to its end
  std::size_t max_answer_bytes = 32u << 20;   // of one request, unpacked; requests are cut to fit
  std::size_t max_queries = 1'000;            // cc-metric-store: in one request
  std::size_t workers = 4;                    // threads that send its requests, >= 1
  std::size_t max_readers = 16;               // questions to it at a time; more are refused
  // After so many failures in a row it is left alone for a pause, which doubles up to pause_max.
  std::size_t max_failures = 3;
  std::chrono::milliseconds pause{10'000}, pause_max{300'000};
  // Samples in one answer of ours; beyond it a read is refused before anything is asked.
  std::uint64_t max_samples = 100'000'000;
};

struct Config {
  std::vector<ExternalConfig> external;
  // Between questions for the health of nodes whose samples they have.
  std::chrono::milliseconds health_interval{60'000};
};

}  // namespace jobledger::sources
