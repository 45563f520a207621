// SPDX-License-Identifier: MIT
#include "storage/metric_seal.h"

#include "base/log.h"
#include "storage/block_reader.h"
#include "storage/metrics/block_codec.h"
#include "storage/metrics/rollup.h"
#include "storage/window_merge.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace jobledger::storage {
namespace {

using metrics::HostTicks;
using metrics::MetricMatrix;
using metrics::RollupPlan;
using metrics::RollupPlans;
using metrics::StringId;

constexpr auto kSlots = static_cast<std::uint32_t>(metrics::kWindowSlots);

class Sealer {
 public:
  Sealer(const Snapshot& snapshot, metrics::PlanBook& plans, const HostTicks& host,
         Unreadable unreadable)
      : snapshot_(snapshot),
        unreadable_(unreadable),
        dictionaries_(snapshot.jobs().dictionaries()),
        host_(host),
        plans_(plans.of(dictionaries_.text(jobs::Dictionary::cluster, host.key.cluster),
                        dictionaries_.text(jobs::Dictionary::host, host.key.host))) {}

  Result<void> seal(std::span<const metrics::TickPtr> ticks, std::int64_t first,
                    std::vector<SealedBlock>& blocks);

 private:
  BlockKey key_of(StringId metric, std::int64_t first) const {
    return {BlockKind::rollup,          host_.key.cluster, host_.key.host, metric,
            first * host_.key.timestep, host_.key.timestep};
  }
  struct Window {
    StringId metric = 0;
    MetricMatrix matrix;
    MergedWindow merged;
  };
  void encode(Window window, const RollupPlan& plan, std::vector<SealedBlock>& blocks) const;

  const Snapshot& snapshot_;
  const Unreadable unreadable_;
  const jobs::Dictionaries& dictionaries_;
  const HostTicks& host_;
  RollupPlans& plans_;
};

Result<void> Sealer::seal(std::span<const metrics::TickPtr> ticks, std::int64_t first,
                          std::vector<SealedBlock>& blocks) {
  const metrics::EvenTicks even = metrics::make_even(ticks);
  std::optional<BlockReader> old;
  if (first < host_.sealed_end) {
    const std::int64_t start = first * host_.key.timestep;
    TRY(BlockReader reader, BlockReader::open(snapshot_, start, start + 1));
    old.emplace(std::move(reader));
  }
  for (std::size_t m = 0; m < even.layout->metrics.size(); ++m) {
    const StringId metric = even.layout->metrics[m].metric;
    Window window{metric, metrics::collect(host_, even, m, {first, kSlots}), {}};
    MetricMatrix& matrix = window.matrix;
    if (std::all_of(matrix.values.begin(), matrix.values.end(),
                    [](float value) { return std::isnan(value); })) {
      continue;
    }
    if (old) window.merged = merge_blocks(matrix, key_of(metric, first), *old, dictionaries_);
    if (old && old->failure() != nullptr && unreadable_ == Unreadable::may_come_back) {
      return *old->failure();
    }
    if (window.merged.found) {
      const RollupPlan plan = plans_.make(metric, matrix.elements);
      encode(std::move(window), plan, blocks);
    } else {
      encode(std::move(window), plans_.of(*even.layout, m), blocks);
    }
  }
  if (old && old->unreadable() > 0) {
    LOG(error, "storage", "damaged metric blocks are written anew from what is left host={}",
        dictionaries_.text(jobs::Dictionary::host, host_.key.host));
  }
  return {};
}

void Sealer::encode(Window window, const RollupPlan& plan, std::vector<SealedBlock>& blocks) const {
  const MetricMatrix& matrix = window.matrix;
  BlockKey key = key_of(window.metric, matrix.grid.first_slot);
  const std::int64_t period = period_of(key.start);
  metrics::RollupBlock rollup{matrix.grid, {}, plan.mapping};
  for (const RollupPlan::Series& series : plan.series) {
    rollup.series.push_back(metrics::aggregate(matrix, series, plan.aggregation));
  }
  // With raw elements now, there was a raw block then: it was not found.
  const std::uint32_t before = window.merged.mapping;
  if (!plan.raw.empty() && (before == 0 || before == plan.mapping))
    restore_orphans(rollup, std::move(window.merged.orphans));
  if (!rollup.series.empty()) {
    SealedBlock& block = blocks.emplace_back(SealedBlock{period, block_key(key), {}});
    metrics::encode_rollup_block(block.value, rollup);
  }
  if (plan.raw.empty()) return;
  metrics::RawBlock raw{matrix.grid, {}, {}};
  for (const std::uint32_t place : plan.raw) {
    raw.elements.push_back(matrix.elements[place]);
    const auto column = matrix.column(place);
    raw.values.insert(raw.values.end(), column.begin(), column.end());
  }
  key.kind = BlockKind::raw;
  SealedBlock& block = blocks.emplace_back(SealedBlock{period, block_key(key), {}});
  metrics::encode_raw_block(block.value, raw);
}

}  // namespace

Result<SealedWindows> seal_windows(const Snapshot& snapshot, metrics::PlanBook& plans,
                                   const HostTicks& host, std::int64_t end, Unreadable unreadable) {
  SealedWindows sealed;
  sealed.host = {host.number, end, {host.ticks.begin(), host.first_from(end)}};
  Sealer sealer(snapshot, plans, host, unreadable);
  const std::span<const metrics::TickPtr> ticks = sealed.host.ticks;
  for (std::size_t from = 0; from < ticks.size();) {
    const std::int64_t first = host.window_of(ticks[from]->slot);
    std::size_t to = from;
    while (to < ticks.size() && ticks[to]->slot < first + metrics::kWindowSlots) ++to;
    TRY(sealer.seal(ticks.subspan(from, to - from), first, sealed.blocks));
    from = to;
  }
  return sealed;
}

}  // namespace jobledger::storage
