// SPDX-License-Identifier: MIT
#include "storage/metric_reader.h"

#include "storage/metrics/head_edit.h"
#include "storage/window_merge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace jobledger::storage {
namespace {

using metrics::EvenTicks;
using metrics::Grid;
using metrics::HostTicks;
using metrics::StringId;
using metrics::Summary;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

void add(Summary& to, const Summary& more) {
  if (more.count == 0) return;
  to.min = to.count == 0 ? more.min : std::min(to.min, more.min);
  to.max = to.count == 0 ? more.max : std::max(to.max, more.max);
  to.sum += more.sum;
  to.count += more.count;
  to.samples += more.samples;
}

std::int64_t instant_of(const Grid& grid, std::int64_t slot) {
  return slot * grid.timestep + grid.timestep / 2 + grid.shift;
}

std::size_t point_of(const TimeRange& range, std::int64_t instant) {
  return static_cast<std::size_t>((instant - range.from) / range.timestep);
}

// Which values of a grid lie in the range: [first, end).
std::pair<std::size_t, std::size_t> part_in(const TimeRange& range, const Grid& grid) {
  const std::int64_t first = instant_of(grid, grid.first_slot), step = grid.timestep;
  const auto slots = std::int64_t{grid.slots};
  const auto index_from = [&](std::int64_t time) {  // of the first instant at or after it
    if (time <= first) return std::int64_t{0};
    return std::min((time - first + step - 1) / step, slots);
  };
  return {static_cast<std::size_t>(index_from(range.from)),
          static_cast<std::size_t>(index_from(range.to))};
}

// Whether all instants of a window lie in the range, by its key alone.
bool is_inside(const TimeRange& range, const BlockKey& key) {
  return key.start >= range.from && key.start + metrics::kWindowSlots * key.timestep < range.to;
}

// Puts the part of `values` that lies in the range to its points.
void place(const TimeRange& range, const Grid& grid, std::span<const float> values,
           std::vector<float>& points) {
  if (points.empty()) points.assign(range.points(), kMissing);
  const auto [first, end] = part_in(range, grid);
  for (std::size_t i = first; i < end; ++i) {
    if (std::isnan(values[i])) continue;
    const std::int64_t slot = grid.first_slot + static_cast<std::int64_t>(i);
    points[point_of(range, instant_of(grid, slot))] = values[i];
  }
}

// Roll-ups keep how many samples there were, not of which slots.
double samples_per_value(const Summary& summary) {
  return summary.count == 0 ? 0 : static_cast<double>(summary.samples) / summary.count;
}

// Roll-ups of one scope while they are put together.
class RollupSum {
 public:
  RollupSum(const TimeRange& range, bool values) : range_(range), values_(values) {}

  // `inside`: all of it is in the range.
  void add(metrics::RollupSeries series, const Grid& grid, bool inside) {
    MeasuredSeries& to = series_[series.index];
    to.scope = series.scope;
    to.index = series.index;
    to.elements = std::max(to.elements, series.elements);
    if (values_) place(range_, grid, series.values, to.values);
    if (!inside) {
      const auto [first, end] = part_in(range_, grid);
      const auto part = std::span<const float>(series.values).subspan(first, end - first);
      series.summary = metrics::summarize(part, samples_per_value(series.summary));
    }
    storage::add(to.summary, series.summary);
  }

  void add(const metrics::MetricMatrix& matrix, const metrics::RollupPlan& plan,
           schema::MetricScope scope) {
    for (const metrics::RollupPlan::Series& series : plan.series) {
      if (series.scope != scope) continue;
      add(metrics::aggregate(matrix, series, plan.aggregation), matrix.grid, false);
    }
  }

  std::vector<MeasuredSeries> take() {
    std::vector<MeasuredSeries> out;
    for (auto& [index, series] : series_) {
      if (series.summary.count > 0) out.push_back(std::move(series));
    }
    return out;
  }

 private:
  const TimeRange& range_;
  const bool values_;
  std::map<std::uint32_t, MeasuredSeries> series_;  // by index
};

}  // namespace

struct MetricReader::Names {
  StringId cluster = 0, host = 0, metric = 0;
  std::span<const std::uint32_t> entries;
  std::int64_t reach = 0;  // how long before the range a window may begin that reaches into it

  BlockKey first_key(BlockKind kind, const TimeRange& range) const {
    return {kind, cluster, host, metric, range.from - reach, 0};
  }
};

