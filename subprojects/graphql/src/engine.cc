// SPDX-License-Identifier: MIT
#include "graphql/engine.h"

#include "engine_builder.h"
#include "execute.h"
#include "ready.h"
#include "response.h"

namespace graphql {
namespace detail {
namespace {

const void* find_root(const EngineState& engine, const Request& request, OperationKind kind) {
  const NamedType* type = engine.schema->root(kind);
  if (type == nullptr) return nullptr;
  for (const ObjectRef& root : request.roots) {
    if (root.token == engine.tokens[type->index]) return root.object;
  }
  return nullptr;
}

Response respond(const EngineState& engine, Execution& execution) {
  Response response;
  response.outcome = execution.aborted() ? Outcome::aborted : Outcome::executed;
  response.errors = execution.errors().size();
  response.body = std::move(execution.buffer());
  finish_response(response.body, engine.options, execution.errors());
  return response;
}

}  // namespace

Response run(const EngineState& engine, const ReadyRequest& ready, const Request& request) {
  const void* root = find_root(engine, request, ready.operation->kind);
  if (root == nullptr) {
    return refuse(engine, Outcome::bad_request, "The request has no object for the root type.",
                  "INTERNAL");
  }
  Execution execution(engine, *ready.plan, request, ready.variables);
  execution.buffer() = "{\"data\":";
  if (!execution.run(root)) execution.buffer().append("null");
  if (ready.plan->take_growth()) engine.cache.settle(*ready.document);
  return respond(engine, execution);
}

}  // namespace detail

Expected<std::shared_ptr<const Engine>, Errors> Engine::make(std::shared_ptr<const Schema> schema,
                                                             Binder binder, Options options) {
  EngineBuilder builder(std::move(schema), std::move(binder), options);
  auto state = builder.build();
  if (!state) return std::move(state.error());
  return std::make_shared<const Engine>(std::move(*state));
}

Engine::Engine(std::unique_ptr<detail::EngineState> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

const Schema& Engine::schema() const { return *state_->schema; }
const Options& Engine::options() const { return state_->options; }
CacheUse Engine::cache_use() const { return state_->cache.use(); }

Response Engine::execute(const Request& request) const {
  auto ready = detail::make_ready(*state_, request);
  if (!ready) return std::move(ready.error());
  return detail::run(*state_, *ready, request);
}

Expected<Subscription, Response> Engine::subscribe(const Request& request) const {
  auto ready = detail::make_ready(*state_, request);
  if (!ready) return std::move(ready.error());
  const auto refuse = [&](std::string message) {
    return detail::refuse(*state_, Outcome::bad_request, std::move(message),
                          "OPERATION_RESOLUTION_FAILURE");
  };
  if (ready->operation->kind != OperationKind::subscription) {
    return refuse("Only subscriptions have a source stream.");
  }
  if (ready->plan->root().fields.size() != 1) {
    return refuse("A subscription must have exactly one field that is not skipped.");
  }
  const detail::PlanField& field = ready->plan->root().fields.front();
  const auto source = state_->sources.find(field.def->name);
  if (field.is_typename || source == state_->sources.end()) {
    return refuse("No source stream stands behind this field.");
  }
  detail::Execution execution(*state_, *ready->plan, request, ready->variables);
  const detail::PathNode path{nullptr, &field.key, 0};
  const auto fail = [&](const Failure& failure) {
    execution.add_error(field, failure, &path);
    execution.buffer() = "{\"data\":null";
    return detail::respond(*state_, execution);
  };
  const auto& args = execution.args(field);
  if (!args) return fail({args.error().message, "BAD_USER_INPUT"});
  try {
    auto stream = source->second.make(*args, Context(execution, field));
    if (!stream) return fail(stream.error());
    return Subscription(*this, std::make_unique<detail::ReadyRequest>(std::move(*ready)),
                        std::move(*stream), source->second.token);
  } catch (...) {
    return fail(detail::failure_of_exception(state_->options));
  }
}

Subscription::Subscription(const Engine& engine, std::unique_ptr<const detail::ReadyRequest> ready,
                           std::shared_ptr<void> source, TypeToken token)
    : engine_(&engine),
      ready_(std::move(ready)),
      source_(std::move(source)),
      source_token_(token) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&&) noexcept = default;
Subscription::~Subscription() = default;

Response Subscription::execute(const Request& event) const {
  return detail::run(*engine_->state_, *ready_, event);
}

void* Subscription::source_pointer(TypeToken token) const {
  if (token != source_token_) {
    throw std::logic_error("the source stream is not of type " + std::string(token->name));
  }
  return source_.get();
}

}  // namespace graphql
