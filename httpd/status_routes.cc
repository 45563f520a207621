// SPDX-License-Identifier: MIT
#include "httpd/status_routes.h"

#include "httpd/discreet.h"
#include "schema/json_object.h"

namespace jobledger::httpd {
namespace {

using schema::JsonObject;

constexpr std::string_view kStartPage = R"(<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>jobledger</title>
<style>body{font:16px/1.5 sans-serif;max-width:46em;margin:3em auto;padding:0 1em}
pre{background:#f4f4f4;padding:1em;overflow-x:auto}</style>
<h1>jobledger</h1>
<p>The ledger of every job of this HPC centre: what ran, where, for whom, and how well.</p>
<ul>
<li><a href="/healthz">/healthz</a>: the daemon is alive</li>
<li><a href="/readyz">/readyz</a>: it can answer, or why not</li>
<li><a href="/metrics">/metrics</a>: its own numbers, for Prometheus</li>
<li><code>jobledger status</code>: the same for people, on the machine of the daemon</li>
<li>POST or GET /query: GraphQL; <a href="/schema.graphql">/schema.graphql</a>: its schema</li>
</ul>
<p>The ten newest jobs:</p>
<pre>curl -s http://127.0.0.1:8080/query -H 'Content-Type: application/json' -d '{"query":
  "{ jobs(page: {itemsPerPage: 10, page: 1}, order: {field: \"startTime\", type: \"col\", order: DESC})
     { count items { id jobId user cluster state startTime duration numNodes } } }"}'</pre>
</html>
)";

Response start_page(const Request&) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = kStartPage;
  return response;
}

Response healthy(const Request&) {
  Response response;
  response.body = "ok\n";
  return response;
}

Response readiness(const Services& services) {
  Readiness now = services.readiness();
  for (std::string& reason : now.reasons) reason = without_places(reason);
  std::string json;
  JsonObject object(json);
  object.boolean("ready", now.ready);
  object.texts("reasons", now.reasons);
  object.close();
  json += '\n';
  return json_response(std::move(json), now.ready ? 200 : 503);
}

Response metrics(Telemetry& telemetry) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = telemetry.text();
  return response;
}

}  // namespace

void add_status_routes(Router& router, const Services& services, Telemetry& telemetry) {
  router.add({Method::get, "/", start_page});
  const auto add_essential = [&](std::string pattern, DirectHandler handler) {
    Route route{Method::get, std::move(pattern), std::move(handler)};
    route.essential = true;
    router.add(std::move(route));
  };
  add_essential("/healthz", healthy);
  add_essential("/readyz", [&](const Request&) { return readiness(services); });
  add_essential("/metrics", [&](const Request&) { return metrics(telemetry); });
}

}  // namespace jobledger::httpd
