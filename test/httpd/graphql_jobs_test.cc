// SPDX-License-Identifier: MIT
#include "httpd/graphql/job_fields.h"
#include "test/httpd/graphql_fixture.h"

#include <doctest/doctest.h>

namespace jobledger::test {

TEST_CASE("every field of a job that is archived") {
  GraphqlFixture data;
  CHECK(
      data.ask(
          "{ job(id: 2) { id jobId user project cluster subCluster partition startTime duration "
          "walltime numNodes numHWThreads numAcc energy SMT shared arrayJobId "
          "monitoringStatus state tags { id type name scope } resources { hostname hwthreads "
          "accelerators configuration } concurrentJobs { count } footprint { name stat "
          "value } energyFootprint { hardware metric value } metaData userData { name } } }") ==
      R"({"data":{"job":{"id":2,"jobId":102,"user":"carol","project":"abc","cluster":"big",)"
      R"("subCluster":"main","partition":"work","startTime":"2023-12-30T18:00:00Z",)"
      R"("duration":3600,"walltime":7200,"numNodes":3,"numHWThreads":12,"numAcc":0,)"
      R"("energy":1.2500005e+06,"SMT":1,"shared":"none","arrayJobId":0,"monitoringStatus":3,)"
      R"("state":"completed","tags":[{"id":1,"type":"kind","name":"good","scope":"global"},)"
      R"({"id":2,"type":"kind","name":"slow","scope":"carol"}],)"
      R"("resources":[{"hostname":"n01","hwthreads":null,"accelerators":null,"configuration":""},)"
      R"({"hostname":"n02","hwthreads":null,"accelerators":null,"configuration":""},)"
      R"({"hostname":"n03","hwthreads":null,"accelerators":null,"configuration":""}],)"
      R"("concurrentJobs":null,"footprint":[{"name":"cpu_load","stat":"avg","value":71.5},)"
      R"({"name":"mem_used","stat":"max","value":5e-05}],)"
      R"("energyFootprint":[{"hardware":"Accelerator","metric":"acc_power","value":1.5},)"
      R"({"hardware":"Other","metric":"node_power","value":12.25}],)"
      R"("metaData":{"jobName":"Simulation 100%"},"userData":null}}})");
}

TEST_CASE("a running job counts its duration up to now, its texts are safe inside HTML") {
  GraphqlFixture data;
  CHECK(data.ask("{ job(id: \"4\") { id duration state SMT shared arrayJobId monitoringStatus "
                 "numAcc tags { id } resources { hostname hwthreads accelerators configuration } "
                 "footprint { name } energyFootprint { metric } metaData } }") ==
        R"({"data":{"job":{"id":4,"duration":7200,"state":"running","SMT":2,)"
        R"("shared":"multi_user","arrayJobId":90,"monitoringStatus":1,"numAcc":2,"tags":[],)"
        R"("resources":[{"hostname":"g1","hwthreads":[0,1],"accelerators":["00000000:01:00.0"],)"
        R"("configuration":"half"}],"footprint":[],"energyFootprint":[],)"
        R"("metaData":{"jobName":"interactive","jobScript":"a \u003c b \u0026\u0026 \"c\"\n"}}}})");
}

TEST_CASE("concurrent jobs are the others on any of a job's nodes") {
  GraphqlFixture data;
  CHECK(data.ask("{ a: job(id: 4) { concurrentJobs { listQuery count items { id jobId } } } "
                 "b: job(id: 5) { concurrentJobs { listQuery count items { id jobId } } } "
                 "c: job(id: 1) { concurrentJobs { count } } }") ==
        R"({"data":{"a":{"concurrentJobs":{"listQuery":"cluster=big\u0026jobId=105","count":1,)"
        R"("items":[{"id":"5","jobId":105}]}},)"
        R"("b":{"concurrentJobs":{"listQuery":"cluster=big\u0026jobId=104","count":1,)"
        R"("items":[{"id":"4","jobId":104}]}},"c":{"concurrentJobs":null}}})");
}

