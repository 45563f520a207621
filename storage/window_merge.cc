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

// What was measured goes into the matrix, aggregates to the orphans: for now.
Result<void> fill_measured(MetricMatrix& matrix, MergedWindow& merged, std::string_view bytes,
                           const jobs::Dictionaries& dictionaries) {
  for (const schema::MetricScope scope : metrics::kRollupScopes) {
    TRY(metrics::RollupBlock block, metrics::decode_rollup_block(bytes, {scope, true}));
    merged.mapping = block.mapping;
    for (metrics::RollupSeries& series : block.series) {
      if (series.scope != scope) continue;
      const auto name = metrics::measured_element(series);
      const auto element =
          name ? dictionaries.find(jobs::Dictionary::element, *name) : std::nullopt;
      if (element) fill(matrix, *element, block.grid, series.values);
      if (!name && block.grid.slots == matrix.grid.slots)
        merged.orphans.push_back(std::move(series));
    }
  }
  return {};
}

}  // namespace

MergedWindow merge_blocks(MetricMatrix& matrix, const BlockKey& window, BlockReader& reader,
                          const jobs::Dictionaries& dictionaries) {
  MergedWindow merged;
  bool found_raw = false;
  const auto visit_rollup = [&](const BlockKey& at, std::string_view bytes) -> Result<void> {
    if (at.timestep != window.timestep) return {};
    merged.found = true;
    return fill_measured(matrix, merged, bytes, dictionaries);
  };
  const auto visit_raw = [&](const BlockKey& at, std::string_view bytes) -> Result<void> {
    if (at.timestep != window.timestep) return {};
    merged.found = true;
    TRY(const metrics::RawBlock block, metrics::decode_raw_block(bytes, {}));
    for (std::size_t e = 0; e < block.elements.size(); ++e) {
      fill(matrix, block.elements[e], block.grid, block.column(e));
    }
    found_raw = true;
    return {};
  };
  BlockKey key = window;
  key.kind = BlockKind::rollup;
  reader.visit(key, key.start + 1, visit_rollup);
  key.kind = BlockKind::raw;
  reader.visit(key, key.start + 1, visit_raw);
  if (found_raw) merged.orphans.clear();
  return merged;
}

void restore_orphans(metrics::RollupBlock& rollup, std::vector<metrics::RollupSeries> orphans) {
  for (metrics::RollupSeries& orphan : orphans) {
    const auto place = [](const metrics::RollupSeries& s) { return std::pair(s.scope, s.index); };
    const auto at = std::find_if(rollup.series.begin(), rollup.series.end(),
                                 [&](const auto& s) { return place(s) >= place(orphan); });
    if (at == rollup.series.end() || place(*at) != place(orphan)) {
      rollup.series.insert(at, std::move(orphan));
      continue;
    }
    if (at->elements == 0) continue;  // measured as it is: that counts more
    for (std::size_t i = 0; i < at->values.size(); ++i) {
      if (!std::isnan(orphan.values[i])) at->values[i] = orphan.values[i];
    }
    const auto samples = static_cast<double>(orphan.summary.samples);
    at->elements = std::max(at->elements, orphan.elements);
    at->summary =
        metrics::summarize(at->values, samples / std::max<double>(orphan.summary.count, 1));
  }
}

}  // namespace jobledger::storage
