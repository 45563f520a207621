// SPDX-License-Identifier: MIT
#include "httpd/router.h"

#include "base/log.h"

#include <optional>

namespace jobledger::httpd {
namespace {

// The next piece of a path; removes it and the slash in front of what follows.
std::string_view take_segment(std::string_view& path) {
  const auto end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

std::size_t count_slashes(std::string_view path) {
  std::size_t n = 0;
  for (char c : path) n += c == '/';
  return n;
}

std::optional<std::vector<std::string>> match_pattern(std::string_view pattern,
                                                      std::string_view path) {
  if (pattern.find('{') == std::string_view::npos) {
    if (pattern != path) return std::nullopt;
    return std::vector<std::string>{};
  }
  if (count_slashes(pattern) != count_slashes(path)) return std::nullopt;
  std::vector<std::string> parameters;
  while (!pattern.empty() || !path.empty()) {
    const std::string_view wanted = take_segment(pattern), given = take_segment(path);
    if (wanted == "{}") {
      auto decoded = percent_decode(given);
      if (!decoded || decoded->empty()) return std::nullopt;
      parameters.push_back(std::move(*decoded));
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  return parameters;
}

}  // namespace

void Router::add(Route route) {
  CHECK(!route.pattern.empty() && route.pattern.front() == '/', "pattern {}", route.pattern);
  routes_.push_back(std::make_unique<const Route>(std::move(route)));
}

Router::Match Router::find(Method method, std::string_view path, Access access) const {
  Match match;
  const Method wanted = method == Method::head ? Method::get : method;
  for (const auto& route : routes_) {
    if (access == Access::open && route->needs > access) continue;
    auto parameters = match_pattern(route->pattern, path);
    if (!parameters) continue;
    if (route->method == wanted || (route->any_method && method != Method::options)) {
      match.route = route.get();
      match.parameters = std::move(*parameters);
      match.allow.clear();
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += to_string(route->method);
    if (route->method == Method::get) match.allow += ", HEAD";
  }
  if (!match.allow.empty()) match.allow += ", OPTIONS";
  return match;
}

Response not_found_response(std::string_view path) {
  if (path.starts_with("/api/")) {
    return json_response(
        "{\"error\":\"the requested endpoint does not exist\",\"status\":\"Resource not found\"}\n",
        404);
  }
  Response response;
  response.status = 404;
  response.content_type = "text/html; charset=utf-8";
  response.body =
      "<!DOCTYPE html><html lang=\"en\"><title>Not found</title><h1>Not found</h1>"
      "<p>There is nothing here. <a href=\"/\">Start page</a></p></html>\n";
  return response;
}

}  // namespace jobledger::httpd
