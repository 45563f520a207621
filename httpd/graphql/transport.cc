// SPDX-License-Identifier: MIT
#include "httpd/graphql/transport.h"

#include "httpd/negotiate.h"
#include "schema/json_write.h"

#include <algorithm>
#include <string>

namespace jobledger::httpd {
using graphql::Value;

namespace {

constexpr std::string_view kGraphqlJson = "application/graphql-response+json";

Result<std::string> string_member(const Value& object, std::string_view name) {
  const Value& value = object[name];
  if (value.is_null()) return std::string();
  if (!value.is_string()) return invalid(std::string(name) + ": expected a string");
  return value.string();
}

}  // namespace

Result<GraphqlCall> parse_graphql_call(std::string_view body) {
  auto document = graphql::parse_json(body);
  if (!document) return invalid("the body is not JSON: " + document.error().message);
  if (!document->is_object()) {
    return invalid("the body must be a JSON object with the member \"query\"");
  }
  GraphqlCall call;
  TRY(call.query, string_member(*document, "query"));
  TRY(call.operation_name, string_member(*document, "operationName"));
  const Value& variables = (*document)["variables"];
  if (!variables.is_null() && !variables.is_object()) {
    return invalid("variables: expected an object");
  }
  call.variables = variables;
  return call;
}

Result<GraphqlCall> parse_graphql_query(const Request& request) {
  GraphqlCall call;
  auto query = request.query_value("query");
  if (!query) return invalid("query: the parameter is missing or not properly escaped");
  call.query = *std::move(query);
  call.operation_name = request.query_value("operationName").value_or("");
  const std::string text = request.query_value("variables").value_or("");
  if (text.empty()) return call;
  auto variables = graphql::parse_json(text);
  if (!variables) return invalid("variables: not JSON: " + variables.error().message);
  if (!variables->is_null() && !variables->is_object()) {
    return invalid("variables: expected an object");
  }
  call.variables = *std::move(variables);
  return call;
}

std::string_view negotiate_media_type(std::string_view accept) {
  if (accept.find_first_not_of(" \t,") == std::string_view::npos) return kJsonType;
  while (!accept.empty()) {
    const auto end = std::min(accept.find(','), accept.size());
    const std::string type = media_type(accept.substr(0, end));
    if (type == "*/*" || type == "application/*" || type == kJsonType) return kJsonType;
    if (type == kGraphqlJson) return kGraphqlJson;
    accept.remove_prefix(std::min(end + 1, accept.size()));
  }
  return kGraphqlJson;
}

int graphql_status(graphql::Outcome outcome, std::string_view media_type) {
  using graphql::Outcome;
  switch (outcome) {
    case Outcome::executed:
    case Outcome::limited:
    case Outcome::aborted:
      return 200;
    case Outcome::not_a_query:
      return 405;
    case Outcome::parse_failed:
    case Outcome::invalid:
    case Outcome::bad_request:
    case Outcome::bad_variables:
      break;
  }
  return media_type == kJsonType ? 422 : 400;
}

Response graphql_error(int status, std::string_view media_type, std::string_view message) {
  Response response;
  response.status = status;
  response.content_type = media_type;
  response.body = "{\"errors\":[{\"message\":";
  schema::write_json_string(response.body, message);
  response.body += "}],\"data\":null}";
  return response;
}

}  // namespace jobledger::httpd
