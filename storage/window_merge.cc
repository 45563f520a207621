// SPDX-License-Identifier: MIT
#include "storage/window_merge.h"

#include "storage/metrics/block_codec.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace jobledger::storage {
namespace {

using metrics::Grid;
using metrics::MetricMatrix;
using metrics::StringId;

// Gaps of that element only.
void fill(MetricMatrix& matrix, StringId element, const Grid& grid, std::span<const float> values) {
  const std::uint32_t slots = matrix.grid.slots;
  const auto at = std::lower_bound(matrix.elements.begin(), matrix.elements.end(), element);
  const auto place = static_cast<std::size_t>(at - matrix.elements.begin());
  if (at == matrix.elements.end() || *at != element) {
    matrix.elements.insert(at, element);
    const auto begin = matrix.values.begin() + static_cast<std::ptrdiff_t>(place * slots);
    matrix.values.insert(begin, slots, std::numeric_limits<float>::quiet_NaN());
  }
  const std::span<float> column = matrix.column(place);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t slot =
        grid.first_slot + static_cast<std::int64_t>(i) - matrix.grid.first_slot;
    if (slot < 0 || slot >= slots) continue;
    float& value = column[static_cast<std::size_t>(slot)];
    if (std::isnan(value)) value = values[i];
  }
}

Result<void> fill_measured(MetricMatrix& matrix, std::string_view bytes, schema::MetricScope scope,
                           const jobs::Dictionaries& dictionaries) {
  TRY(const metrics::RollupBlock block, metrics::decode_rollup_block(bytes, {scope, true}));
  for (const metrics::RollupSeries& series : block.series) {
    const auto name = metrics::measured_element(series);
    if (series.scope != scope || !name) continue;
    const auto element = dictionaries.find(jobs::Dictionary::element, *name);
    if (element) fill(matrix, *element, block.grid, series.values);
  }
  return {};
}

}  // namespace

bool merge_blocks(MetricMatrix& matrix, const BlockKey& window, BlockReader& reader,
                  const jobs::Dictionaries& dictionaries) {
  bool found = false;
  const auto visit_rollup = [&](const BlockKey& at, std::string_view bytes) -> Result<void> {
    if (at.timestep != window.timestep) return {};
    found = true;
    for (const schema::MetricScope scope : metrics::kRollupScopes) {
      TRY(fill_measured(matrix, bytes, scope, dictionaries));
    }
    return {};
  };
  const auto visit_raw = [&](const BlockKey& at, std::string_view bytes) -> Result<void> {
    if (at.timestep != window.timestep) return {};
    found = true;
    TRY(const metrics::RawBlock block, metrics::decode_raw_block(bytes, {}));
    for (std::size_t e = 0; e < block.elements.size(); ++e) {
      fill(matrix, block.elements[e], block.grid, block.column(e));
    }
    return {};
  };
  BlockKey key = window;
  key.kind = BlockKind::rollup;
  reader.visit(key, key.start + 1, visit_rollup);
  key.kind = BlockKind::raw;
  reader.visit(key, key.start + 1, visit_raw);
  return found;
}

}  // namespace jobledger::storage