TEST_CASE("jobs that only touched at their ends were not concurrent") {
  GraphqlFixture data;
  schema::Job before = plain_job(106, 3);  // ends 100 s after job 104 started
  before.shared = schema::Sharing::multi_user;
  before.duration = 3700;
  before.resources = {{"g1", {3}, {}, ""}};
  data.add(before);
  CHECK(data.ask("{ job(id: 4) { concurrentJobs { items { jobId } } } }") ==
        R"({"data":{"job":{"concurrentJobs":{"items":[{"jobId":105}]}}}})");
}

TEST_CASE("a list of concurrent jobs is cut at its limit, the count is not") {
  httpd::Config config;
  config.graphql.max_concurrent_jobs = 2;
  GraphqlFixture data(false, config);
  for (int i = 0; i < 3; ++i) {
    schema::Job job = plain_job(200 + i, 1);
    job.shared = schema::Sharing::multi_user;
    job.resources = {{"g1", {3}, {}, ""}};
    data.add(job);
  }
  CHECK(data.ask("{ job(id: 4) { concurrentJobs { count items { jobId } } } }") ==
        R"({"data":{"job":{"concurrentJobs":{"count":4,"items":[{"jobId":105},{"jobId":200}]}}}})");
}

TEST_CASE("an unknown job is null with an error") {
  GraphqlFixture data;
  CHECK(data.ask("{ job(id: 77) { id } }") ==
        R"({"errors":[{"message":"no job with id 77","locations":[{"line":1,"column":3}],)"
        R"("path":["job"],"extensions":{"code":"NOT_FOUND"}}],"data":{"job":null}})");
  CHECK(data.ask("{ job(id: \"n01\") { id } }").find("is not a number") != std::string::npos);
}

TEST_CASE("a list of jobs with count and next page") {
  GraphqlFixture data;
  CHECK(data.ask("{ jobs { items { id } offset limit count hasNextPage } }") ==
        R"({"data":{"jobs":{"items":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}],)"
        R"("offset":null,"limit":null,"count":5,"hasNextPage":false}}})");
  CHECK(data.ask("{ jobs(page: {itemsPerPage: 2, page: 2}) { items { id } count hasNextPage } }") ==
        R"({"data":{"jobs":{"items":[{"id":3},{"id":4}],"count":5,"hasNextPage":true}}})");
  CHECK(data.ask("{ jobs(page: {itemsPerPage: 2, page: 3}) { items { id } hasNextPage } }") ==
        R"({"data":{"jobs":{"items":[{"id":5}],"hasNextPage":false}}})");
  CHECK(data.ask("{ jobs(page: {itemsPerPage: 2, page: 99}) { items { id } count } }") ==
        R"({"data":{"jobs":{"items":[],"count":5}}})");
  CHECK(data.ask("{ jobs(page: {itemsPerPage: 2, page: -7}) { items { id } } }") ==
        R"({"data":{"jobs":{"items":[{"id":1},{"id":2}]}}})");
  CHECK(data.ask("{ jobs(page: {itemsPerPage: -1, page: 1}) { items { id } hasNextPage } }") ==
        R"({"data":{"jobs":{"items":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}],)"
        R"("hasNextPage":false}}})");
  CHECK(data.ask("{ jobs { count } }") == R"({"data":{"jobs":{"count":5}}})");
  CHECK(data.ask("{ jobs(page: {itemsPerPage: 5, page: 1}) { hasNextPage } }") ==
        R"({"data":{"jobs":{"hasNextPage":false}}})");
  CHECK(data.ask(
            "{ jobs(page: {itemsPerPage: 1000, page: 9223372036854775807}) { items { id } } }") ==
        R"({"data":{"jobs":{"items":[]}}})");
  CHECK(data.ask("{ jobs(page: {itemsPerPage: 9223372036854775807, page: 1}) { items { id } } }")
            .find("COMPLEXITY_LIMIT_EXCEEDED") != std::string::npos);
  CHECK(data.ask("{ jobs(page: {itemsPerPage: 0, page: 1}) { count } }").find("itemsPerPage") !=
        std::string::npos);
}

