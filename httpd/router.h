// SPDX-License-Identifier: MIT
// Finds the handler of a request by method and path.
//
// Executor: routes are added before the server starts; then read from the loop only.
#pragma once

#include "base/async.h"
#include "httpd/message.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jobledger::httpd {

// At once, from memory. Runs on the loop: must not block.
using DirectHandler = std::function<Response(const Request&)>;
// Later. The request outlives the task. Its work may hop to a pool and back.
using TaskHandler = std::function<Task<Response>(const Request&)>;

struct Route {
  Method method = Method::get;  // a GET route answers HEAD, too
  std::string pattern;          // "/api/dead-letters/{}/retry"
  std::variant<DirectHandler, TaskHandler> handler;
  // What a request needs to use it. Who has Access::open only is told nothing of the others.
  Access needs = Access::open;
  // Every method and every body goes to this handler, which decides itself (the answer to what
  // /query does not know is 400).
  bool any_method = false;
  // Answered also when there is no connection left but a reserved one.
  bool essential = false;
  // Longest body, where Config::max_body_bytes is not what it takes; 0: that.
  std::size_t max_body_bytes = 0;
};

class Router {
 public:
  void add(Route route);

  struct Match {
    const Route* route = nullptr;  // null: look at allow
    std::vector<std::string> parameters;
    std::string allow;  // methods of the path, when only the method is wrong; else empty
  };
  Match find(Method method, std::string_view path, Access access = Access::open) const;

  const std::vector<std::unique_ptr<const Route>>& routes() const { return routes_; }

 private:
  std::vector<std::unique_ptr<const Route>> routes_;
};

// The answer for a path that no route has: JSON below /api/, HTML elsewhere.
Response not_found_response(std::string_view path);

}  // namespace jobledger::httpd
