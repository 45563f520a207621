// SPDX-License-Identifier: MIT
// A request and its answer as handlers see them: no Beast, no sockets.
#pragma once

#include "base/result.h"
#include "httpd/memory_budget.h"
#include "httpd/peer.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::httpd {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };
std::string_view to_string(Method method);
// GET, HEAD, OPTIONS, TRACE and the like change nothing; "other" counts as changing.
bool is_safe(Method method);

// What whoever sent a request may use, from least to most.
enum class Access : std::uint8_t {
  open,    // what is there for everybody who reaches a port
  read,    // the control interface as well, as long as nothing changes
  change,  // all
};

struct Header {
  std::string_view name, value;
};

// Lifetime: the connection keeps it, and what it views, until the handler's answer is complete.
struct Request {
  Method method = Method::get;
  std::string_view path;   // as sent, percent signs and all
  std::string_view query;  // what follows "?"
  std::vector<Header> headers;
  std::string body;
  bool secure = false;  // came over TLS
  Access access = Access::open;
  Peer peer = kLocalPeer;               // whose share of the query threads it uses
  std::vector<std::string> parameters;  // what the route's {} stood for, decoded
  std::chrono::steady_clock::time_point arrived;
  MemoryBudget* budget = nullptr;  // where the answer takes its share from; null: unbounded
  // Set when the client has left or the server gives up waiting; long work looks at it.
  const std::atomic<bool>* stop = nullptr;

  // Empty when absent; names match without case.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
  void set_header(std::string_view name, std::string_view value);  // the first one of that name
  // The first value of that name in the query, decoded.
  std::optional<std::string> query_value(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // further ones
  bool encoded = false;  // the body is final: Content-Encoding was decided by the handler
  MemoryShare memory;    // of the body, until the client has it; may be empty
};

std::string_view reason_phrase(int status);

// The only place where kinds become statuses.
int http_status(ErrorKind kind);

Response json_response(std::string json, int status = 200);
// {"status":"<reason phrase>","error":"<text>"}
Response error_response(int status, std::string_view text);
// What failed inside is logged, not told.
Response error_response(const Error& error);
// 503, for a client that may try again.
Response busy_response(std::string_view why);
// Bodies and answers of others fill the budget now.
Response no_room_response();

// ASCII letters only.
std::string lower_case(std::string_view text);

// "%41" -> "A"; nullopt for broken escapes. In queries "+" is a blank.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);

}  // namespace jobledger::httpd
