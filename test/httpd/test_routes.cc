// SPDX-License-Identifier: MIT
#include "test/httpd/test_routes.h"

#include <functional>
#include <stdexcept>
#include <tuple>

namespace jobledger::test {
namespace {

httpd::Response text(std::string body) {
  httpd::Response response;
  response.body = std::move(body);
  return response;
}

}  // namespace

httpd::Router test_routes() {
  using httpd::Method;
  using httpd::Request;
  httpd::Router router;
  router.add({Method::get, "/hello", [](const Request&) { return text("hello\n"); }});
  httpd::Route alive{Method::get, "/alive", [](const Request&) { return text("yes\n"); }};
  alive.essential = true;
  router.add(std::move(alive));
  router.add({Method::post, "/echo", [](const Request& request) { return text(request.body); }});
  router.add(
      {Method::get, "/big", [](const Request&) { return text(std::string(1'000'000, 'x')); }});
  router.add({Method::get, "/throw", [](const Request&) -> httpd::Response {
                throw std::runtime_error("secret detail");
              }});
  router.add({Method::get, "/item/{}", [](const Request& request) {
                return text(request.parameters.at(0) + "|" +
                            request.query_value("q").value_or("none"));
              }});
  for (const Method method : {Method::get, Method::post}) {
    httpd::Route roomy{method, "/roomy", [](const Request& request) { return text(request.body); }};
    roomy.max_body_bytes = 2'000;
    router.add(std::move(roomy));
  }
  return router;
}

httpd::Router control_routes() {
  using httpd::Access;
  using httpd::Method;
  httpd::Router router = test_routes();
  for (const auto& [method, path, needs] : {std::tuple{Method::get, "/look", Access::read},
                                            std::tuple{Method::post, "/change", Access::change}}) {
    httpd::Route route{method, path, [](const httpd::Request&) { return text("done"); }};
    route.needs = needs;
    router.add(std::move(route));
  }
  return router;
}

httpd::Router SlowRoute::router() {
  httpd::Router router = test_routes();
  router.add(
      {httpd::Method::get, "/slow", httpd::TaskHandler(std::bind_front(&SlowRoute::answer, this))});
  return router;
}

Task<httpd::Response> SlowRoute::answer(const httpd::Request& request) {
  auto work = [this, &request]() -> Result<std::string> {
    gate.arrive_and_wait(*request.stop);
    return std::string(request.stop->load() ? "stopped" : "finished");
  };
  auto result = co_await offload(pool_, std::move(work));
  co_return text(result ? *result : result.error().detail);
}

}  // namespace jobledger::test
