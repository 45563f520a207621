// SPDX-License-Identifier: MIT
// Whatever bytes are read as a raw or a roll-up block: refused as corrupt, or written and read as
// the same, whole and in parts.
#include "base/log.h"
#include "storage/metrics/block_codec.h"
#include "test/fuzz/target.h"

#include <string>
#include <utility>

using namespace jobledger;
using namespace jobledger::storage::metrics;

namespace {

void check_raw(std::string_view input) {
  const auto block = decode_raw_block(input, {});
  if (!block) {
    CHECK(block.error().kind == ErrorKind::corrupt, "another error");
    return;
  }
  CHECK(block->values.size() <= kMaxBlockValues, "beyond the limit");
  std::string bytes, again_bytes;
  encode_raw_block(bytes, *block);
  const auto again = decode_raw_block(bytes, {});
  CHECK(again && again->grid == block->grid && again->elements == block->elements,
        "what was written reads otherwise");
  encode_raw_block(again_bytes, *again);
  CHECK(again_bytes == bytes, "reading and writing changes the block");
  if (block->elements.empty()) return;
  const auto part = decode_raw_block(input, std::span(block->elements).last(1));
  CHECK(part && part->elements.size() == 1 && part->values.size() == block->grid.slots,
        "the last element cannot be read alone");
}

// All scopes, or nothing.
Result<RollupBlock> decode_all(std::string_view bytes) {
  RollupBlock all;
  for (int scope = 0; scope < 6; ++scope) {
    TRY(auto part, decode_rollup_block(bytes, {static_cast<schema::MetricScope>(scope), true}));
    all.grid = part.grid;
    for (RollupSeries& series : part.series) all.series.push_back(std::move(series));
  }
  return all;
}

void check_rollup(std::string_view input) {
  const auto block = decode_all(input);
  if (!block) {
    CHECK(block.error().kind == ErrorKind::corrupt, "another error");
    return;
  }
  std::string bytes, again_bytes;
  encode_rollup_block(bytes, *block);
  const auto again = decode_all(bytes);
  CHECK(again && again->grid == block->grid && again->series.size() == block->series.size(),
        "what was written reads otherwise");
  encode_rollup_block(again_bytes, *again);
  CHECK(again_bytes == bytes, "reading and writing changes the block");
}

}  // namespace

FUZZ_TARGET(metric_block) {
  check_raw(text_of(data, size));
  check_rollup(text_of(data, size));
  return 0;
}
