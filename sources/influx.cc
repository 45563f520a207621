// SPDX-License-Identifier: MIT
#include "sources/influx.h"

#include "schema/json_write.h"
#include "sources/external.h"
#include "sources/flux.h"
#include "sources/flux_csv.h"
#include "storage/metric_health.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace jobledger::sources {
namespace {

constexpr float kAbsent = std::numeric_limits<float>::quiet_NaN();
// What a row takes at most beside its names, as text: for cutting requests so that answers fit.
constexpr std::size_t kRowBytes = 80;
constexpr std::size_t kMaxHosts = 500;      // named in one query
constexpr std::int64_t kHealthLook = 3600;  // seconds

class FluxCall : public ExternalCall {
 public:
  using ExternalCall::ExternalCall;

  // Calls visit(csv) for each record of the answer; `invalid` when the query is refused.
  template <class Visit>
  Result<void> each_record(std::string_view flux, Visit visit) const {
    TRY(const std::string text, query(flux));
    FluxCsv csv(text);
    while (true) {
      auto more = csv.next();
      if (!more) return std::move(more).error().in(config().url);
      if (!*more) return {};
      TRY(visit(csv));
    }
  }

 private:
  Result<std::string> query(std::string_view flux) const {
    FetchRequest request;
    request.method = "POST";
    request.headers = {"Content-Type: application/json", "Accept: application/csv"};
    request.scheme = "Token";
    request.body = "{\"query\":";
    schema::write_json_string(request.body, flux);
    request.body +=
        R"(,"type":"flux","dialect":{"annotations":["datatype","group","default"],)"
        R"("header":true,"delimiter":",","commentPrefix":"#","dateTimeFormat":"RFC3339"}})";
    return send(std::move(request), "/api/v2/query?org=" + percent_encode(config().org));
  }
};

// What one request brings, row by row: a series for each host and element.
class SampleTable {
 public:
  SampleTable(const FluxSamples& asked, std::size_t points) : asked_(asked), points_(points) {}

  Result<void> take(const FluxCsv& csv);
  // Null: it has no samples. The node is the empty id.
  const SampleRun* find(std::string_view hostname, std::string_view id) const {
    const auto host = series_.find(hostname);
    if (host == series_.end()) return nullptr;
    const auto found = host->second.find(id);
    return found == host->second.end() ? nullptr : &found->second;
  }

 private:
  const FluxSamples& asked_;
  const std::size_t points_;
  using ById = std::map<std::string_view, SampleRun>;
  std::map<std::string_view, ById> series_;  // by host; names are those of the request
};

Result<void> SampleTable::take(const FluxCsv& csv) {
  std::string_view text = csv.value("_value");
  if (text.empty()) return {};                     // a time step without a sample
  if (text.front() == '+') text.remove_prefix(1);  // "+Inf"
  const auto time = parse_flux_time(csv.value("_time"));
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!time || ec != std::errc() || end != text.data() + text.size()) {
    return invalid(fmt::format("not a sample: \"{}\" at \"{}\"", text.substr(0, 40),
                               csv.value("_time").substr(0, 40)));
  }
  const std::int64_t point = (*time - asked_.range.from) / asked_.timestep;
  if (*time < asked_.range.from || static_cast<std::size_t>(point) >= points_) return {};
  // Others than those that were asked for are left out.
  const auto host =
      std::find(asked_.hostnames.begin(), asked_.hostnames.end(), csv.value("hostname"));
  const auto id = std::find(asked_.ids.begin(), asked_.ids.end(), csv.value("type-id"));
  if (host == asked_.hostnames.end() || (id == asked_.ids.end() && !asked_.ids.empty())) return {};
  SampleRun& samples = series_[*host][asked_.ids.empty() ? std::string_view() : *id];
  if (samples.values.empty()) {
    samples = {asked_.range.from, asked_.timestep, std::vector<float>(points_, kAbsent)};
  }
  samples.values[static_cast<std::size_t>(point)] = static_cast<float>(value);
  return {};
}

// The same elements of one metric on several hosts.
struct Request {
  const schema::MetricConfig* metric = nullptr;
  std::vector<std::size_t> sums;  // places in PendingRead::sums, one per host
  std::vector<std::string_view> ids;
};
// Requests that one thread sends one after the other; no two groups have a sum in common.
using Requests = std::vector<Request>;

