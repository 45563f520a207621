// SPDX-License-Identifier: MIT
#pragma once

// A request brought as far as execution: parsed, validated, its operation chosen, its variables
// coerced, planned, and within the limits.

#include "document_cache.h"
#include "engine_state.h"
#include "plan.h"

#include <memory>

namespace graphql::detail {

struct ReadyRequest {
  std::shared_ptr<const CompiledDocument> document;
  const ast::Operation* operation = nullptr;
  Value::Object variables;
  std::shared_ptr<const OperationPlan> plan;
};

// The response says why not.
Expected<ReadyRequest, Response> make_ready(const EngineState& engine, const Request& request);

Response refuse(const EngineState& engine, Outcome outcome, const Errors& errors);
Response refuse(const EngineState& engine, Outcome outcome, std::string message, std::string code);

// The operation on the request's objects.
Response run(const EngineState& engine, const ReadyRequest& ready, const Request& request);

}  // namespace graphql::detail
