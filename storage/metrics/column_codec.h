// SPDX-License-Identifier: MIT
// The bytes of one series over one window of the grid: lossless at single precision, made for what
// monitoring delivers (decimal values with few digits, counters, constants, noisy quotients, gaps).
// The format stands in docs/formats.md, "Metric columns".
//
// Executor: any thread, no state. Failure: hostile bytes set the reader to failed and give missing
// samples; they never read or write beyond `values`.
#pragma once

#include "storage/bytes.h"

#include <cstddef>
#include <span>
#include <string>

namespace jobledger::storage::metrics {

constexpr std::size_t kMaxColumnValues = 4096;

// Appends. NaN is a missing sample (every NaN is the same); all else comes back bit by bit, also
// -0, denormals and infinities. `values` has 1 to kMaxColumnValues. Works in constant memory.
void encode_column(std::string& out, std::span<const float> values);

// Reads one column of exactly values.size() samples.
void decode_column(ByteReader& in, std::span<float> values);

}  // namespace jobledger::storage::metrics