class InfluxRead {
 public:
  using Call = FluxCall;
  InfluxRead(const FluxCall& call, const MetricQuery& query, const ReadContext& context,
             PendingRead& read)
      : config_(call.config()), call_(call), query_(query), context_(context), read_(read) {}

  Result<void> run() {
    const std::vector<Requests> groups = plan();
    return for_each_until_error(context_, groups.size(), [&](std::size_t i) -> Result<void> {
      for (const Request& request : groups[i]) TRY(ask(request));
      return {};
    });
  }

 private:
  std::vector<Requests> plan() const;
  void cut(const Request& whole, std::vector<Requests>& groups) const;
  const std::string& hostname(std::size_t sum) const {
    return query_.hosts[read_.sums[sum].planned().host].hostname;
  }
  Result<void> ask(const Request& request);
  Result<void> ask_samples(const Request& request);

  const ExternalConfig& config_;
  const FluxCall& call_;
  const MetricQuery& query_;
  const ReadContext& context_;
  PendingRead& read_;
};

std::vector<Requests> InfluxRead::plan() const {
  // Hosts of which the same is wanted. A host that is named twice is asked for twice.
  using What =
      std::tuple<std::string_view, schema::MetricScope, std::int32_t, std::set<std::string_view>>;
  std::map<What, Request> requests;
  for (std::size_t i = 0; i < read_.sums.size(); ++i) {
    MetricSum& sum = read_.sums[i];
    const schema::MetricConfig& metric = *sum.planned().metric;
    std::set<std::string_view> ids;
    for (const MetricSum::Target& target : sum.targets()) {
      ids.insert(target.target->elements.begin(), target.target->elements.end());
    }
    Request& request = requests[{metric.name, metric.scope, metric.timestep, ids}];
    request.metric = &metric;
    request.sums.push_back(i);
    if (request.ids.empty()) request.ids.assign(ids.begin(), ids.end());
  }
  std::vector<Requests> groups;
  for (const auto& [what, request] : requests) cut(request, groups);
  return groups;
}

void InfluxRead::cut(const Request& whole, std::vector<Requests>& groups) const {
  const std::size_t bytes = query_.range(whole.metric->timestep).points() * kRowBytes;
  const std::size_t series =  // of one request
      std::max<std::size_t>(config_.max_answer_bytes / bytes, 1);
  const std::size_t per_host = std::max<std::size_t>(whole.ids.size(), 1);
  if (per_host > series) {
    for (const std::size_t sum : whole.sums) {
      Requests& group = groups.emplace_back();
      for (std::size_t at = 0; at < whole.ids.size(); at += series) {
        const auto end = std::min(at + series, whole.ids.size());
        group.push_back({whole.metric,
                         {sum},
                         {whole.ids.begin() + static_cast<std::ptrdiff_t>(at),
                          whole.ids.begin() + static_cast<std::ptrdiff_t>(end)}});
      }
    }
    return;
  }
  const std::size_t hosts = std::min(series / per_host, kMaxHosts);
  for (std::size_t at = 0; at < whole.sums.size(); at += hosts) {
    const auto end = std::min(at + hosts, whole.sums.size());
    groups.push_back({{whole.metric,
                       {whole.sums.begin() + static_cast<std::ptrdiff_t>(at),
                        whole.sums.begin() + static_cast<std::ptrdiff_t>(end)},
                       whole.ids}});
  }
}

// What is wrong with the query itself concerns its metric only.
Result<void> InfluxRead::ask(const Request& request) {
  Result<void> done = ask_samples(request);
  if (done || done.error().kind != ErrorKind::invalid) return done;
  for (const std::size_t sum : request.sums) read_.sums[sum].fail(done.error().detail);
  return {};
}

Result<void> InfluxRead::ask_samples(const Request& request) {
  std::vector<std::string_view> hostnames;
  for (const std::size_t sum : request.sums) hostnames.push_back(hostname(sum));
  std::sort(hostnames.begin(), hostnames.end());
  hostnames.erase(std::unique(hostnames.begin(), hostnames.end()), hostnames.end());
  const schema::MetricConfig& metric = *request.metric;
  const FluxSamples flux{
      {config_.bucket, query_.cluster->name, query_.from, query_.to},
      metric.name,
      // Of hosts whose hardware is not known: what was sent for the node.
      schema::to_string(request.ids.empty() ? schema::MetricScope::node : metric.scope),
      metric.timestep,
      hostnames,
      request.ids};
  SampleTable table(flux, query_.range(metric.timestep).points());
  TRY(call_.each_record(flux_samples(flux), [&](const FluxCsv& csv) { return table.take(csv); }));
  const std::vector<std::string_view> node(1);
  for (const std::size_t sum : request.sums) {
    for (const std::string_view id : request.ids.empty() ? node : request.ids) {
      const SampleRun* samples = table.find(hostname(sum), id);
      if (samples != nullptr) read_.sums[sum].add_element(id, *samples, 0);
    }
  }
  return {};
}

}  // namespace

