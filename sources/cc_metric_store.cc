// SPDX-License-Identifier: MIT
#include "sources/cc_metric_store.h"

#include "sources/cc_protocol.h"
#include "sources/external.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace jobledger::sources {
namespace {

// What a result takes at most, as text: for cutting requests so that their answers fit.
constexpr std::size_t kResultBytes = 200, kSampleBytes = 16;
constexpr std::size_t kHealthHosts = 1'000;  // of one health check
// An aggregate may begin so many steps late and end so many early before its elements are asked.
constexpr std::int64_t kLateSteps = 1, kEarlySteps = 2;
// Elements are added up here for statistics alone over so many steps at most.
constexpr std::size_t kMostForStatistics = 1'000'000;
constexpr int kWhole = -1;  // round of targets that the store adds up

Error malformed(const std::string& url, Error error) {
  return unavailable(std::move(error).in(url + " answered what is no answer"));
}

class StoreCall : public ExternalCall {
 public:
  using ExternalCall::ExternalCall;

  Result<CcAnswer> query(const CcRequest& request) const {
    TRY(const std::string json, get("/api/query?version=v2", write_cc_request(request)));
    auto answer = parse_cc_answer(json, config().max_answer_bytes);
    if (!answer) return malformed(config().url, std::move(answer).error());
    if (answer->results.size() < request.queries.size()) {
      return malformed(config().url,
                       invalid(fmt::format("results: {} for {} queries", answer->results.size(),
                                           request.queries.size())));
    }
    return answer;
  }

  Result<std::vector<HostHealth>> health(std::string body) const {
    TRY(const std::string json, get("/api/healthcheck", std::move(body)));
    auto hosts = parse_cc_health(json, config().max_answer_bytes);
    if (!hosts) return malformed(config().url, std::move(hosts).error());
    return hosts;
  }

 private:
  // Requests have a body although they are GET: so the field's stores want it.
  Result<std::string> get(std::string_view path, std::string body) const {
    FetchRequest request;
    request.headers = {"Content-Type: application/json", "Accept: application/json"};
    request.body = std::move(body);
    auto answer = send(std::move(request), path);
    if (!answer) return unavailable(std::move(answer).error());
    return answer;
  }
};

// One query of a request, and where its result goes.
struct Ask {
  std::size_t sum = 0;       // place in PendingRead::sums
  std::size_t target = 0;    // of a whole
  bool whole = false;        // else one element
  std::string_view element;  // empty: the node
};
// Requests that one thread sends one after the other; no two groups have a sum in common.
using Group = std::vector<std::vector<Ask>>;

class CcRead {
 public:
  using Call = StoreCall;
  CcRead(const StoreCall& call, const MetricQuery& query, const ReadContext& context,
         PendingRead& read)
      : config_(call.config()), call_(call), query_(query), context_(context), read_(read) {}

  Result<void> run() {
    std::vector<Ask> asks;
    for (std::size_t i = 0; i < read_.sums.size(); ++i) plan(i, asks);
    TRY(ask_all(asks, 0));
    asks.clear();
    for (std::size_t i = 0; i < read_.sums.size(); ++i) plan_elements(i, asks);
    return ask_all(asks, 1);
  }

 private:
  void plan(std::size_t place, std::vector<Ask>& asks);
  void plan_elements(std::size_t place, std::vector<Ask>& asks);
  std::vector<Group> cut(std::span<const Ask> asks, bool values) const;
  Result<void> ask_all(std::span<const Ask> asks, int round);
  Result<void> ask(std::span<const Ask> asks, int round);
  void take(const Ask& ask, std::vector<CcSeries>& found, int round);
  void take_whole(const Ask& ask, CcSeries& series);
  bool is_complete(const SampleRun& samples) const;
  std::size_t bytes_of(const Ask& ask, bool values) const;

