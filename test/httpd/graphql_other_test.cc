// SPDX-License-Identifier: MIT
// clusters, tags, nodes and the transport.
#include "httpd/graphql/transport.h"
#include "test/httpd/graphql_fixture.h"

#include <doctest/doctest.h>

namespace jobledger::test {
using schema::MonitoringState;
using schema::SchedulerState;

namespace {

storage::NodeState node(std::string hostname, std::string sub_cluster, SchedulerState scheduler,
                        MonitoringState health = MonitoringState::full) {
  storage::NodeState state;
  state.hostname = std::move(hostname);
  state.sub_cluster = std::move(sub_cluster);
  state.scheduler_state = scheduler;
  state.health_state = health;
  state.cpus_allocated = 36;
  state.gpus_allocated = 1;
  state.jobs_running = 2;
  state.memory_allocated = 64000;
  return state;
}

void report_some(GraphqlFixture& data) {
  data.report_nodes(
      "big", kNow - 600,
      {node("n01", "main", SchedulerState::idle), node("n02", "main", SchedulerState::idle)});
  data.report_nodes(
      "big", kNow - 60,
      {node("n01", "main", SchedulerState::allocated, MonitoringState::partial),
       node("n02", "main", SchedulerState::idle), node("g1", "gpu", SchedulerState::mixed)});
  data.report_nodes("star", kNow - 30, {node("n01", "all", SchedulerState::down)});
}

}  // namespace

TEST_CASE("every field of a cluster") {
  GraphqlFixture data;
  const std::string answer = data.ask(
      "{ clusters { name partitions subClusters { name nodes numberOfNodes processorType "
      "socketsPerNode coresPerSocket threadsPerCore flopRateScalar { name unit { base prefix } "
      "value } flopRateSimd { value } memoryBandwidth { value } topology { node socket "
      "memoryDomain die core accelerators { id type model } } footprint } } }");
  CHECK(answer.starts_with(
      R"({"data":{"clusters":[{"name":"big","partitions":["gpu","work"],"subClusters":[)"
      R"({"name":"main","nodes":"n[01-40]","numberOfNodes":40,"processorType":"X",)"
      R"("socketsPerNode":1,"coresPerSocket":2,"threadsPerCore":2,)"
      R"("flopRateScalar":{"name":null,"unit":{"base":"F/s","prefix":"G"},"value":20},)"
      R"("flopRateSimd":{"value":160},"memoryBandwidth":{"value":80.5},)"
      R"("topology":{"node":[0,1,2,3],"socket":[[0,1,2,3]],"memoryDomain":[[0,1],[2,3]],)"
      R"("die":null,"core":[[0,2],[1,3]],"accelerators":[{"id":"00000000:01:00.0",)"
      R"("type":"Nvidia GPU","model":"A"}]},"footprint":["cpu_load","mem_used"]},{"name":"gpu",)"));
  CHECK(answer.find(R"({"name":"star","partitions":[],"subClusters":[{"name":"all",)"
                    R"("nodes":"*","numberOfNodes":0,)") != std::string::npos);
}

TEST_CASE("metrics as they count for a sub-cluster") {
  GraphqlFixture data;
  const std::string answer = data.ask(
      "{ clusters { subClusters { metricConfig { name unit { base prefix } scope aggregation "
      "timestep peak normal caution alert lowerIsBetter subClusters { name peak normal caution "
      "alert remove } } } } }");
  CHECK(answer.starts_with(
      R"({"data":{"clusters":[{"subClusters":[{"metricConfig":[{"name":"cpu_load",)"
      R"("unit":{"base":"","prefix":""},"scope":"node","aggregation":"avg","timestep":60,)"
      R"("peak":72,"normal":72,"caution":36,"alert":20,"lowerIsBetter":false,"subClusters":[]},)"
      R"({"name":"mem_used","unit":{"base":"B","prefix":"G"},)"));
  CHECK(answer.find(R"({"metricConfig":[{"name":"cpu_load","unit":{"base":"","prefix":""},)"
                    R"("scope":"node","aggregation":"avg","timestep":60,"peak":128,"normal":128,)"
                    R"("caution":64,"alert":32,"lowerIsBetter":true,"subClusters":[]},)") !=
        std::string::npos);
}

TEST_CASE("metrics over all clusters") {
  GraphqlFixture data;
  CHECK(data.ask("{ globalMetrics { name scope footprint unit { base prefix } availability { "
                 "cluster subClusters } } }") ==
        R"({"data":{"globalMetrics":[{"name":"cpu_load","scope":"node","footprint":"min",)"
        R"("unit":{"base":"","prefix":""},"availability":[{"cluster":"big",)"
        R"("subClusters":["main","gpu"]},{"cluster":"star","subClusters":["all"]}]},)"
        R"({"name":"mem_used","scope":"node","footprint":"max","unit":{"base":"B","prefix":"G"},)"
        R"("availability":[{"cluster":"big","subClusters":["main","gpu"]}]},)"
        R"({"name":"node_power","scope":"node","footprint":"","unit":{"base":"W","prefix":""},)"
        R"("availability":[{"cluster":"big","subClusters":["main"]}]}]}})");
}

TEST_CASE("tags by number, allocated nodes by sub-cluster") {
  GraphqlFixture data;
  CHECK(data.ask("{ tags { id type name scope } }") ==
        R"({"data":{"tags":[{"id":1,"type":"kind","name":"good","scope":"global"},)"
        R"({"id":2,"type":"kind","name":"slow","scope":"carol"}]}})");
  CHECK(data.ask("{ a: allocatedNodes(cluster: \"big\") { name count } "
                 "b: allocatedNodes(cluster: \"none\") { name } }") ==
        R"({"data":{"a":[{"name":"gpu","count":1}],"b":[]}})");
}

TEST_CASE("every field of a node's latest state") {
  GraphqlFixture data;
  report_some(data);
  CHECK(data.ask(
            "{ node(id: \"big/n01\") { id hostname cluster subCluster jobsRunning cpusAllocated "
            "memoryAllocated gpusAllocated schedulerState healthState metaData healthData } }") ==
        R"({"data":{"node":{"id":"big/n01","hostname":"n01","cluster":"big","subCluster":"main",)"
        R"("jobsRunning":2,"cpusAllocated":36,"memoryAllocated":64000,"gpusAllocated":1,)"
        R"("schedulerState":"allocated","healthState":"partial","metaData":{},"healthData":{}}}})");
  CHECK(data.ask("{ node(id: 1) { id } }").find("no node with id 1") != std::string::npos);
  CHECK(
      data.ask("{ nodes { count items { id } } nodesWithMeta(filter: {hostname: {contains: "
               "\"G\"}}) { items { hostname metaData } } }") ==
      R"({"data":{"nodes":{"count":4,"items":[{"id":"big/g1"},{"id":"big/n01"},{"id":"star/n01"},)"
      R"({"id":"big/n02"}]},"nodesWithMeta":{"items":[{"hostname":"g1","metaData":{}}]}}})");
}

TEST_CASE("node filters") {
  GraphqlFixture data;
  report_some(data);
  const auto count = [&](std::string_view filter) {
    return data.ask("{ nodes(filter: " + std::string(filter) + ") { count } }");
  };
  const auto is = [](int n) { return R"({"data":{"nodes":{"count":)" + std::to_string(n) + "}}}"; };
  CHECK(count("[]") == is(4));
  CHECK(count("{cluster: {eq: \"big\"}}") == is(3));
  CHECK(count("[{cluster: {eq: \"big\"}}, {subCluster: {neq: \"gpu\"}}]") == is(2));
  CHECK(count("{hostname: {in: [\"g1\", \"n02\"]}}") == is(2));
  CHECK(count("{hostname: {endsWith: \"1\"}}") == is(3));
  CHECK(count("{hostname: {startsWith: \"N\"}}") == is(3));
  CHECK(count("{schedulerState: idle}") == is(1));
  CHECK(count("{schedulerState: \"asleep\"}") == is(0));
  CHECK(count("{healthState: \"partial\"}") == is(1));
  CHECK(count("{timeStart: 99999999999}") == is(4));
}

TEST_CASE("node states are counted now and over time") {
  GraphqlFixture data;
  report_some(data);
  CHECK(
      data.ask("{ nodeStates(filter: {cluster: {eq: \"big\"}}) { state count } }") ==
      R"({"data":{"nodeStates":[{"state":"allocated","count":1},{"state":"idle","count":1},)"
      R"({"state":"mixed","count":1},{"state":"full","count":2},{"state":"partial","count":1}]}})");
  CHECK(data.ask("query($f: [NodeFilter!]) { nodeStatesTimed(filter: $f, type: \"node\") { state "
                 "counts times } }",
                 R"({"f":{"cluster":{"eq":"big"}}})") ==
        R"({"data":{"nodeStatesTimed":[{"state":"allocated","counts":[1],"times":[1704067140]},)"
        R"({"state":"idle","counts":[2,1],"times":[1704066600,1704067140]},)"
        R"({"state":"mixed","counts":[1],"times":[1704067140]}]}})");
  CHECK(
      data.ask(
          "{ nodeStatesTimed(filter: {timeStart: 1704066600}, type: \"health\") { state counts "
          "times } }") ==
      R"({"data":{"nodeStatesTimed":[{"state":"full","counts":[2,1],"times":[1704067140,1704067170]},)"
      R"({"state":"partial","counts":[1],"times":[1704067140]}]}})");
  CHECK(data.ask("{ nodeStatesTimed(type: \"power\") { state } }").find("must be") !=
        std::string::npos);
}

TEST_CASE("status and media type by what the client accepts") {
  GraphqlFixture data;
  const std::string good = R"({"query":"{ jobs { count } }"})";
  const struct {
    const char* accept;
    const char* type;
  } types[] = {
      {"", "application/json"},
      {"*/*", "application/json"},
      {"text/html, application/json", "application/json"},
      {"application/graphql-response+json, application/graphql+json, application/json",
       "application/graphql-response+json"},
      {"application/json;q=0.5, application/graphql-response+json", "application/json"},
      {"text/html", "application/graphql-response+json"},
  };
  for (const auto& each : types) {
    CAPTURE(each.accept);
    const auto response = data.post(good, each.accept);
    CHECK(response.status == 200);
    CHECK(response.content_type == each.type);
    CHECK(response.body == R"({"data":{"jobs":{"count":5}}})");
  }
  const std::string modern = "application/graphql-response+json";
  const struct {
    std::string body;
    int json, response_json;
  } statuses[] = {
      {R"({"query":"{ jobs { count"})", 422, 400},
      {R"({"query":"{ nothing }"})", 422, 400},
      {R"({"query":"query($i: ID!) { job(id: $i) { id } }"})", 422, 400},
      {R"({"query":"{ jobs { count } }","operationName":"absent"})", 422, 400},
      {R"({"query":""})", 422, 400},
      {R"({"extensions":{"persistedQuery":{"sha256Hash":"0"}}})", 422, 400},
      {R"([{"query":"{ jobs { count } }"}])", 400, 400},
      {R"({"query":7})", 400, 400},
      {R"({"query":"{ jobs { count } }","variables":[]})", 400, 400},
      {"{", 400, 400},
      {"", 400, 400},
      {R"({"query":"{ job(id: 99) { id } }"})", 200, 200},
  };
  for (const auto& each : statuses) {
    CAPTURE(each.body);
    const auto response = data.post(each.body);
    CHECK(response.status == each.json);
    CHECK(response.body.starts_with(R"({"errors":[{"message":)"));
    CHECK(response.body.find("\"data\":") != std::string::npos);
    CHECK(data.post(each.body, modern).status == each.response_json);
  }
}

TEST_CASE("each outcome has its status") {
  using graphql::Outcome;
  const std::string_view json = "application/json", modern = "application/graphql-response+json";
  for (const auto outcome : {Outcome::executed, Outcome::limited, Outcome::aborted}) {
    CHECK(httpd::graphql_status(outcome, json) == 200);
    CHECK(httpd::graphql_status(outcome, modern) == 200);
  }
  for (const auto outcome :
       {Outcome::parse_failed, Outcome::invalid, Outcome::bad_request, Outcome::bad_variables}) {
    CHECK(httpd::graphql_status(outcome, json) == 422);
    CHECK(httpd::graphql_status(outcome, modern) == 400);
  }
  CHECK(httpd::graphql_status(Outcome::not_a_query, json) == 405);
  CHECK(httpd::graphql_status(Outcome::not_a_query, modern) == 405);
}

TEST_CASE("variables, fragments, aliases and directives") {
  GraphqlFixture data;
  CHECK(data.ask("query Q($id: ID!, $no: Boolean!) { one: job(id: $id) { ...F state @include(if: "
                 "$no) } two: job(id: 4) { ...F } } fragment F on Job { number: jobId __typename }",
                 R"({"id":2,"no":false})") ==
        R"({"data":{"one":{"number":102,"__typename":"Job"},"two":{"number":104,)"
        R"("__typename":"Job"}}})");
}

TEST_CASE("root fields side by side answer as each alone") {
  GraphqlFixture data;
  const std::vector<std::string> fields = {
      "jobs { count items { id tags { id } } }", "nodes { count items { hostname } }",
      "nodeStates { state count }", "allocatedNodes(cluster: \"big\") { name count }"};
  std::string all, expected;
  for (const std::string& field : fields) {
    all += field + " ";
    const std::string alone = data.ask("{ " + field + " }");
    REQUIRE(alone.starts_with("{\"data\":{"));
    expected += (expected.empty() ? "" : ",") + alone.substr(9, alone.size() - 11);
  }
  CHECK(data.ask("{ " + all + "}") == "{\"data\":{" + expected + "}}");
}

TEST_CASE("a page costs as many storage reads whatever its size") {
  GraphqlFixture data;
  for (int i = 0; i < 60; ++i) {
    auto job = plain_job(5000 + i, 10 + i);
    job.tags = {{"kind", "tag " + std::to_string(i), "global", 0}};
    job.footprint = {{"cpu_load_avg", 1.0 * i}};
    job.meta_data = {{"jobName", "name " + std::to_string(i)}};
    data.add(std::move(job));
  }
  const auto reads = [&](int size) {
    const auto before = data.store().stats().reads;
    const std::string answer =
        data.ask("{ jobs(page: {itemsPerPage: " + std::to_string(size) +
                 ", page: 1}, order: {field: \"startTime\", type: \"col\", order: ASC}) "
                 "{ count items { id tags { name } footprint { name value } metaData } } }");
    CHECK(answer.find("\"errors\"") == std::string::npos);
    return data.store().stats().reads - before;
  };
  CHECK(reads(1) == 1);
  CHECK(reads(50) == 1);
}

TEST_CASE("a query that costs too much is refused before it begins") {
  httpd::Config config;
  config.graphql.max_complexity = 100;
  config.graphql.max_depth = 3;
  GraphqlFixture data(false, config);
  CHECK(data.ask("{ jobs(page: {itemsPerPage: 30, page: 1}) { items { id } } }")
            .find("\"data\":{\"jobs\"") != std::string::npos);
  const std::string costly =
      data.ask("{ jobs(page: {itemsPerPage: 100, page: 1}) { items { id } } }");
  CHECK(costly.find("COMPLEXITY_LIMIT_EXCEEDED") != std::string::npos);
  CHECK(data.ask("{ jobs { items { tags { id } } } }").find("LIMIT_DEPTH") != std::string::npos);
}

TEST_CASE("every bound of the settings is that of the engine") {
  using httpd::GraphqlConfig;
  const struct {
    std::size_t GraphqlConfig::*bound;
    std::size_t value;
    const char* query;
    const char* sign;
  } cases[] = {
      {&GraphqlConfig::max_document_bytes, 20, "{ jobs { count }      }", "LIMIT_SOURCE_BYTES"},
      {&GraphqlConfig::max_tokens, 4, "{ jobs { count } }", "LIMIT_TOKENS"},
      {&GraphqlConfig::max_nesting, 1, "{ jobs { count } }", "LIMIT_NESTING"},
      {&GraphqlConfig::max_expanded_nesting, 2, "{ jobs { ... { count } } }",
       "LIMIT_EXPANDED_NESTING"},
      {&GraphqlConfig::max_depth, 1, "{ jobs { count } }", "LIMIT_DEPTH"},
      {&GraphqlConfig::max_root_fields, 1, "{ __typename jobs { count } }", "LIMIT_ROOT_FIELDS"},
      {&GraphqlConfig::max_aliases, 0, "{ a: jobs { count } }", "LIMIT_ALIASES"},
      {&GraphqlConfig::max_operations, 1, "query A { __typename } query B { __typename }",
       "LIMIT_OPERATIONS"},
      {&GraphqlConfig::max_fragments, 0, "{ ...F } fragment F on Query { __typename }",
       "LIMIT_FRAGMENTS"},
      {&GraphqlConfig::max_variables, 0, "query ($i: ID!) { job(id: $i) { id } }",
       "LIMIT_VARIABLES"},
      {&GraphqlConfig::max_directives, 0, "{ __typename @skip(if: true) }", "LIMIT_DIRECTIVES"},
      {&GraphqlConfig::max_comparisons, 1, "{ jobs { count } }", "LIMIT_FIELD_COMPARISONS"},
      {&GraphqlConfig::max_complexity, 3, "{ jobs { items { id } } }", "COMPLEXITY_LIMIT_EXCEEDED"},
      {&GraphqlConfig::max_plan_fields, 1, "{ jobs { count } }", "LIMIT_PLAN_FIELDS"},
      {&GraphqlConfig::max_answer_bytes, 10, "{ jobs { items { id } } }", "LIMIT_RESPONSE_BYTES"},
      {&GraphqlConfig::max_errors, 1, "{ a: job(id: 98) { id } b: job(id: 99) { id } }",
       "LIMIT_ERRORS"},
      {&GraphqlConfig::max_problems, 1, "{ a b c }", "LIMIT_VALIDATION_ERRORS"},
      {&GraphqlConfig::max_error_locations, 1, "{ job(id: 99) { id } job(id: 99) { id } }",
       "\"locations\":[{\"line\":1,\"column\":3}]"},
  };
  GraphqlFixture usual;
  for (const auto& each : cases) {
    CAPTURE(each.sign);
    CHECK(usual.ask(each.query).find(each.sign) == std::string::npos);
    httpd::Config config;
    config.graphql.*each.bound = each.value;
    GraphqlFixture bounded(false, config);
    const std::string answer = bounded.ask(each.query);
    CHECK_MESSAGE(answer.find(each.sign) != std::string::npos, answer);
  }
}

TEST_CASE("an answer that was stopped has no data") {
  GraphqlFixture data;
  data.stop = true;
  const auto response = data.post(R"({"query":"{ jobs { items { id } count } }"})");
  CHECK(response.status == 200);
  CHECK(response.body.find("\"data\":null") != std::string::npos);
}

TEST_CASE("a query whose time is over has no data") {
  httpd::Config config;
  config.query_deadline = std::chrono::milliseconds(-1);
  GraphqlFixture data(false, config);
  const std::string answer = data.ask("{ jobs { items { id } } }");
  CHECK(answer.find("DEADLINE_EXCEEDED") != std::string::npos);
}

}  // namespace jobledger::test
