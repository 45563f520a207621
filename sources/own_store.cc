// SPDX-License-Identifier: MIT
#include "sources/own_store.h"

#include "base/turn.h"
#include "schema/aggregate.h"
#include "schema/scopes.h"
#include "schema/series_statistics.h"
#include "sources/answer_builder.h"
#include "sources/read_plan.h"
#include "sources/stored_metrics.h"
#include "storage/metric_health.h"
#include "storage/metric_reader.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <utility>

namespace jobledger::sources {
namespace {

using schema::MetricScope;
using schema::ScopeTarget;
using storage::MeasuredSeries;
using storage::MetricReader;

schema::SeriesSummary to_summary(const storage::metrics::Summary& summary) {
  if (summary.count == 0) return {};
  return {summary.count, double{summary.min}, double{summary.max}, summary.sum};
}

bool has_rollups(MetricScope scope) {
  return scope == MetricScope::node || scope == MetricScope::socket ||
         scope == MetricScope::memory_domain;
}

// Of what is sealed nobody keeps when it began.
bool begins_after(const storage::metrics::HostTicks& host, std::int64_t to) {
  return host.sealed_end == storage::metrics::kNever && !host.ticks.empty() &&
         host.instant_of(host.ticks.front()->slot) >= to;
}

std::uint32_t index_of(const ScopeTarget& target) {
  std::uint32_t index = 0;
  if (target.id) {
    std::from_chars(target.id->data(), target.id->data() + target.id->size(), index);
  }
  return index;
}

// Samples of single elements in memory, of one metric of one host: longer times are read in parts.
constexpr std::size_t kWindowSamples = 4u << 20;
constexpr const char* kUnreadable = "samples are missing: stored blocks cannot be read";

// What one host answers. One thread.
class HostRead {
 public:
  using Plans = std::shared_ptr<storage::metrics::PlanBook>;  // of all hosts of the query

  HostRead(const MetricQuery& query, const ReadContext& context, Plans plans,
           const schema::Resource& host, HostAnswer& out)
      : query_(query),
        context_(context),
        host_(host),
        out_(out),
        plans_(std::move(plans)),
        readers_(*context.snapshot, plans_, query.from, query.to) {}

  void run(std::span<const PlannedMetric> metrics);

 private:
  Result<void> read(const schema::MetricConfig& metric, const schema::ScopeSelection& selection);
  Result<void> read_rollups(const schema::MetricConfig& metric, MetricScope scope,
                            std::span<const ScopeTarget* const> targets);
  Result<void> check_aggregation(const schema::MetricConfig& metric, const ScopeTarget& target);
  Result<void> read_elements(const schema::MetricConfig& metric, MetricScope scope,
                             std::span<const ScopeTarget* const> targets);
  Result<void> add_window(const schema::MetricConfig& metric, const storage::TimeRange& window,
                          std::span<const storage::metrics::ElementName> wanted,
                          std::span<const ScopeTarget* const> targets,
                          std::vector<HostSeries>& sums);
  void add(const schema::MetricConfig& metric, MetricScope scope, const ScopeTarget& target,
           HostSeries series);
  std::uint64_t unreadable() const { return readers_.unreadable() + unreadable_; }