TEST_CASE("a list that is longer than allowed is an error, not a part of it") {
  httpd::Config config;
  config.graphql.max_page_jobs = 4;
  GraphqlFixture data(false, config);
  const std::string answer =
      data.ask("{ jobs(page: {itemsPerPage: -1, page: 1}) { items { id } } }");
  CHECK(answer.find("more than 4 jobs") != std::string::npos);
  CHECK(answer.find("RESULT_TOO_LARGE") != std::string::npos);
  CHECK(data.ask("{ jobs(page: {itemsPerPage: 4, page: 1}) { count } }") ==
        R"({"data":{"jobs":{"count":5}}})");
  CHECK(data.ask("{ jobs(filter: {user: {eq: \"alice\"}}, page: {itemsPerPage: -1, page: 1}) "
                 "{ items { id } } }") == R"({"data":{"jobs":{"items":[{"id":1},{"id":3}]}}})");
}

TEST_CASE("paging in any order neither repeats nor skips") {
  GraphqlFixture data(true);
  for (int i = 0; i < 23; ++i) {
    schema::Job job = plain_job(1000 + i, 10 + i % 3);
    if (i % 4 == 0)
      job.footprint.emplace(1, schema::NamedValue{"cpu_load_avg", i % 8 == 0 ? 0.0 : 1.0});
    data.add(job);
  }
  for (const char* order :
       {R"({field: "startTime", type: "col", order: DESC})", R"({field: "duration", type: "col"})",
        R"({field: "cpu_load_avg", type: "foot", order: DESC})",
        R"({field: "cpu_load_avg", type: "foot", order: ASC})"}) {
    CAPTURE(order);
    const auto page = [&](int size, int number) {
      const std::string answer = data.ask(
          "{ jobs(order: " + std::string(order) + ", page: {itemsPerPage: " + std::to_string(size) +
          ", page: " + std::to_string(number) + "}) { items { jobId } } }");
      const std::string head = R"({"data":{"jobs":{"items":[)";
      REQUIRE(answer.starts_with(head));
      return answer.substr(head.size(), answer.size() - head.size() - 4);
    };
    std::string joined;
    for (int number = 1; number <= 6; ++number) {
      const std::string part = page(5, number);
      joined += (joined.empty() || part.empty() ? "" : ",") + part;
    }
    CHECK(joined == page(23, 1));
  }
}

TEST_CASE("orders by column and by footprint") {
  GraphqlFixture data;
  const auto order = [&](std::string_view field, std::string_view type,
                         std::string_view direction) {
    std::string answer =
        data.ask("query($o: OrderByInput!) { jobs(order: $o) { items { id } } }",
                 R"({"o":{"field":")" + std::string(field) + R"(","type":")" + std::string(type) +
                     R"(","order":")" + std::string(direction) + "\"}}");
    std::string ids;
    for (char c : answer) {
      if (c >= '0' && c <= '9') ids += c;
    }
    return answer.find("errors") == std::string::npos ? ids : answer;
  };
  CHECK(order("startTime", "col", "DESC") == "54321");
  CHECK(order("startTime", "col", "ASC") == "12345");
  CHECK(order("duration", "col", "DESC") == "43215");  // the running one is the longest by now
  CHECK(order("numNodes", "col", "DESC") == "25431");
  CHECK(order("hpcUser", "col", "ASC") == "51342");
  CHECK(order("cpu_load_avg", "foot", "DESC") == "25431");
  CHECK(order("cpu_load_avg", "foot", "ASC") == "13452");
  CHECK(order("password", "col", "ASC").find("cannot be ordered by") != std::string::npos);
  CHECK(order("a; drop", "foot", "ASC").find("no footprint key") != std::string::npos);
}

TEST_CASE("footprint keys are split at their last underscore") {
  CHECK(httpd::split_footprint({"mem_used_max", 1}).name == "mem_used");
  CHECK(httpd::split_footprint({"mem_used_max", 1}).stat == "max");
  CHECK(httpd::split_footprint({"load", 1}).name == "load");
  CHECK(httpd::split_footprint({"load", 1}).stat.empty());
}

TEST_CASE("hardware is guessed from a metric's name") {
  CHECK(httpd::hardware_of("cpu_power") == "CPU");
  CHECK(httpd::hardware_of("Acc_Power") == "Accelerator");
  CHECK(httpd::hardware_of("MEM_power") == "Memory");
  CHECK(httpd::hardware_of("core_power") == "Core");
  CHECK(httpd::hardware_of("power") == "Other");
}

}  // namespace jobledger::test
