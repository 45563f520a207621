// SPDX-License-Identifier: MIT
#include "archive/streamed_metrics.h"

#include "archive/file_selection.h"
#include "schema/metric_data_stream.h"
#include "schema/resample.h"
#include "schema/series_statistics.h"
#include "schema/statistics_series.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace jobledger::archive {
namespace {

using schema::MetricScope;
using schema::ScopedMetric;
using schema::ScopeOutline;

// One scope that is delivered, or from which node scope is made.
struct Wanted {
  const schema::MetricOutline* metric = nullptr;
  const ScopeOutline* scope = nullptr;
  bool synthesis = false;  // node scope is made from it
  bool whole = false;      // all of its samples are needed together
  schema::ResamplePlan plan;
  std::vector<schema::Series> series;
  std::vector<JobMetric> found;  // itself, then what was made from it
};

Wanted make_wanted(const schema::MetricOutline& metric, const ScopeOutline& scope, bool synthesis,
                   const Presentation& presentation) {
  Wanted out{&metric, &scope, synthesis, false, {}, {}, {}};
  out.plan = schema::plan_resampling(scope.longest, scope.head.timestep, presentation.resolution,
                                     presentation.resampling);
  const bool statistics = presentation.statistics_series && !scope.statistics_series &&
                          scope.series >= schema::kMinStatisticsSeries;
  out.whole = synthesis || statistics || scope.statistics_series || out.plan.factor <= 1;
  return out;
}

std::vector<Wanted> select(const schema::DataOutline& outline, const JobMetricsQuery& query) {
  std::vector<Wanted> out;
  for (const schema::MetricOutline& metric : outline) {
    if (!is_asked(metric.name, query)) continue;
    std::vector<MetricScope> there, selected;
    for (const ScopeOutline& scope : metric.scopes) there.push_back(scope.head.scope);
    const auto places = select_scopes(there, query);
    for (const std::size_t place : places) selected.push_back(there[place]);
    const auto source = synthesis_source(metric.name, selected, query);
    for (std::size_t i = 0; i < places.size(); ++i)
      out.push_back(make_wanted(metric, metric.scopes[places[i]], source == i, query.presentation));
  }
  return out;
}

Result<void> check_size(const std::vector<Wanted>& wanted, std::uint64_t limit) {
  std::uint64_t delivered = 0;
  for (const Wanted& one : wanted) {
    delivered += one.scope->samples / std::max<std::size_t>(one.plan.factor, 1);
    if (!one.whole || one.scope->samples <= limit) continue;
    return Error{ErrorKind::too_large,
                 one.metric->name + " has " + std::to_string(one.scope->samples) +
                     " samples at scope " + std::string(to_string(one.scope->head.scope)) +
                     ", more than " + std::to_string(limit)};
  }
  if (delivered <= limit) return {};
  return Error{ErrorKind::too_large, std::to_string(delivered) + " samples, more than " +
                                         std::to_string(limit) +
                                         ": ask for fewer metrics or a coarser resolution"};
}

// What is delivered, and the largest scope that is needed together.
std::uint64_t bytes_for(const std::vector<Wanted>& wanted) {
  std::uint64_t delivered = 0, together = 0;
  for (const Wanted& one : wanted) {
    delivered += one.scope->samples / std::max<std::size_t>(one.plan.factor, 1);
    if (one.whole) together = std::max(together, one.scope->samples);
  }
  return (delivered + together) * sizeof(float);
}

class Collector : public schema::MetricDataVisitor {
 public:
  Collector(std::vector<Wanted>& wanted, const schema::Job& job, const Presentation& presentation)
      : job_(job), presentation_(presentation) {
    for (Wanted& one : wanted) by_number_.emplace(one.scope->number, &one);
  }

  bool begin_scope(std::size_t number) override { return by_number_.contains(number); }

  void add_series(std::size_t number, schema::Series series) override {
    Wanted& to = *by_number_.at(number);
    set_coverage(series, to.scope->head.timestep, job_.duration);
    if (!to.whole) series.data = schema::resample(series.data, to.plan);
    to.series.push_back(std::move(series));
  }

  void end_scope(std::size_t number, ScopedMetric head) override {
    Wanted& to = *by_number_.at(number);
    head.series = std::move(to.series);
    if (to.synthesis) {
      if (auto node = synthesize(head, job_.duration)) {
        auto own = std::make_shared<ScopedMetric>(*node);
        const auto coverage = schema::coverage_over(own->series, job_.resources.size());
        presentation_.apply(*own);
        to.found.push_back({to.metric->name, std::move(own), coverage});
      }
    }
    const auto coverage = schema::coverage_over(head.series, job_.resources.size());
    if (to.whole)
      presentation_.apply(head);
    else
      head.timestep = to.plan.timestep;
    to.found.push_back(
        {to.metric->name, std::make_shared<const ScopedMetric>(std::move(head)), coverage});
  }

 private:
  const schema::Job& job_;
  const Presentation& presentation_;
  std::map<std::size_t, Wanted*> by_number_;
};

}  // namespace

Result<std::vector<JobMetric>> read_streamed(DataFileReader& file, const schema::Job& job,
                                             const JobMetricsQuery& query,
                                             const StreamLimits& limits) {
  const schema::MoreText more = [&](std::span<char> out) { return file.read(out, limits.stop); };
  TRY(file.begin());
  TRY(const schema::DataOutline outline, schema::read_data_outline(more));
  std::vector<Wanted> wanted = select(outline, query);
  TRY(check_size(wanted, query.max_samples));
  const auto memory =
      limits.budget.lease(bytes_for(wanted), [&limits] { return limits.stop.asked(); });
  if (!memory) return Error{ErrorKind::cancelled, "reading metrics was stopped"};
  Collector collector(wanted, job, query.presentation);
  TRY(file.begin());
  TRY(schema::visit_metric_data(more, query.max_samples, collector));
  std::vector<JobMetric> out;
  for (Wanted& one : wanted)
    for (JobMetric& metric : one.found) out.push_back(std::move(metric));
  std::stable_sort(out.begin(), out.end(), [](const JobMetric& a, const JobMetric& b) {
    if (a.name != b.name) return a.name < b.name;
    return to_string(a.data->scope) < to_string(b.data->scope);
  });
  return out;
}

}  // namespace jobledger::archive