  const MetricQuery& query_;
  const ReadContext& context_;
  const schema::Resource& host_;
  HostAnswer& out_;
  std::map<const ScopeTarget*, FoundSeries> found_;  // of one selection, in its order
  const Plans plans_;
  storage::MetricReaders readers_;
  std::uint64_t unreadable_ = 0;  // of readers of a part of the time
};

void HostRead::run(std::span<const PlannedMetric> metrics) {
  for (const PlannedMetric& planned : metrics) {
    yield_turn();
    if (context_.stop.asked()) return;
    for (const schema::ScopeSelection& selection : *planned.selections) {
      const std::uint64_t before = unreadable();
      const auto done = read(*planned.metric, selection);
      if (!done) {
        out_.failures.push_back({planned.metric->name, host_.hostname, done.error().detail});
      } else if (unreadable() > before) {
        out_.failures.push_back({planned.metric->name, host_.hostname, kUnreadable});
      }
      for (auto& [target, series] : found_) out_.series.push_back(std::move(series));
      found_.clear();
    }
  }
}

Result<void> HostRead::read(const schema::MetricConfig& metric,
                            const schema::ScopeSelection& selection) {
  const MetricScope scope = selection.scope;
  const bool rollups = has_rollups(scope);
  std::vector<const ScopeTarget*> whole, parts;
  for (const ScopeTarget& target : selection.targets) {
    (rollups && target.complete ? whole : parts).push_back(&target);
  }
  if (!whole.empty()) TRY(read_rollups(metric, scope, whole));
  if (parts.empty()) return {};
  return read_elements(metric, scope, parts);
}

Result<void> HostRead::read_rollups(const schema::MetricConfig& metric, MetricScope scope,
                                    std::span<const ScopeTarget* const> targets) {
  TRY(MetricReader* const reader, readers_.of(metric.timestep));
  auto series = reader->read_rollups({query_.cluster->name, host_.hostname}, metric.name, scope,
                                     query_.values);
  for (const ScopeTarget* target : targets) {
    const auto found = std::find_if(series.begin(), series.end(), [&](const MeasuredSeries& one) {
      return one.index == index_of(*target);
    });
    if (found == series.end()) {
      TRY(check_aggregation(metric, *target));
      continue;
    }
    const auto elements = std::max<std::size_t>({found->elements, target->elements.size(), 1});
    add(metric, scope, *target,
        {to_summary(found->summary), found->summary.samples, elements, std::move(found->values)});
  }
  return {};
}

// Several elements without an aggregation have no roll-up: an error if they were measured.
Result<void> HostRead::check_aggregation(const schema::MetricConfig& metric,
                                         const ScopeTarget& target) {
  if (metric.aggregation != schema::Aggregation::none || metric.scope == MetricScope::node) {
    return {};
  }
  std::vector<storage::metrics::ElementName> wanted;
  const std::string_view type = schema::to_string(metric.scope);
  for (const std::string& id : target.elements) wanted.push_back({type, id, {}, {}});
  TRY(MetricReader* const reader, readers_.of(metric.timestep));
  const auto measured =
      reader->read_elements({query_.cluster->name, host_.hostname}, metric.name, wanted);
  if (measured.empty()) return {};
  const std::size_t elements = std::max(measured.size(), target.elements.size());
  TRY(schema::SeriesAggregator::make(metric.aggregation, elements, 0));
  return {};
}

Result<void> HostRead::read_elements(const schema::MetricConfig& metric, MetricScope scope,
                                     std::span<const ScopeTarget* const> targets) {
  std::vector<storage::metrics::ElementName> wanted;
  const std::string_view type = schema::to_string(metric.scope);
  for (const ScopeTarget* target : targets) {
    for (const std::string& id : target->elements) wanted.push_back({type, id, {}, {}});
  }
  std::vector<HostSeries> sums(targets.size());
  const std::size_t points = std::max<std::size_t>(kWindowSamples / (wanted.size() + 1), 1);
  const std::int64_t seconds = static_cast<std::int64_t>(points) * metric.timestep;
  for (std::int64_t from = query_.from; from < query_.to;) {
    if (context_.stop.asked()) break;
    const std::int64_t to = query_.to - from > seconds ? from + seconds : query_.to;
    TRY(add_window(metric, {from, to, metric.timestep}, wanted, targets, sums));
    from = to;
  }
  for (std::size_t i = 0; i < targets.size(); ++i)
    add(metric, scope, *targets[i], std::move(sums[i]));
  return {};
}

// Adds what was measured in a part of the query's time, as elements of many threads take much more
// memory than what they come to.
Result<void> HostRead::add_window(const schema::MetricConfig& metric,
                                  const storage::TimeRange& window,
                                  std::span<const storage::metrics::ElementName> wanted,
                                  std::span<const ScopeTarget* const> targets,
                                  std::vector<HostSeries>& sums) {
  const bool whole = window.from == query_.from && window.to == query_.to;
  storage::MetricReaders part(*context_.snapshot, plans_, window.from, window.to);
  TRY(MetricReader* const reader, (whole ? readers_ : part).of(metric.timestep));
  std::map<std::string_view, MeasuredSeries> by_id;
  for (MeasuredSeries& series :
       reader->read_elements({query_.cluster->name, host_.hostname}, metric.name, wanted)) {
    by_id.emplace(series.element.id, std::move(series));
  }
  unreadable_ += part.unreadable();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto& elements = targets[i]->elements;
    const auto how = elements.size() == 1 ? schema::Aggregation::sum : metric.aggregation;
    TRY(auto sum, schema::SeriesAggregator::make(how, elements.size(), window.points()));
    for (const std::string& id : elements) {
      const auto found = by_id.find(id);
      if (found != by_id.end()) sum.add({found->second.values, 0, 1});
    }
    std::vector<float> values = sum.values();
    HostSeries& series = sums[i];
    series.summary += schema::summarize(values);
    series.samples += sum.samples();
    series.elements = elements.size();
    if (!query_.values) continue;
    if (whole) {
      series.values = std::move(values);
    } else {
      series.values.reserve(query_.range(metric.timestep).points());
      series.values.insert(series.values.end(), values.begin(), values.end());
    }
  }
  return {};
}

void HostRead::add(const schema::MetricConfig& metric, MetricScope scope, const ScopeTarget& target,
                   HostSeries series) {
  if (series.summary.count == 0) return;
  const std::size_t points = query_.range(metric.timestep).points();
  schema::Series out;
  out.hostname = host_.hostname;
  out.id = target.id;
  out.statistics = schema::statistics_of(series.summary);
  out.coverage = schema::coverage_of(series.samples, series.elements * points);
  out.data = std::move(series.values);
  found_.emplace(&target,
                 FoundSeries{metric.name, scope, metric.unit, metric.timestep, std::move(out)});
}

}  // namespace

