// SPDX-License-Identifier: MIT
#include "ready.h"

#include "cost.h"
#include "graphql/parser.h"
#include "response.h"
#include "validation.h"

namespace graphql::detail {

Response refuse(const EngineState& engine, Outcome outcome, const Errors& errors) {
  return {outcome, error_response(engine.options, errors), errors.size()};
}

Response refuse(const EngineState& engine, Outcome outcome, std::string message, std::string code) {
  Error error;
  error.message = std::move(message);
  error.code = std::move(code);
  return refuse(engine, outcome, Errors{std::move(error)});
}

namespace {

bool is_limit(const Errors& errors) {
  return !errors.empty() && errors.front().code.starts_with("LIMIT_");
}

// Parsed and validated; the errors with their outcome otherwise.
struct Refusal {
  Outcome outcome;
  Errors errors;
};

Refusal stopped(const Patience& patience) {
  Error error;
  Failure failure = patience.failure();
  error.message = std::move(failure.message);
  error.code = std::move(failure.code);
  return {Outcome::aborted, {std::move(error)}};
}

Expected<std::shared_ptr<const CompiledDocument>, Refusal> compile(const EngineState& engine,
                                                                   std::string_view text,
                                                                   Patience& patience) {
  if (auto cached = engine.cache.find(text)) return cached;
  const StopSignal& stop = patience.stop();
  const Limits& limits = engine.options.limits;
  auto owned = std::make_unique<const std::string>(text);
  auto document = parse_document(*owned, limits, Grammar::both, stop);
  if (patience.over_now()) return stopped(patience);
  if (!document) {
    Errors errors{document.error()};
    const Outcome outcome = is_limit(errors) ? Outcome::limited : Outcome::parse_failed;
    return Refusal{outcome, std::move(errors)};
  }
  if (auto exceeded = check_expanded_limits(*document, limits)) {
    return Refusal{Outcome::limited, {std::move(*exceeded)}};
  }
  Errors errors = validate_document(*engine.schema, *document,
                                    {limits, *engine.inputs, engine.options.introspection, stop});
  if (patience.over_now()) return stopped(patience);
  if (!errors.empty()) {
    const Outcome outcome = is_limit(errors) ? Outcome::limited : Outcome::invalid;
    return Refusal{outcome, std::move(errors)};
  }
  auto compiled = std::make_shared<const CompiledDocument>(std::move(owned), std::move(*document));
  engine.cache.add(compiled);
  return std::shared_ptr<const CompiledDocument>(std::move(compiled));
}

Expected<const ast::Operation*, Failure> choose_operation(const ast::Document& document,
                                                          std::string_view name) {
  const auto unresolved = [](std::string message) {
    return Failure{std::move(message), "OPERATION_RESOLUTION_FAILURE"};
  };
  if (name.empty()) {
    if (document.operations.size() == 1) return &document.operations.front();
    return unresolved(document.operations.empty()
                          ? "Must provide an operation."
                          : "Must provide operation name if query contains multiple operations.");
  }
  for (const ast::Operation& operation : document.operations) {
    if (operation.name.text == name) return &operation;
  }
  return unresolved("Unknown operation named \"" + std::string(name) + "\".");
}

Expected<Value, Failure> given_variables(const EngineState& engine, const Request& request) {
  if (request.variables_json.size() > engine.options.limits.variable_bytes) {
    return Failure{"Variables have more than " +
                       std::to_string(engine.options.limits.variable_bytes) + " bytes.",
                   "LIMIT_VARIABLE_BYTES"};
  }
  if (request.variables_json.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return Value(Value::Object{});
  }
  auto variables = parse_json(request.variables_json);
  if (!variables) return Failure{"Variables: " + variables.error().message, "BAD_USER_INPUT"};
  if (variables->is_null()) return Value(Value::Object{});
  if (!variables->is_object()) {
    return Failure{"Variables must be an object.", "BAD_USER_INPUT"};
  }
  return variables;
}

std::optional<Error> too_complex(const EngineState& engine, const Request& request,
                                 const OperationPlan& plan, const Value::Object& variables,
                                 Patience& patience) {
  const std::size_t limit = engine.options.limits.complexity;
  std::size_t cost = plan.constant_cost().load(std::memory_order_relaxed);
  if (cost == 0) {
    const Cost counted =
        operation_cost(engine, plan.document(), plan.operation(), variables, patience);
    cost = counted.fields;
    if (counted.constant) plan.constant_cost().store(cost, std::memory_order_relaxed);
  }
  if (cost <= limit) {
    if (request.planned) request.planned(cost);
    return std::nullopt;
  }
  Error error;
  error.message = "operation has complexity above the limit of " + std::to_string(limit);
  error.code = "COMPLEXITY_LIMIT_EXCEEDED";
  return error;
}

// The operation that is asked for, if it may be executed here.
Expected<const ast::Operation*, Refusal> allowed_operation(const EngineState& engine,
                                                           const CompiledDocument& document,
                                                           const Request& request) {
  static constexpr std::string_view kKinds[] = {"query", "mutation", "subscription"};
  Error error;
  error.code = "OPERATION_RESOLUTION_FAILURE";
  const auto chosen = choose_operation(document.document(), request.operation_name);
  if (!chosen) {
    error.message = chosen.error().message;
    return Refusal{Outcome::bad_request, {std::move(error)}};
  }
  const ast::Operation& operation = **chosen;
  if (engine.schema->root(operation.kind) == nullptr) {
    error.message = "Schema is not configured to execute " +
                    std::string(kKinds[static_cast<std::size_t>(operation.kind)]) + " operation.";
    error.locations = {ast::locate(document.text(), operation.at)};
    return Refusal{Outcome::bad_request, {std::move(error)}};
  }
  if (request.only_queries && operation.kind != OperationKind::query) {
    error.message = "Only queries are allowed here.";
    return Refusal{Outcome::not_a_query, {std::move(error)}};
  }
  return &operation;
}

Expected<Value::Object, Errors> coerced_variables(const EngineState& engine,
                                                  const CompiledDocument& document,
                                                  const ast::Operation& operation,
                                                  const Request& request) {
  auto given = request.variables != nullptr ? Expected<Value, Failure>(*request.variables)
                                            : given_variables(engine, request);
  if (!given) return Errors{{given.error().message, given.error().code, {}, {}, {}}};
  auto variables = engine.inputs->variables(document.document(), operation, *given,
                                            engine.options.limits.variable_errors, request.stop);
  if (!variables) return variables;
  if (const ast::Position* at = document.null_condition(operation, *variables)) {
    return Errors{{"Argument \"if\" of non-null type \"Boolean!\" must not be null.",
                   "BAD_USER_INPUT",
                   {ast::locate(document.text(), *at)},
                   {},
                   {}}};
  }
  return variables;
}

}  // namespace

Expected<ReadyRequest, Response> make_ready(const EngineState& engine, const Request& request) {
  Patience patience(request.stop);
  const auto refusal = [&](const Refusal& why) { return refuse(engine, why.outcome, why.errors); };
  if (patience.over_now()) return refusal(stopped(patience));
  const auto document = compile(engine, request.query, patience);
  if (!document) return refusal(document.error());
  const auto operation = allowed_operation(engine, **document, request);
  if (!operation) return refusal(operation.error());
  auto variables = coerced_variables(engine, **document, **operation, request);
  if (patience.over_now()) return refusal(stopped(patience));
  if (!variables) return refuse(engine, Outcome::bad_variables, variables.error());
  ReadyRequest ready{*document, *operation, std::move(*variables), nullptr};
  ready.plan = ready.document->plan(engine, **operation, ready.variables);
  if (auto error = too_complex(engine, request, *ready.plan, ready.variables, patience)) {
    return refusal(patience.over() ? stopped(patience) : Refusal{Outcome::limited, {*error}});
  }
  return ready;
}

}  // namespace graphql::detail
