// SPDX-License-Identifier: MIT
#include "httpd/graphql/endpoint.h"

#include "base/side_by_side.h"
#include "base/turn.h"
#include "httpd/graphql/answer.h"
#include "httpd/graphql/bindings.h"
#include "httpd/graphql/transport.h"
#include "httpd/negotiate.h"
#include "storage/store.h"

#include <graphql/graphql.h>

#include <algorithm>
#include <functional>

namespace jobledger::httpd {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

graphql::Limits engine_limits(const Config& config) {
  const GraphqlConfig& bounds = config.graphql;
  graphql::Limits limits;
  limits.source_bytes = bounds.max_document_bytes;
  limits.tokens = bounds.max_tokens;
  limits.nesting = bounds.max_nesting;
  limits.expanded_nesting = bounds.max_expanded_nesting;
  limits.depth = bounds.max_depth;
  limits.root_fields = bounds.max_root_fields;
  limits.aliases = bounds.max_aliases;
  limits.operations = bounds.max_operations;
  limits.fragments = bounds.max_fragments;
  limits.variables = bounds.max_variables;
  limits.directives = bounds.max_directives;
  limits.field_comparisons = bounds.max_comparisons;
  limits.complexity = bounds.max_complexity;
  limits.plan_fields = bounds.max_plan_fields;
  limits.response_bytes =
      std::min(bounds.max_answer_bytes, MemoryBudget(config.max_buffer_bytes).largest_share());
  limits.errors = bounds.max_errors;
  limits.validation_errors = limits.variable_errors = bounds.max_problems;
  limits.error_locations = bounds.max_error_locations;
  limits.variable_bytes = config.max_body_bytes;
  return limits;
}

graphql::Options engine_options(const Config& config) {
  graphql::Options options;
  options.limits = engine_limits(config);
  options.cached_documents = config.graphql.cached_documents;
  options.cached_bytes = config.graphql.cached_bytes;
  options.introspection = config.graphql.introspection;
  options.coercion.int_64_bit = true;
  options.coercion.int_from_string = true;
  options.coercion.float_from_string = true;
  options.coercion.string_from_number = true;
  options.coercion.id_as_number = true;
  options.format_float = graphql::format_float_short_exponent;
  options.html_safe_strings = true;
  options.errors_first = true;
  options.data_always = true;
  return options;
}

// Lends threads that have nothing else to do: what waits for one is rather done by its own thread.
class IdleThreads final : public graphql::Executor {
 public:
  explicit IdleThreads(WorkerPool& pool) : pool_(pool) {}
  void post(std::function<void()> work) override {
    // What is not taken, the engine does itself.
    if (pool_.queued() == 0) [[maybe_unused]]
      const bool taken = pool_.submit(std::move(work));
  }
  void wait(const std::function<void()>& until_done) override {
    const TurnPause pause;
    until_done();
  }