  const ExternalConfig& config_;
  const StoreCall& call_;
  const MetricQuery& query_;
  const ReadContext& context_;
  PendingRead& read_;
};

// Elements that are series themselves are asked for one by one. Aggregates of such elements are
// made here; others by the store.
void CcRead::plan(std::size_t place, std::vector<Ask>& asks) {
  MetricSum& sum = read_.sums[place];
  std::set<std::string_view> single;
  for (const MetricSum::Target& target : sum.targets()) {
    const auto& elements = target.target->elements;
    if (elements.size() > 1) continue;
    const std::string_view id = elements.empty() ? std::string_view() : elements.front();
    if (single.insert(id).second) asks.push_back({place, 0, false, id});
  }
  for (std::size_t i = 0; i < sum.targets().size(); ++i) {
    MetricSum::Target& target = sum.targets()[i];
    const auto& elements = target.target->elements;
    if (elements.size() <= 1) continue;
    const auto how = sum.planned().metric->aggregation;
    if (auto possible = schema::SeriesAggregator::make(how, elements.size(), 0); !possible) {
      sum.fail(std::move(possible).error().detail);
      target.round = kWhole;
      continue;
    }
    const bool here = query_.values && std::all_of(elements.begin(), elements.end(),
                                                   [&](auto& id) { return single.contains(id); });
    if (here) continue;
    target.round = kWhole;
    asks.push_back({place, i, true, {}});
  }
}

// Of the aggregates that the store could not make well.
void CcRead::plan_elements(std::size_t place, std::vector<Ask>& asks) {
  std::set<std::string_view> ids;
  const std::int32_t step = read_.sums[place].planned().metric->timestep;
  const bool too_long = !query_.values && query_.range(step).points() > kMostForStatistics;
  for (const MetricSum::Target& target : read_.sums[place].targets()) {
    if (target.round != 1) continue;
    if (too_long)
      return read_.sums[place].fail("the store does not add it up, over so long a time");
    for (const std::string& id : target.target->elements) {
      if (ids.insert(id).second) asks.push_back({place, 0, false, id});
    }
  }
}

std::size_t CcRead::bytes_of(const Ask& ask, bool values) const {
  if (!values) return kResultBytes;
  const std::int64_t step = read_.sums[ask.sum].planned().metric->timestep;
  return kResultBytes +
         static_cast<std::size_t>((query_.to - query_.from) / step + 1) * kSampleBytes;
}

std::vector<Group> CcRead::cut(std::span<const Ask> asks, bool values) const {
  std::vector<Group> groups;
  std::size_t queries = 0, bytes = 0;  // of the last request
  const auto fits = [&](std::size_t more, std::size_t more_bytes) {
    return queries + more <= config_.max_queries && bytes + more_bytes <= config_.max_answer_bytes;
  };
  for (std::size_t at = 0; at < asks.size();) {
    std::size_t end = at, total = 0;
    for (; end < asks.size() && asks[end].sum == asks[at].sum; ++end) {
      total += bytes_of(asks[end], values);
    }
    if (groups.empty() || !fits(end - at, total)) {
      groups.emplace_back(1);
      queries = bytes = 0;
    }
    for (; at < end; ++at) {
      const std::size_t one = bytes_of(asks[at], values);
      if (queries > 0 && !fits(1, one)) {
        groups.back().emplace_back();
        queries = bytes = 0;
      }
      groups.back().back().push_back(asks[at]);
      ++queries;
      bytes += one;
    }
  }
  return groups;
}

Result<void> CcRead::ask_all(std::span<const Ask> asks, int round) {
  const std::vector<Group> groups = cut(asks, query_.values || round > 0);
  return for_each_until_error(context_, groups.size(), [&](std::size_t i) -> Result<void> {
    for (const std::vector<Ask>& request : groups[i]) TRY(ask(request, round));
    return {};
  });
}

Result<void> CcRead::ask(std::span<const Ask> asks, int round) {
  std::vector<CcQuery> queries;
  for (const Ask& ask : asks) {
    const MetricSum& sum = read_.sums[ask.sum];
    const schema::MetricConfig& metric = *sum.planned().metric;
    CcQuery& query = queries.emplace_back();
    query.metric = metric.name;
    query.hostname = query_.hosts[sum.planned().host].hostname;
    if (ask.whole) {
      const auto& elements = read_.sums[ask.sum].targets()[ask.target].target->elements;
      query.type_ids.assign(elements.begin(), elements.end());
    } else if (!ask.element.empty()) {
      query.type_ids = {ask.element};
    }
    if (!query.type_ids.empty()) query.type = schema::to_string(metric.scope);
  }
  CcRequest request;
  request.cluster = query_.cluster->name;
  request.from = query_.from;
  request.to = query_.to;
  request.values = query_.values || round > 0;
  request.queries = queries;
  TRY(CcAnswer answer, call_.query(request));
  for (std::size_t i = 0; i < asks.size(); ++i) take(asks[i], answer.results[i], round);
  return {};
}

void CcRead::take(const Ask& ask, std::vector<CcSeries>& found, int round) {
  MetricSum& sum = read_.sums[ask.sum];
  if (found.empty()) return;
  if (found.size() > 1) {
    return sum.fail(fmt::format("the store answered {} series instead of one", found.size()));
  }
  CcSeries& series = found.front();
  if (ask.whole) return take_whole(ask, series);
  if (!series.error.empty()) return sum.fail(std::move(series.error));
  if (query_.values || round > 0) return sum.add_element(ask.element, series.samples, round);
  if (series.statistics) sum.add_element(ask.element, *series.statistics);
}

void CcRead::take_whole(const Ask& ask, CcSeries& series) {
  MetricSum& sum = read_.sums[ask.sum];
  const bool good = series.error.empty() && (!query_.values || is_complete(series.samples));
  if (!good) {
    sum.targets()[ask.target].round = 1;
  } else if (query_.values) {
    sum.add_whole(ask.target, series.samples);
  } else if (series.statistics) {
    sum.add_whole(ask.target, *series.statistics);
  }
}

// Nothing of any member can be missing.
bool CcRead::is_complete(const SampleRun& samples) const {
  const std::int64_t step = samples.timestep;
  const std::int64_t end = samples.from + static_cast<std::int64_t>(samples.values.size()) * step;
  return samples.from - query_.from <= kLateSteps * step && query_.to - end <= kEarlySteps * step &&
         std::none_of(samples.values.begin(), samples.values.end(),
                      [](float value) { return std::isnan(value); });
}

// A few metrics of which every host should have one: as cheap as they come.
std::vector<std::string_view> metrics_for_hosts(const schema::Cluster& cluster) {
  std::vector<std::string_view> out;
  for (const schema::SubCluster& sub : cluster.sub_clusters) {
    const schema::MetricConfig* best = nullptr;
    for (const schema::MetricConfig& metric : sub.metric_config) {
      if (metric.scope == schema::MetricScope::accelerator) continue;
      if (best == nullptr || metric.scope < best->scope) best = &metric;
    }
    if (best == nullptr && !sub.metric_config.empty()) best = &sub.metric_config.front();
    if (best != nullptr && std::find(out.begin(), out.end(), best->name) == out.end()) {
      out.push_back(best->name);
    }
  }
  return out;
}

}  // namespace

