// SPDX-License-Identifier: MIT
#include "sources/external.h"

#include "storage/metric_health.h"

#include <fmt/format.h>

#include <utility>

namespace jobledger::sources {

FetchConfig fetch_config(const ExternalConfig& config) {
  return {config.ca_file, config.connect_timeout, config.timeout, config.max_answer_bytes};
}

Result<void> ExternalCall::prepare() {
  if (config_.token_file.empty()) return {};
  auto token = read_secret(config_.token_file);
  if (!token) {
    return Error{ErrorKind::unavailable, std::move(token).error().in("token_file").detail};
  }
  token_ = *std::move(token);
  return {};
}

Result<std::string> ExternalCall::send(FetchRequest request, std::string_view path) const {
  std::string_view base = config_.url;
  while (base.ends_with('/')) base.remove_suffix(1);
  request.url = std::string(base) + std::string(path);
  request.token = token_;
  return http_.fetch(request, context_.stop);
}

Error unavailable(Error error) {
  if (error.kind == ErrorKind::invalid) error.kind = ErrorKind::unavailable;
  return error;
}

Result<PendingRead> PendingRead::make(const MetricQuery& query, const ExternalConfig& config) {
  PendingRead out{ReadPlan::make(query), {}};
  if (query.values && out.plan.samples() > config.max_samples) {
    return Error{ErrorKind::too_large,
                 fmt::format("the answer may have {} samples, more than max_samples ({}) of {}",
                             out.plan.samples(), config.max_samples, config.url)};
  }
  for (const PlannedMetric& planned : out.plan.metrics()) out.sums.emplace_back(query, planned);
  return out;
}

MetricAnswer PendingRead::finish(const MetricQuery& query) {
  std::vector<HostAnswer> hosts(query.hosts.size());
  for (MetricSum& sum : sums) sum.finish(hosts[sum.planned().host]);
  return build_answer(std::move(hosts));
}

std::map<std::vector<std::string>, std::vector<std::size_t>> expected_by_host(
    const HealthQuery& query) {
  std::map<std::vector<std::string>, std::vector<std::size_t>> out;
  for (std::size_t i = 0; i < query.hostnames.size(); ++i) {
    std::vector<std::string> metrics = query.metrics;
    const schema::SubCluster* sub = query.cluster->find_sub_cluster_of(query.hostnames[i]);
    if (metrics.empty() && sub != nullptr) {
      for (const auto* metric : storage::expected_metrics(*sub)) metrics.push_back(metric->name);
    }
    out[std::move(metrics)].push_back(i);
  }
  return out;
}

schema::MonitoringState state_of(const HostHealth& host, std::size_t expected) {
  const std::size_t bad = host.missing.size() + host.degraded.size();
  if (bad >= expected) return schema::MonitoringState::failed;
  return bad == 0 ? schema::MonitoringState::full : schema::MonitoringState::partial;
}

}  // namespace jobledger::sources
