// SPDX-License-Identifier: MIT
#include "sources/answer_builder.h"

#include <atomic>
#include <map>
#include <optional>
#include <utility>

namespace jobledger::sources {

const schema::SubCluster* MetricQuery::sub_cluster_of(const schema::Resource& host) const {
  return sub_cluster != nullptr ? sub_cluster : cluster->find_sub_cluster_of(host.hostname);
}

const schema::MetricConfig* MetricQuery::find_metric(std::string_view name,
                                                     const schema::SubCluster* sub) const {
  return sub != nullptr ? sub->find_metric(name) : cluster->find_metric(name);
}

bool Stop::asked() const {
  if (flag != nullptr && flag->load(std::memory_order_relaxed)) return true;
  return deadline != std::chrono::steady_clock::time_point::max() &&
         std::chrono::steady_clock::now() >= deadline;
}

MetricAnswer build_answer(std::vector<HostAnswer> hosts) {
  MetricAnswer answer;
  std::map<std::string, std::map<std::string_view, schema::ScopedMetric>> found;
  for (HostAnswer& host : hosts) {
    for (ReadFailure& failure : host.failures) answer.failures.push_back(std::move(failure));
    for (FoundSeries& one : host.series) {
      auto& scopes = found[one.metric];
      const auto [at, is_new] = scopes.try_emplace(schema::to_string(one.scope));
      schema::ScopedMetric& scoped = at->second;
      if (is_new) {
        scoped.scope = one.scope;
        scoped.unit = std::move(one.unit);
        scoped.timestep = one.timestep;
      } else if (scoped.timestep != one.timestep) {
        answer.failures.push_back(
            {one.metric, one.series.hostname, "has another time step than the hosts before it"});
        continue;
      }
      scoped.series.push_back(std::move(one.series));
    }
  }
  for (auto& [name, scopes] : found) {
    schema::MetricSamples& metric = answer.data.metrics.emplace_back();
    metric.name = name;
    for (auto& [text, scoped] : scopes) metric.scopes.push_back(std::move(scoped));
  }
  return answer;
}

void for_each(const ReadContext& context, std::size_t count,
              const std::function<void(std::size_t)>& work) {
  if (context.each && count > 1) return context.each(count, work);
  for (std::size_t i = 0; i < count; ++i) work(i);
}

Result<void> for_each_until_error(const ReadContext& context, std::size_t count,
                                  const std::function<Result<void>(std::size_t)>& work) {
  std::vector<std::optional<Error>> errors(count);
  std::atomic<bool> failed = false;
  for_each(context, count, [&](std::size_t i) {
    if (failed) return;
    Result<void> done = work(i);
    if (done) return;
    errors[i] = std::move(done).error();
    failed = true;
  });
  for (std::optional<Error>& error : errors) {
    if (error) return *std::move(error);
  }
  return {};
}

}  // namespace jobledger::sources
