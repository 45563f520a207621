// SPDX-License-Identifier: MIT

// Answers requests on standard input, one JSON object a line, so that the oracle test can compare
// them with the reference implementation's. {"sdl": …} sets the schema; {"query": …, "variables":
// …, "operation": …, "root": …} is parsed, validated and executed against data read from "root".

#include "graphql/graphql.h"
#include "graphql/output.h"
#include "graphql/parser.h"
#include "graphql/validate.h"

#include <iostream>
#include <string>

namespace {

using graphql::Error;
using graphql::Errors;
using graphql::Value;

graphql::Limits wide_limits() {
  graphql::Limits limits;
  limits.source_bytes = 1 << 24;
  limits.tokens = 1 << 22;
  limits.nesting = 500;
  limits.depth = 500;
  limits.expanded_nesting = 5000;
  limits.validation_errors = 1'000'000;
  limits.error_locations = 1'000'000;
  limits.field_comparisons = 100'000'000;
  return limits;
}

Value locations(const Error& error) {
  Value::List list;
  for (const auto& at : error.locations) {
    list.push_back(Value::Object{{"line", Value(std::int64_t{at.line})},
                                 {"column", Value(std::int64_t{at.column})}});
  }
  return list;
}

Value describe(const Errors& errors) {
  Value::List list;
  for (const Error& error : errors) {
    list.push_back(Value::Object{{"rule", Value(error.rule)},
                                 {"message", Value(error.message)},
                                 {"locations", locations(error)}});
  }
  return list;
}

class Runner {
 public:
  Value answer(const Value& request) {
    return request.find("sdl") != nullptr ? set_schema(request["sdl"].string()) : query(request);
  }

 private:
  Value set_schema(const std::string& sdl) {
    engine_.reset();
    auto schema = graphql::Schema::parse(sdl);
    if (!schema) return Value::Object{{"errors", describe(schema.error())}};
    graphql::Binder binder;
    binder.unbound_types_are_values();
    graphql::Options options;
    options.limits = wide_limits();
    auto engine = graphql::Engine::make(*schema, std::move(binder), options);
    if (!engine) return Value::Object{{"errors", describe(engine.error())}};
    engine_ = *engine;
    return Value::Object{{"printed", Value(engine_->schema().print())}};
  }

  Value query(const Value& request) {
    if (!engine_) return Value::Object{{"stage", Value("no schema")}};
    const std::string& text = request["query"].string();
    auto document = graphql::parse_document(text, wide_limits());
    if (!document) return stage("parse", {document.error()});
    const Errors invalid = graphql::validate(engine_->schema(), *document, wide_limits());
    if (!invalid.empty()) return stage("validate", invalid);
    const Value& root = request["root"];
    graphql::Request execution;
    execution.query = text;
    if (request["operation"].is_string()) execution.operation_name = request["operation"].string();
    const Value none{Value::Object{}};
    execution.variables = request["variables"].is_object() ? &request["variables"] : &none;
    execution.add_root(root);
    const auto response = engine_->execute(execution);
    auto body = graphql::parse_json(response.body, 1000);
    if (!body)
      return Value::Object{{"stage", Value("broken JSON")}, {"body", Value(response.body)}};
    return Value::Object{{"stage", Value("execute")}, {"response", std::move(*body)}};
  }

  static Value stage(const char* name, const Errors& errors) {
    return Value::Object{{"stage", Value(name)}, {"errors", describe(errors)}};
  }

  std::shared_ptr<const graphql::Engine> engine_;
};

}  // namespace

int main() {
  Runner runner;
  for (std::string line; std::getline(std::cin, line);) {
    auto request = graphql::parse_json(line, 1000);
    std::string out;
    graphql::Writer writer(out, graphql::format_float_ecmascript, false);
    writer.value(request ? runner.answer(*request)
                         : Value(Value::Object{{"stage", Value(request.error().message)}}));
    std::cout << out << std::endl;
  }
}
