// SPDX-License-Identifier: MIT
#include "httpd/rest/metric_store_api.h"

#include "base/side_by_side.h"
#include "base/turn.h"
#include "httpd/negotiate.h"
#include "httpd/rest/metric_answer.h"
#include "httpd/rest/metric_debug.h"
#include "httpd/rest/metric_request.h"
#include "schema/json_object.h"
#include "sources/own_store.h"
#include "storage/store.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

namespace jobledger::httpd {
namespace {

using schema::JsonObject;
using storage::jobs::Dictionary;

// Of a host that never sent anything there are no lists, as in the field.
using IsKnown = std::function<bool(const std::string& hostname)>;

std::string write_health(const std::vector<sources::HostHealth>& hosts, const IsKnown& is_known) {
  std::string json;
  JsonObject object(json);
  for (const sources::HostHealth& host : hosts) {
    JsonObject entry(object.member(host.hostname));
    entry.text("State", schema::to_string(host.state));
    std::string lists;
    if (is_known(host.hostname)) {
      JsonObject metrics(lists);
      metrics.texts("degraded", host.degraded);
      metrics.texts("missing", host.missing);
      metrics.close();
    }
    entry.text("HealthMetrics", lists);
    entry.close();
  }
  object.close();
  return json;
}

// Metrics that the cluster does not have are missing of every host.
void add_unknown(const HealthRequest& request, const schema::Cluster& cluster,
                 sources::HostHealth& host) {
  for (const std::string& metric : request.metrics) {
    if (cluster.find_metric(metric) == nullptr) host.missing.push_back(metric);
  }
  if (!host.missing.empty() && host.state == schema::MonitoringState::full) {
    host.state = schema::MonitoringState::partial;
  }
}

Result<std::string> answer_health(const HealthRequest& request, std::int64_t now,
                                  std::shared_ptr<const schema::Clusters> clusters,
                                  const sources::ReadContext& reading) {
  std::vector<sources::HostHealth> hosts;
  sources::HealthQuery query;
  query.cluster = clusters->find(request.cluster);
  for (const std::string& node : request.nodes) {
    if (query.cluster != nullptr) break;
    hosts.push_back({node, schema::MonitoringState::failed, request.metrics, {}});
  }
  if (query.cluster == nullptr) return write_health(hosts, [](const auto&) { return false; });
  query.hostnames = request.nodes;
  query.metrics = request.metrics;
  query.now = now;
  sources::OwnStore store(clusters);
  TRY(hosts, store.health(query, reading));
  for (sources::HostHealth& host : hosts) add_unknown(request, *query.cluster, host);
  const auto& names = reading.snapshot->jobs().dictionaries();
  const auto cluster = names.find(Dictionary::cluster, request.cluster);
  return write_health(hosts, [&](const std::string& hostname) {
    const auto host = names.find(Dictionary::host, hostname);
    return cluster && host && !reading.snapshot->metric_head().find(*cluster, *host).empty();
  });
}

}  // namespace

void MetricStoreApi::add_routes(Router& router) {
  const auto add = [&](Method method, const std::string& path, auto handler, Access needs) {
    for (const char* end : {"", "/"}) {
      Route route{method, path + end, handler};
      route.needs = needs;
      if (needs == Access::open) route.max_body_bytes = config_.metric_store.max_body_bytes;
      router.add(std::move(route));
    }
  };
  const TaskHandler query = std::bind_front(&MetricStoreApi::query, this);
  add(Method::get, "/api/query", query, Access::open);
  add(Method::post, "/api/query", query, Access::open);
  add(Method::get, "/api/healthcheck", TaskHandler(std::bind_front(&MetricStoreApi::health, this)),
      Access::open);
  add(Method::post, "/api/free", DirectHandler(std::bind_front(&MetricStoreApi::free, this)),
      Access::change);
  add(Method::get, "/api/debug", TaskHandler(std::bind_front(&MetricStoreApi::debug, this)),
      Access::read);
}

// One hop: the answer comes back finished, packed if the client wants that.
Task<Response> MetricStoreApi::on_pool(const Request& request, Work work) {
  const storage::Store* store = services_.store();
  if (store == nullptr) {
    co_return error_response(Error{ErrorKind::unavailable, "the store is still loading"});
  }
  auto clusters = services_.clusters();
  auto job = [this, &request, store, clusters = std::move(clusters),
              work = std::move(work)]() -> Result<Response> {
    if (request.body.size() > MemoryBudget::kSmallShare) begin_large_work();
    const auto snapshot = store->snapshot();
    Parts parts{clusters, {}, MemoryShare(request.budget)};
    parts.reading.snapshot = snapshot.get();
    parts.reading.stop = {request.stop, request.arrived + config_.query_deadline};
    parts.reading.each = [this](std::size_t count, const auto& each) {
      run_side_by_side(pool_, count, each);
    };
    auto response = work(request, parts);
    if (!response) return error_response(response.error());
    response->memory = std::move(parts.memory);
    encode_body(*response, request.header("Accept-Encoding"), config_);
    return response;
  };
  auto response = co_await offload(pool_, std::move(job), request.peer);
  if (!response) co_return error_response(response.error());
  co_return *std::move(response);
}

Task<Response> MetricStoreApi::query(const Request& request) {
  return on_pool(request, [this](const Request& asked, Parts& parts) -> Result<Response> {
    MetricStoreConfig limits = config_.metric_store;
    limits.max_answer_bytes =
        std::min(limits.max_answer_bytes, MemoryBudget(config_.max_buffer_bytes).largest_share());
    const auto room = [&parts](std::size_t bytes) { return parts.memory.resize(bytes); };
    TRY(const auto call, parse_metric_store_request(asked.body, limits.max_body_bytes));
    TRY(std::string json, answer_metric_store(call, parts.clusters, limits, parts.reading, room));
    return json_response(std::move(json));
  });
}

Task<Response> MetricStoreApi::health(const Request& request) {
  const std::int64_t now = services_.now();
  return on_pool(request, [this, now](const Request& asked, Parts& parts) -> Result<Response> {
    TRY(const auto call, parse_health_request(asked.body, config_.metric_store.max_body_bytes));
    TRY(std::string json, answer_health(call, now, parts.clusters, parts.reading));
    return json_response(std::move(json));
  });
}

Task<Response> MetricStoreApi::debug(const Request& request) {
  return on_pool(request, [](const Request& asked, Parts& parts) -> Result<Response> {
    const std::string selector = asked.query_value("selector").value_or("");
    TRY(std::string json, describe_metric_head(*parts.reading.snapshot, selector));
    return json_response(std::move(json));
  });
}

Response MetricStoreApi::free(const Request& request) const {
  const auto to = request.query_value("to");
  if (!to) return error_response(400, "to: is missing");
  std::int64_t time = 0;
  const auto [end, ec] = std::from_chars(to->data(), to->data() + to->size(), time);
  if (ec != std::errc() || end != to->data() + to->size()) {
    return error_response(400, "to: expected epoch seconds");
  }
  if (auto body = check_free_request(request.body, config_.max_body_bytes); !body) {
    return error_response(body.error());
  }
  Response response;
  response.body = "buffers freed: 0\n";
  return response;
}

}  // namespace jobledger::httpd
