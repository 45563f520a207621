// SPDX-License-Identifier: MIT
#include "archive/large_data.h"

#include "schema/metric_data_write.h"
#include "schema/node_synthesis.h"
#include "schema/series_statistics.h"
#include "sources/query_size.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace jobledger::archive {
namespace {

constexpr std::size_t kChunk = 16u << 10;  // samples turned into text at once
constexpr std::int64_t kEvenStep = 86'400;

// A part of one series, as long as a tile's time.
struct Piece {
  std::uint64_t first = 0;  // its place in the series
  std::uint64_t place = 0;  // in the spool
  std::size_t count = 0;
};

struct KeptSeries {
  schema::Series head;  // without samples
  schema::SeriesSummary summary;
  std::vector<Piece> pieces;
};

struct KeptScope {
  schema::MetricScope scope = schema::MetricScope::node;
  schema::Unit unit;
  std::int32_t timestep = 0;
  bool made_here = false;   // nodes added up from finer scopes
  std::size_t settled = 0;  // series of the hosts before the present ones
  std::vector<KeptSeries> series;
};

bool same_element(const schema::Series& a, const schema::Series& b) {
  return a.hostname == b.hostname && a.id == b.id;
}

// Numbers as they count, other texts by their lengths first.
bool comes_before(const schema::Series& a, const schema::Series& b) {
  const std::string_view left = a.id ? std::string_view(*a.id) : "";
  const std::string_view right = b.id ? std::string_view(*b.id) : "";
  return std::pair(left.size(), left) < std::pair(right.size(), right);
}

// Where a series of the present host is, or else belongs, behind the one that stands before it.
std::size_t place_of(const schema::Series& series, const KeptScope& scope, std::size_t after) {
  for (std::size_t i = scope.settled; i < scope.series.size(); ++i)
    if (same_element(scope.series[i].head, series)) return i;
  while (after < scope.series.size() && comes_before(scope.series[after].head, series)) ++after;
  return after;
}

// One metric of the job between reading and writing.
class MetricParts {
 public:
  MetricParts(const LargeData& data, std::string name) : data_(data), name_(std::move(name)) {}

  void begin_hosts();
  Result<void> add(schema::MetricSamples metric, std::int64_t from, MissingSamples& missing);
  bool empty() const { return scopes_.empty(); }
  Result<void> write(schema::MetricDataWriter& writer, std::string& text, StagedFile& file);
  std::optional<schema::JobStatistic> statistic() const;

 private:
  Result<void> add(schema::ScopedMetric& scoped, bool made_here, std::int64_t from,
                   MissingSamples& missing);
  Result<void> write(const KeptScope& scope, const KeptSeries& series,
                     schema::MetricDataWriter& writer, std::string& text, StagedFile& file);

  const LargeData& data_;
  const std::string name_;
  std::map<std::string_view, KeptScope> scopes_;  // by their texts
  std::vector<float> chunk_ = std::vector<float>(kChunk);
};

void MetricParts::begin_hosts() {
  for (auto& [text, scope] : scopes_) scope.settled = scope.series.size();
}

Result<void> MetricParts::add(schema::MetricSamples metric, std::int64_t from,
                              MissingSamples& missing) {
  const bool made =
      schema::has_synthetic_node_scope(metric.name) && schema::synthesize_node_scope(metric);
  for (schema::ScopedMetric& scoped : metric.scopes)
    TRY(add(scoped, made && scoped.scope == schema::MetricScope::node, from, missing));
  return {};
}

// Series stand in the source's order. Of one host there may be several tiles, and one of them may
// lack a series: that one stands by its number then.
Result<void> MetricParts::add(schema::ScopedMetric& scoped, bool made_here, std::int64_t from,
                              MissingSamples& missing) {
  const auto [entry, is_new] = scopes_.try_emplace(schema::to_string(scoped.scope));
  KeptScope& scope = entry->second;
  if (is_new) {
    scope.scope = scoped.scope;
    scope.unit = scoped.unit;
    scope.timestep = scoped.timestep;
    scope.made_here = made_here;
  }
  if (scope.timestep != scoped.timestep) {
    missing.add({{name_, scoped.series.front().hostname,
                  "has another time step than the hosts before it"}});
    return {};
  }
  const auto first = static_cast<std::uint64_t>((from - data_.query.from) / scope.timestep);
  const bool first_tile = scope.series.size() == scope.settled;
  std::size_t after = scope.settled;
  for (schema::Series& series : scoped.series) {
    const std::size_t at = first_tile ? scope.series.size() : place_of(series, scope, after);
    if (at == scope.series.size() || !same_element(scope.series[at].head, series)) {
      scope.series.insert(scope.series.begin() + static_cast<std::ptrdiff_t>(at),
                          KeptSeries{{series.hostname, series.id, {}, {}}, {}, {}});
    }
    after = std::max(after, at + 1);
    KeptSeries& kept = scope.series[at];
    kept.summary += schema::summarize(series.data);
    TRY(const std::uint64_t place, data_.spool.put(series.data));
    kept.pieces.push_back({first, place, series.data.size()});
  }
  return {};
}

Result<void> MetricParts::write(const KeptScope& scope, const KeptSeries& series,
                                schema::MetricDataWriter& writer, std::string& text,
                                StagedFile& file) {
  const std::uint64_t points = data_.query.range(scope.timestep).points();
  schema::Series head = series.head;
  head.statistics = scope.made_here ? schema::rounded_statistics_of(series.summary)
                                    : schema::statistics_of(series.summary);
  const auto flush = [&]() -> Result<void> {
    TRY(file.write(text));
    text.clear();
    return {};
  };
  std::uint64_t written = 0;
  const auto fill_to = [&](std::uint64_t end) -> Result<void> {
    while (written < end) {
      const std::uint64_t some = std::min<std::uint64_t>(end - written, kChunk);
      writer.add_missing(some);
      written += some;
      TRY(flush());
    }
    return {};
  };
  writer.begin_series(head);
  for (const Piece& piece : series.pieces) {
    TRY(fill_to(piece.first));
    for (std::size_t done = 0; done < piece.count;) {
      const auto some = std::span(chunk_).first(std::min(kChunk, piece.count - done));
      TRY(data_.spool.read(piece.place + done, some));
      writer.add_samples(some);
      done += some.size();
      written += some.size();
      TRY(flush());
    }
  }
  TRY(fill_to(points));
  writer.end_series();
  return {};
}

Result<void> MetricParts::write(schema::MetricDataWriter& writer, std::string& text,
                                StagedFile& file) {
  writer.begin_metric(name_);
  for (const auto& [name, scope] : scopes_) {
    writer.begin_scope(scope.scope, scope.unit, {});
    for (const KeptSeries& series : scope.series) TRY(write(scope, series, writer, text, file));
    writer.end_scope(scope.timestep, data_.start_time);
  }
  writer.end_metric();
  return {};
}

std::optional<schema::JobStatistic> MetricParts::statistic() const {
  const auto nodes = scopes_.find(schema::to_string(schema::MetricScope::node));
  if (nodes == scopes_.end()) return std::nullopt;
  std::vector<schema::SeriesSummary> hosts;
  for (const KeptSeries& series : nodes->second.series) hosts.push_back(series.summary);
  return schema::job_statistic(name_, nodes->second.unit, hosts);
}

// One metric's query, cut into tiles.
class Tiles {
 public:
  Tiles(const LargeData& data, const std::string& metric) : all_(data.query) {
    all_.metrics = {metric};
    const schema::MetricConfig* config = all_.find_metric(metric, all_.sub_cluster);
    const auto grid = all_.grids.find(metric);
    std::int64_t step = config == nullptr ? 1 : std::max(config->timestep, 1);
    if (grid != all_.grids.end()) step = grid->second;
    std::uint64_t most = 1;
    for (const schema::Resource& host : data.query.hosts) {
      sources::MetricQuery one = all_;
      one.hosts = {host};
      most = std::max(most, sources::most_samples(one));
    }
    hosts_ = std::max<std::uint64_t>(data.tile_samples / most, 1);
    seconds_ = all_.to - all_.from;
    if (most > data.tile_samples)
      seconds_ = window(seconds_ / step, most / data.tile_samples, step);
  }