MetricReader::MetricReader(const Snapshot& snapshot, std::shared_ptr<metrics::PlanBook> plans,
                           const TimeRange& range, BlockReader blocks)
    : snapshot_(&snapshot), range_(range), blocks_(std::move(blocks)), plans_(std::move(plans)) {}

Result<MetricReader> MetricReader::open(const Snapshot& snapshot, const schema::Clusters& clusters,
                                        const TimeRange& range) {
  return open(snapshot,
              std::make_shared<metrics::PlanBook>(snapshot.jobs().dictionaries(), clusters), range);
}

Result<MetricReader> MetricReader::open(const Snapshot& snapshot,
                                        std::shared_ptr<metrics::PlanBook> plans,
                                        const TimeRange& range) {
  const std::int64_t longest = std::max(range.timestep, snapshot.metric_head().longest_timestep);
  const std::int64_t before = (metrics::kWindowSlots + 1) * longest;
  TRY(BlockReader blocks, BlockReader::open(snapshot, range.from - before, range.to));
  return MetricReader(snapshot, std::move(plans), range, std::move(blocks));
}

Result<MetricReader*> MetricReaders::of(std::int32_t timestep) {
  const auto known = readers_.find(timestep);
  if (known != readers_.end()) return &known->second;
  TRY(MetricReader opened, MetricReader::open(snapshot_, plans_, {from_, to_, timestep}));
  return &readers_.emplace(timestep, std::move(opened)).first->second;
}

std::uint64_t MetricReaders::unreadable() const {
  std::uint64_t sum = 0;
  for (const auto& [timestep, reader] : readers_) sum += reader.unreadable();
  return sum;
}

std::optional<MetricReader::Names> MetricReader::find_names(const Host& host,
                                                            std::string_view metric) const {
  const auto& dictionaries = snapshot_->jobs().dictionaries();
  const auto cluster = dictionaries.find(jobs::Dictionary::cluster, host.cluster);
  const auto name = dictionaries.find(jobs::Dictionary::host, host.hostname);
  const auto number = dictionaries.find(jobs::Dictionary::metric, metric);
  if (!cluster || !name || !number) return std::nullopt;
  Names names{*cluster, *name, *number, snapshot_->metric_head().find(*cluster, *name), 0};
  // The blocks of a host that the head has forgotten are there until their day is dropped.
  if (names.entries.empty()) {
    names.reach = (metrics::kWindowSlots + 1) * snapshot_->metric_head().longest_timestep;
  }
  for (const std::uint32_t entry : names.entries) {
    const std::int64_t timestep = snapshot_->metric_head().hosts[entry]->key.timestep;
    names.reach = std::max(names.reach, (metrics::kWindowSlots + 1) * timestep);
  }
  return names;
}

template <class Visit>
void MetricReader::visit_head(const Names& names, Visit visit) const {
  for (const std::uint32_t number : names.entries) {
    const HostTicks& host = *snapshot_->metric_head().hosts[number];
    auto at = host.first_from(host.slot_of(range_.from) - 1);
    const auto end = host.first_from(host.slot_of(range_.to) + 1);
    while (at != end) {
      // A stretch: ticks of one window, all of them late or none.
      const std::int64_t window = host.window_of((*at)->slot);
      const bool late = (*at)->slot < host.sealed_end;
      auto last = at;
      while (last != end && (*last)->slot < window + metrics::kWindowSlots &&
             ((*last)->slot < host.sealed_end) == late) {
        ++last;
      }
      const EvenTicks even = metrics::make_even({at, last});
      if (const auto* range = even.layout->find(names.metric)) {
        const auto metric = static_cast<std::size_t>(range - even.layout->metrics.data());
        visit(even, metric, metrics::collect(host, even, metric, {window, metrics::kWindowSlots}),
              late);
      }
      at = last;
    }
  }
}