Result<MetricAnswer> OwnStore::read(const MetricQuery& query, const ReadContext& context) {
  const StoredMetrics stored = StoredMetrics::of(query, *context.snapshot);
  const ReadPlan plan = ReadPlan::make(query, &stored);
  const auto plans = std::make_shared<storage::metrics::PlanBook>(
      context.snapshot->jobs().dictionaries(), *clusters_, query.sub_cluster);
  std::vector<HostAnswer> hosts(query.hosts.size());
  for_each(context, hosts.size(), [&](std::size_t i) {
    yield_turn();
    if (context.stop.asked()) return;
    HostRead read(query, context, plans, query.hosts[i], hosts[i]);
    read.run(plan.of_host(i));
  });
  if (context.stop.asked()) return Error{ErrorKind::cancelled, "reading metrics was stopped"};
  MetricAnswer answer = build_answer(std::move(hosts));
  answer.notes = plan.notes();
  return answer;
}

Result<std::vector<std::string>> OwnStore::hosts(std::string_view cluster, std::int64_t from,
                                                 std::int64_t to, const ReadContext& context) {
  const storage::Snapshot& snapshot = *context.snapshot;
  const auto& dictionaries = snapshot.jobs().dictionaries();
  std::vector<std::string> names;
  const auto number = dictionaries.find(storage::jobs::Dictionary::cluster, cluster);
  for (const storage::metrics::HostPtr& host : snapshot.metric_head().hosts) {
    if (!number || !host || host->key.cluster != *number || host->newest_time < from) continue;
    if (begins_after(*host, to)) continue;
    names.emplace_back(dictionaries.text(storage::jobs::Dictionary::host, host->key.host));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<std::vector<HostHealth>> OwnStore::health(const HealthQuery& query,
                                                 const ReadContext& context) {
  const storage::Snapshot& snapshot = *context.snapshot;
  const storage::HealthJudge judge(snapshot.metric_head(), snapshot.jobs().dictionaries());
  std::vector<HostHealth> out;
  for (const std::string& hostname : query.hostnames) {
    std::vector<const schema::MetricConfig*> expected;
    const schema::SubCluster* sub = query.cluster->find_sub_cluster_of(hostname);
    if (query.metrics.empty() && sub != nullptr) expected = storage::expected_metrics(*sub);
    for (const std::string& name : query.metrics) {
      if (const auto* metric = query.cluster->find_metric(name)) expected.push_back(metric);
    }
    auto found = judge.judge({query.cluster->name, hostname, sub}, expected, query.now);
    out.push_back({hostname, found.state, std::move(found.missing), std::move(found.degraded)});
  }
  return out;
}

}  // namespace jobledger::sources
