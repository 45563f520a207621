// SPDX-License-Identifier: MIT
// GraphQL over HTTP as the field's clients know it: what comes in, what goes out, which status.
#pragma once

#include "base/result.h"
#include "httpd/message.h"

#include <graphql/graphql.h>

#include <string>
#include <string_view>

namespace jobledger::httpd {

// The JSON body of a request. `operation_name` empty: none. `variables` null or an object.
struct GraphqlCall {
  std::string query, operation_name;
  graphql::Value variables;
};
Result<GraphqlCall> parse_graphql_call(std::string_view body);
// Of a GET: the parameters query, operationName and variables (JSON); others are not looked at.
Result<GraphqlCall> parse_graphql_query(const Request& request);

// "application/json" or "application/graphql-response+json", by the first entry we know.
std::string_view negotiate_media_type(std::string_view accept);

// The status that clients expect for an outcome, which depends on the media type.
int graphql_status(graphql::Outcome outcome, std::string_view media_type);

// {"errors":[{"message":...}],"data":null}
Response graphql_error(int status, std::string_view media_type, std::string_view message);

}  // namespace jobledger::httpd