std::vector<MeasuredSeries> MetricReader::read_rollups(const Host& host, std::string_view metric,
                                                       schema::MetricScope scope, bool values) {
  const auto names = find_names(host, metric);
  if (!names) return {};
  RollupSum sum(range_, values);
  metrics::RollupPlans& plans = plans_->of(host.cluster, host.hostname);
  // Windows to which samples came after they were sealed, or that were sealed by another mapping:
  // their roll-ups are made anew.
  std::map<std::pair<std::int64_t, std::int32_t>, metrics::MetricMatrix> anew;
  visit_head(*names, [&](const EvenTicks& even, std::size_t place, metrics::MetricMatrix matrix,
                         bool late) {
    if (late) {
      const Grid& grid = matrix.grid;
      anew[{grid.first_slot * grid.timestep, grid.timestep}] = std::move(matrix);
    } else {
      sum.add(matrix, plans.of(*even.layout, place), scope);
    }
  });
  const std::uint32_t mapping = plans.mapping(names->metric);
  const auto visit = [&](const BlockKey& key, std::string_view bytes) -> Result<void> {
    if (anew.contains({key.start, key.timestep})) return {};
    const bool inside = is_inside(range_, key);
    TRY(metrics::RollupBlock block,
        metrics::decode_rollup_block(bytes, {scope, values || !inside}));
    if (block.mapping != 0 && block.mapping != mapping) {
      anew[{key.start, key.timestep}].grid = block.grid;
      return {};
    }
    for (metrics::RollupSeries& series : block.series) {
      if (series.scope == scope) sum.add(std::move(series), block.grid, inside);
    }
    return {};
  };
  blocks_.visit(names->first_key(BlockKind::rollup, range_), range_.to, visit);
  for (auto& [window, matrix] : anew) {
    const BlockKey key{BlockKind::rollup, names->cluster, names->host,
                       names->metric,     window.first,   window.second};
    merge_blocks(matrix, key, blocks_, snapshot_->jobs().dictionaries());
    sum.add(matrix, plans.make(names->metric, matrix.elements), scope);
  }
  return sum.take();
}

// Elements by their numbers, while their series are put together.
struct MetricReader::Elements {
  std::vector<StringId> wanted;  // ascending; empty: all
  std::map<StringId, std::vector<float>> points;

  bool wants(StringId element) const {
    return wanted.empty() || std::binary_search(wanted.begin(), wanted.end(), element);
  }
};

// What roll-up blocks hold as it was measured.
void MetricReader::add_measured(const Names& names, Elements& elements) {
  const auto& dictionaries = snapshot_->jobs().dictionaries();
  for (const schema::MetricScope scope : metrics::kRollupScopes) {
    const auto visit = [&](const BlockKey&, std::string_view bytes) -> Result<void> {
      TRY(const metrics::RollupBlock block, metrics::decode_rollup_block(bytes, {scope, true}));
      for (const metrics::RollupSeries& series : block.series) {
        const auto text = metrics::measured_element(series);
        const auto element =
            text ? dictionaries.find(jobs::Dictionary::element, *text) : std::nullopt;
        if (!element || series.scope != scope || !elements.wants(*element)) continue;
        place(range_, block.grid, series.values, elements.points[*element]);
      }
      return {};
    };
    blocks_.visit(names.first_key(BlockKind::rollup, range_), range_.to, visit);
  }
}

std::vector<MeasuredSeries> MetricReader::read_elements(
    const Host& host, std::string_view metric, std::span<const metrics::ElementName> wanted) {
  const auto names = find_names(host, metric);
  if (!names) return {};
  const auto& dictionaries = snapshot_->jobs().dictionaries();
  Elements elements;
  for (const metrics::ElementName& name : wanted) {
    const auto number = dictionaries.find(jobs::Dictionary::element, metrics::element_text(name));
    if (number) elements.wanted.push_back(*number);
  }
  if (!wanted.empty() && elements.wanted.empty()) return {};
  std::sort(elements.wanted.begin(), elements.wanted.end());
  add_measured(*names, elements);
  const auto visit = [&](const BlockKey&, std::string_view bytes) -> Result<void> {
    TRY(const metrics::RawBlock block, metrics::decode_raw_block(bytes, elements.wanted));
    for (std::size_t e = 0; e < block.elements.size(); ++e) {
      place(range_, block.grid, block.column(e), elements.points[block.elements[e]]);
    }
    return {};
  };
  blocks_.visit(names->first_key(BlockKind::raw, range_), range_.to, visit);
  visit_head(*names, [&](const EvenTicks&, std::size_t, const metrics::MetricMatrix& matrix, bool) {
    for (std::size_t e = 0; e < matrix.elements.size(); ++e) {
      if (!elements.wants(matrix.elements[e])) continue;
      place(range_, matrix.grid, matrix.column(e), elements.points[matrix.elements[e]]);
    }
  });
  std::vector<MeasuredSeries> out;
  for (auto& [element, points] : elements.points) {
    MeasuredSeries& series = out.emplace_back();
    series.element =
        metrics::parse_element_text(dictionaries.text(jobs::Dictionary::element, element));
    series.summary = metrics::summarize(points, 1);
    series.values = std::move(points);
    if (series.summary.count == 0) out.pop_back();
  }
  return out;
}

}  // namespace jobledger::storage
