// SPDX-License-Identifier: MIT
// The bytes of one series over one window of the grid: lossless at single precision, made for what
// monitoring delivers (decimal values with few digits, counters, constants, noisy quotients, gaps).
// The format stands in docs/formats.md, "Metric columns".
//
// Values become whole numbers: decimals by a power of ten where that is exact for all of a column,
// else the bits of the floats, which as numbers sort like the values. What remains after taking out
// a base, or the value before, is packed in as few bits as most of them need (frame.h). Counters
// and slow walks gain from the value before; noise, of which most columns are made, does not: its
// mantissas have no pattern, and the width of the noise is what it costs.
//
// Executor: any thread, no state. Failure: hostile bytes set the reader to failed and give missing
// samples; they never read or write beyond `values`.
#pragma once

#include "storage/bytes.h"
#include "storage/metrics/slot_mask.h"  // kMaxColumnValues

#include <span>
#include <string>

namespace jobledger::storage::metrics {

// Appends. NaN is a missing sample (every NaN is the same); all else comes back bit by bit, also
// -0, denormals and infinities. `values` has 1 to kMaxColumnValues. Works in constant memory.
// `common`: slots that neighbours have values in; a column that has the same does not repeat them.
void encode_column(std::string& out, std::span<const float> values,
                   const SlotMask* common = nullptr);

// Reads one column of exactly values.size() samples; `common` as when it was written.
void decode_column(ByteReader& in, std::span<float> values, const SlotMask* common = nullptr);

}  // namespace jobledger::storage::metrics