  // Calls visit(query of the tile, whether its hosts are new ones) in order.
  template <class Visit>
  Result<void> each(Visit visit) const {
    const std::size_t count = all_.hosts.size();
    for (std::size_t host = 0; host < count; host += hosts_) {
      sources::MetricQuery tile = all_;
      const auto begin = all_.hosts.begin() + static_cast<std::ptrdiff_t>(host);
      tile.hosts.assign(begin, begin + static_cast<std::ptrdiff_t>(std::min(hosts_, count - host)));
      for (std::int64_t from = all_.from; from < all_.to; from += seconds_) {
        tile.from = from;
        tile.to = std::min(from + seconds_, all_.to);
        TRY(visit(tile, from == all_.from));
      }
    }
    return {};
  }

 private:
  // Whole days and whole steps where that is short enough, so that samples of other time steps than
  // the configured one are cut between steps, too.
  static std::int64_t window(std::int64_t steps, std::uint64_t parts, std::int64_t step) {
    const std::int64_t part = steps / static_cast<std::int64_t>(parts + 1);
    const std::int64_t seconds = std::max<std::int64_t>(part, 1) * step;
    const std::int64_t even = std::lcm(step, kEvenStep);
    return seconds >= even ? seconds / even * even : seconds;
  }

  sources::MetricQuery all_;
  std::size_t hosts_ = 1;
  std::int64_t seconds_ = 0;
};

}  // namespace

void MissingSamples::add(std::vector<sources::ReadFailure> failures) {
  if (failures.empty()) return;
  if (count == 0) first = std::move(failures.front());
  count += failures.size();
}

Result<std::optional<std::vector<schema::JobStatistic>>> write_large_data(const LargeData& data,
                                                                          StagedFile& file,
                                                                          MissingSamples& missing) {
  std::optional<std::vector<schema::JobStatistic>> statistics;
  std::string text;
  schema::MetricDataWriter writer(text);
  writer.begin();
  const std::set<std::string> names(data.query.metrics.begin(), data.query.metrics.end());
  for (const std::string& name : names) {
    data.spool.clear();
    MetricParts parts(data, name);
    TRY(Tiles(data, name)
            .each([&](const sources::MetricQuery& tile, bool new_hosts) -> Result<void> {
              if (data.context.stop.asked())
                return Error{ErrorKind::cancelled, "archiving was stopped"};
              if (new_hosts) parts.begin_hosts();
              TRY(sources::MetricAnswer answer, data.source.read(tile, data.context));
              missing.add(std::move(answer.failures));
              for (schema::MetricSamples& metric : answer.data.metrics)
                TRY(parts.add(std::move(metric), tile.from, missing));
              return {};
            }));
    if (parts.empty()) continue;
    if (!statistics) statistics.emplace();
    if (auto known = parts.statistic()) statistics->push_back(*std::move(known));
    TRY(parts.write(writer, text, file));
  }
  writer.end();
  TRY(file.write(text));
  return statistics;
}

}  // namespace jobledger::archive
