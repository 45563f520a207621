// SPDX-License-Identifier: MIT
#include "httpd/httpd.h"

#include "base/worker_pool.h"
#include "httpd/control_api.h"
#include "httpd/control_socket.h"
#include "httpd/graphiql.h"
#include "httpd/graphql/endpoint.h"
#include "httpd/request_rules.h"
#include "httpd/rest/metric_store_api.h"
#include "httpd/server.h"
#include "httpd/status_routes.h"
#include "httpd/tls.h"

namespace jobledger::httpd {
namespace {

Result<void> check_socket(const Config& config) {
  return config.socket.empty() ? Result<void>() : check_socket_path(config.socket);
}

}  // namespace

std::vector<SettingProblem> check_config(const Config& config) {
  std::vector<SettingProblem> problems;
  if (config.query_threads < 1) problems.push_back({"http.query_threads", "at least 1 is needed"});
  if (auto listen = check_listen(config); !listen)
    problems.push_back({"http.listen", std::move(listen).error().detail});
  for (SettingProblem& problem : check_names(config)) problems.push_back(std::move(problem));
  if (auto socket = check_socket(config); !socket)
    problems.push_back({"http.socket", std::move(socket).error().detail});
  if (auto tls = make_tls_context(config.tls); !tls)
    problems.push_back({"http.tls", std::move(tls).error().detail});
  if (config.graphiql.empty()) return problems;
  if (auto page = read_graphiql(config.graphiql); !page)
    problems.push_back({"http.graphiql", std::move(page).error().detail});
  return problems;
}

// The order of destruction is the reverse: server, then what its routes use.
struct Httpd::Impl {
  Impl(Config settings, Services wired, Telemetry& telemetry)
      : config(std::move(settings)),
        services(std::move(wired)),
        pool("query", config.query_threads, config.max_queued_queries, config.max_large_queries),
        control(services, pool),
        metric_store(config, services, pool),
        graphql(config, services, pool, telemetry) {}

  const Config config;
  const Services services;
  WorkerPool pool;
  ControlApi control;
  MetricStoreApi metric_store;
  GraphqlEndpoint graphql;
  std::unique_ptr<Server> server;
};

Httpd::Httpd(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Httpd::~Httpd() = default;

Result<std::unique_ptr<Httpd>> Httpd::make(boost::asio::any_io_executor executor, Config config,
                                           Services services, Telemetry& telemetry) {
  if (auto problems = check_config(config); !problems.empty())
    return invalid(std::string(problems.front().key) + ": " + problems.front().text);
  auto impl = std::make_unique<Impl>(std::move(config), std::move(services), telemetry);
  TRY(impl->graphql.prepare());
  Router router;
  add_status_routes(router, impl->services, telemetry);
  impl->control.add_routes(router);
  impl->metric_store.add_routes(router);
  impl->graphql.add_routes(router);
  if (!impl->config.graphiql.empty()) {
    TRY(auto page, read_graphiql(impl->config.graphiql));
    add_graphiql_routes(router, std::move(page));
  }
  impl->server = std::make_unique<Server>(executor, impl->config, std::move(router), telemetry);
  return std::unique_ptr<Httpd>(new Httpd(std::move(impl)));
}

Result<void> Httpd::start() { return impl_->server->start(); }

std::vector<std::uint16_t> Httpd::ports() const { return impl_->server->ports(); }

Task<> Httpd::stop(std::chrono::milliseconds deadline) {
  co_await impl_->server->stop(deadline);
  impl_->pool.stop();
}

}  // namespace jobledger::httpd
