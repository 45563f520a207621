// SPDX-License-Identifier: MIT
// A load generator for one request over keep-alive connections, on the calling thread: each client
// sends, reads the whole answer, and sends again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace jobledger::bench {

struct LoadResult {
  double requests_per_second = 0;
  double median_ms = 0, p99_ms = 0;  // of one request
  double server_cpu_us = 0;          // of all threads but the caller's, for one request
  std::size_t answer_bytes = 0;      // of the last answer's body
};

// Ends the program when an answer is not 200, or holds GraphQL errors.
LoadResult run_load(std::uint16_t port, const std::string& request, std::size_t clients,
                    std::chrono::milliseconds duration);

}  // namespace jobledger::bench
