// SPDX-License-Identifier: MIT
// Two bytes say how many slots, then comes a column: refused, or values that are written and read
// as the same. The common mask misses every third slot.
#include "base/log.h"
#include "storage/metrics/column_codec.h"
#include "test/fuzz/target.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::storage;
using namespace jobledger::storage::metrics;

namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

void check_same(const std::vector<float>& left, const std::vector<float>& right) {
  for (std::size_t i = 0; i < left.size(); ++i) {
    const bool same = std::memcmp(&left[i], &right[i], sizeof(float)) == 0 ||
                      (std::isnan(left[i]) && std::isnan(right[i]));
    CHECK(same, "slot {} changed from {} to {}", i, left[i], right[i]);
  }
}

}  // namespace

FUZZ_TARGET(metric_column) {
  if (size < 2) return 0;
  const std::size_t slots = (data[0] + std::size_t{256} * data[1]) % kMaxColumnValues + 1;
  std::vector<float> values(slots, 1), again(slots);
  for (std::size_t i = 0; i < slots; i += 3) values[i] = kNone;
  const SlotMask common = SlotMask::of(values);
  ByteReader in(text_of(data, size).substr(2));
  decode_column(in, values, &common);
  if (in.failed()) {
    for (const float value : values) CHECK(std::isnan(value), "a value out of broken bytes");
    return 0;
  }
  std::string bytes, again_bytes;
  encode_column(bytes, values, &common);
  ByteReader written(bytes);
  decode_column(written, again, &common);
  CHECK(written.complete(), "what was written cannot be read");
  check_same(values, again);
  encode_column(again_bytes, again, &common);
  CHECK(bytes == again_bytes, "reading and writing changes the column");
  return 0;
}