Influx::Influx(ExternalConfig config) : config_(std::move(config)), http_(fetch_config(config_)) {}

Result<MetricAnswer> Influx::read(const MetricQuery& query, const ReadContext& context) {
  return read_external<InfluxRead>(config_, http_, query, context);
}

Result<std::vector<std::string>> Influx::hosts(std::string_view cluster, std::int64_t from,
                                               std::int64_t to, const ReadContext& context) {
  std::vector<std::string> names;
  if (to <= from) return names;
  FluxCall call(config_, http_, context);
  TRY(call.prepare());
  auto done = call.each_record(flux_hosts({config_.bucket, cluster, from, to}),
                               [&names](const FluxCsv& csv) -> Result<void> {
                                 names.emplace_back(csv.value("_value"));
                                 return {};
                               });
  if (!done) return unavailable(std::move(done).error());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

namespace {

// (host, metric) to the time of its last sample.
using LastSeen = std::map<std::pair<std::string, std::string>, std::int64_t>;

Result<void> read_last(const FluxCall& call, const FluxLast& query, LastSeen& out) {
  if (query.metrics.empty()) return {};
  return call.each_record(flux_last(query), [&out](const FluxCsv& csv) -> Result<void> {
    const auto time = parse_flux_time(csv.value("_time"));
    if (!time) return invalid("not a time: " + std::string(csv.value("_time").substr(0, 40)));
    out[{std::string(csv.value("hostname")), std::string(csv.value("_measurement"))}] = *time;
    return {};
  });
}

HostHealth judge(const std::string& hostname, std::span<const std::string> metrics,
                 const HealthQuery& query, const LastSeen& last) {
  HostHealth host;
  host.hostname = hostname;
  for (const std::string& name : metrics) {
    const auto seen = last.find({hostname, name});
    const schema::MetricConfig* metric = query.cluster->find_metric(name);
    if (seen == last.end() || metric == nullptr) {
      host.missing.push_back(name);
    } else if (query.now - seen->second > storage::kStaleSteps * metric->timestep) {
      host.degraded.push_back(name);
    }
  }
  host.state = state_of(host, metrics.size());
  return host;
}

}  // namespace

Result<std::vector<HostHealth>> Influx::health(const HealthQuery& query,
                                               const ReadContext& context) {
  FluxCall call(config_, http_, context);
  TRY(call.prepare());
  std::vector<HostHealth> out(query.hostnames.size());
  for (const auto& [metrics, places] : expected_by_host(query)) {
    std::vector<std::string_view> plain, accelerators;
    std::int64_t look = kHealthLook;
    for (const std::string& name : metrics) {
      const schema::MetricConfig* metric = query.cluster->find_metric(name);
      if (metric == nullptr) continue;
      look = std::max<std::int64_t>(look, 2 * storage::kStaleSteps * metric->timestep);
      const bool of_accelerators = metric->scope == schema::MetricScope::accelerator;
      (of_accelerators ? accelerators : plain).push_back(name);
    }
    for (std::size_t at = 0; at < places.size(); at += kMaxHosts) {
      const auto end = std::min(at + kMaxHosts, places.size());
      std::vector<std::string_view> names;
      for (std::size_t i = at; i < end; ++i) names.push_back(query.hostnames[places[i]]);
      const FluxRange range{config_.bucket, query.cluster->name, query.now - look, query.now + 1};
      LastSeen last;
      auto done = read_last(call, {range, plain, names, false}, last);
      if (done) done = read_last(call, {range, accelerators, names, true}, last);
      if (!done) return unavailable(std::move(done).error());
      for (std::size_t i = at; i < end; ++i) {
        out[places[i]] = judge(query.hostnames[places[i]], metrics, query, last);
      }
    }
  }
  return out;
}

}  // namespace jobledger::sources