 private:
  WorkerPool& pool_;
};

bool is_get(const Request& request) {
  return request.method == Method::get || request.method == Method::head;
}

// For a client that may try again.
Response refusal(std::string_view media_type, std::string_view why) {
  Response response = graphql_error(http_status(ErrorKind::unavailable), media_type, why);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Error mistakes(std::string_view what, const graphql::Errors& errors) {
  std::string text(what);
  for (const auto& error : errors) text += "\n  " + error.message;
  return {ErrorKind::internal, std::move(text)};
}

}  // namespace

GraphqlEndpoint::GraphqlEndpoint(const Config& config, const Services& services, WorkerPool& pool,
                                 Telemetry& telemetry)
    : config_(config),
      services_(services),
      pool_(pool),
      latency_(telemetry.latency("jobledger_graphql_seconds",
                                 "GraphQL answers, from the thread's start to the last byte")),
      failed_(telemetry.counter("jobledger_graphql_errors_total",
                                "Entries of \"errors\" in GraphQL answers")) {}

GraphqlEndpoint::~GraphqlEndpoint() = default;

Result<void> GraphqlEndpoint::prepare() {
  auto schema = graphql::Schema::parse(api_schema_text());
  if (!schema) return mistakes("schema/api.graphql:", schema.error());
  graphql::Binder binder;
  bind_scalars(binder);
  bind_jobs(binder);
  bind_job_fields(binder);
  bind_clusters(binder);
  bind_nodes(binder);
  bind_metric_fields(binder);
  bind_job_metrics(binder);
  bind_jobs_metrics(binder, config_.graphql);
  bind_node_metrics(binder, config_.graphql);
  bind_cluster_metrics(binder);
  binder.list_size("Query", "jobs", {"page.itemsPerPage", 50, config_.graphql.max_page_jobs});
  auto engine = graphql::Engine::make(*schema, std::move(binder), engine_options(config_));
  if (!engine) return mistakes("resolvers do not fit schema/api.graphql:", engine.error());
  engine_ = *engine;
  return {};
}

void GraphqlEndpoint::add_routes(Router& router) {
  Route route{Method::post, "/query", TaskHandler(std::bind_front(&GraphqlEndpoint::answer, this))};
  route.any_method = true;
  router.add(std::move(route));
  router.add({Method::get, "/schema.graphql",
              DirectHandler(std::bind_front(&GraphqlEndpoint::schema_text, this))});
}

Response GraphqlEndpoint::schema_text(const Request&) const {
  Response response;
  if (!config_.graphql.introspection) {
    response.status = 403;
    response.body = "the schema is not shown: http.graphql.introspection is off\n";
    return response;
  }
  response.body = engine_->schema().print();
  return response;
}

Task<Response> GraphqlEndpoint::answer(const Request& request) {
  if (request.method != Method::post && !is_get(request)) {
    co_return graphql_error(400, kText, "only POST and GET are supported");
  }
  if (request.method == Method::post && !is_json(request.header("Content-Type"))) {
    co_return graphql_error(400, kText, "the Content-Type must be application/json");
  }
  const std::string_view media_type = negotiate_media_type(request.header("Accept"));
  Sources from = sources();
  if (from.store == nullptr) {
    co_return graphql_error(503, media_type, "the store is still loading");
  }
  auto work = [this, &request, from = std::move(from)]() -> Result<Response> {
    return execute(request, from);
  };
  auto response = co_await offload(pool_, std::move(work), request.peer);
  if (!response) {
    co_return refusal(media_type, "too many queries are waiting: try again");
  }
  co_return *std::move(response);
}

GraphqlEndpoint::Sources GraphqlEndpoint::sources() const {
  return {services_.store(), services_.clusters(),
          services_.metrics ? services_.metrics() : nullptr, services_.now()};
}

Answer GraphqlEndpoint::make_answer(const Request& request, const Sources& sources) const {
  Answer answer;
  answer.snapshot = sources.store->snapshot();
  answer.clusters = sources.clusters;
  answer.now = sources.now;
  answer.limits = &config_.graphql;
  answer.resampling = &config_.resampling;
  answer.metrics = sources.metrics;
  answer.reading.snapshot = answer.snapshot.get();
  answer.reading.stop = {request.stop, request.arrived + config_.query_deadline};
  answer.reading.each = std::bind_front(run_side_by_side, std::ref(pool_));
  return answer;
}

Response GraphqlEndpoint::execute(const Request& request, const Sources& sources) const {
  const std::string_view media_type = negotiate_media_type(request.header("Accept"));
  const bool get = is_get(request);
  if (request.body.size() > MemoryBudget::kSmallShare) begin_large_work();
  const auto call = get ? parse_graphql_query(request) : parse_graphql_call(request.body);
  if (!call) return graphql_error(400, media_type, call.error().detail);

  const auto began = std::chrono::steady_clock::now();
  Answer answer = make_answer(request, sources);
  const QueryRoot root;
  graphql::Request query;
  query.query = call->query;
  query.operation_name = call->operation_name;
  if (call->variables.is_object()) query.variables = &call->variables;
  query.stop.flag = answer.reading.stop.flag;
  query.stop.deadline = answer.reading.stop.deadline;
  query.only_queries = get;
  IdleThreads idle(pool_);
  query.executor = &idle;
  query.add_root(root).set_host(answer);
  Response response;
  response.memory = MemoryShare(request.budget);
  bool crowded = false;
  query.room = [&](std::size_t bytes) { return !(crowded = !response.memory.resize(bytes)); };
  query.planned = [this](std::size_t complexity) {
    if (complexity > config_.graphql.large_complexity) begin_large_work();
  };
  query.yield = yield_turn;
  graphql::Response result = engine_->execute(query);
  if (crowded) return refusal(media_type, "there is no memory for the answer now: try again");

  response.status = graphql_status(result.outcome, media_type);
  response.content_type = media_type;
  response.headers.emplace_back("Vary", "Accept");
  response.body = std::move(result.body);
  if (result.outcome == graphql::Outcome::not_a_query)
    response.headers.emplace_back("Allow", "POST");
  encode_body(response, request.header("Accept-Encoding"), config_);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  latency_.observe_seconds(took.count());
  if (result.errors > 0) failed_.add(static_cast<double>(result.errors));
  return response;
}

}  // namespace jobledger::httpd