CcMetricStore::CcMetricStore(ExternalConfig config,
                             std::shared_ptr<const schema::Clusters> clusters)
    : config_(std::move(config)), clusters_(std::move(clusters)), http_(fetch_config(config_)) {}

Result<MetricAnswer> CcMetricStore::read(const MetricQuery& query, const ReadContext& context) {
  return read_external<CcRead>(config_, http_, query, context);
}

Result<std::vector<std::string>> CcMetricStore::hosts(std::string_view cluster, std::int64_t from,
                                                      std::int64_t to, const ReadContext& context) {
  const schema::Cluster* known = clusters_->find(cluster);
  std::vector<std::string> names;
  if (known == nullptr || to <= from) return names;
  CcRequest request;
  request.cluster = cluster;
  request.from = from;
  request.to = to;
  request.values = false;
  request.for_all_nodes = metrics_for_hosts(*known);
  StoreCall call(config_, http_, context);
  TRY(call.prepare());
  TRY(CcAnswer answer, call.query(request));
  std::string refusal;
  for (std::size_t i = 0; i < std::min(answer.hosts.size(), answer.results.size()); ++i) {
    for (CcSeries& series : answer.results[i]) {
      if (series.statistics) names.push_back(answer.hosts[i]);
      if (!series.error.empty()) refusal = std::move(series.error);
    }
  }
  if (names.empty() && !refusal.empty()) {
    return Error{ErrorKind::unavailable, config_.url + " names no hosts: " + refusal};
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<std::vector<HostHealth>> CcMetricStore::health(const HealthQuery& query,
                                                      const ReadContext& context) {
  StoreCall call(config_, http_, context);
  TRY(call.prepare());
  std::vector<HostHealth> out(query.hostnames.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i].hostname = query.hostnames[i];
  for (const auto& [metrics, places] : expected_by_host(query)) {
    if (metrics.empty()) continue;  // of no sub-cluster: nothing is expected, and nothing is known
    for (std::size_t at = 0; at < places.size(); at += kHealthHosts) {
      std::map<std::string_view, std::size_t> asked;
      std::vector<std::string> names;
      for (std::size_t i = at; i < std::min(at + kHealthHosts, places.size()); ++i) {
        asked.emplace(query.hostnames[places[i]], places[i]);
        names.push_back(query.hostnames[places[i]]);
      }
      TRY(std::vector<HostHealth> found,
          call.health(write_cc_health_request(query.cluster->name, names, metrics)));
      for (HostHealth& host : found) {
        const auto known = asked.find(host.hostname);
        if (known == asked.end()) continue;
        // Of hosts that it does not know a store has no lists.
        const bool unknown = host.missing.empty() && host.degraded.empty();
        if (unknown && host.state == schema::MonitoringState::failed) host.missing = metrics;
        out[known->second] = std::move(host);
      }
    }
  }
  return out;
}

}  // namespace jobledger::sources
