// SPDX-License-Identifier: MIT
#include "httpd/graphql/filter_input.h"
#include "httpd/graphql/scalars.h"
#include "test/httpd/graphql_fixture.h"

#include <doctest/doctest.h>

namespace jobledger::test {

TEST_CASE("each member of JobFilter finds its jobs") {
  GraphqlFixture data;
  const struct {
    const char* filter;
    const char* found;
  } cases[] = {
      {"[]", "101 102 101 104 105"},
      {"{}", "101 102 101 104 105"},
      {"{dbId: [2, \"4\", 99]}", "102 104"},
      {"{dbId: []}", ""},
      {"{dbId: [\"x\"]}", ""},
      {"{tags: [1]}", "102"},
      {"{tags: [1, 2]}", "102"},
      {"[{tags: [1]}, {tags: [2]}]", "102"},
      {"{tags: [9]}", ""},
      {"{jobId: {eq: \"0101\"}}", "101 101"},
      {"{jobId: {eq: \"abc\"}}", ""},
      {"{jobId: {startsWith: \"10\"}}", "101 102 101 104 105"},
      {"{jobId: {in: [\"102\", \"105\"]}}", "102 105"},
      {"{arrayJobId: 90}", "104"},
      {"{user: {eq: \"bob\"}}", "104"},
      {"{user: {contains: \"BOB\"}}", "104 105"},
      {"{user: {neq: \"alice\"}}", "102 104 105"},
      {"{user: {in: []}}", ""},
      {"{user: {}}", "101 102 101 104 105"},
      {"{user: null}", "101 102 101 104 105"},
      {"{user: {eq: \"bob\", contains: \"carol\"}}", "104"},
      {"{user: {contains: \"%\"}}", ""},
      {"{project: {eq: \"physics\"}}", "104"},
      {"{jobName: {contains: \"simulation\"}}", "102"},
      {"{jobName: {neq: \"interactive\"}}", "101 102 101 105"},
      {"{cluster: {eq: \"star\"}}", "101"},
      {"{subCluster: {endsWith: \"PU\"}}", "104 105"},
      {"{partition: {eq: \"\"}}", "101"},
      {"{duration: {from: 3600, to: 0}}", "101 102 101 104"},
      {"{duration: {from: 0, to: 3599}}", "105"},
      {"{duration: {from: -1, to: 1}}", "101 102 101 104 105"},
      {"{energy: {from: 1.5, to: 0}}", "102"},
      {"{numNodes: {from: 2, to: 2}}", "105"},
      {"{numAccelerators: {from: 1, to: 0}}", "104"},
      {"{numHWThreads: {from: 5, to: 0}}", "102"},
      {"{startTime: {from: \"2023-12-30T18:00:00Z\", to: \"2023-12-30T18:00:00.9+00:00\"}}", "102"},
      {"{startTime: {from: \"2023-12-31 20:00:00\"}}", "101 104 105"},
      {"{startTime: {to: \"2023-12-30T19:00:00+02:00\"}}", "101"},
      {"{startTime: {range: \"last6h\"}}", "101 104 105"},
      {"{startTime: {range: \"last7d\"}}", "101 102 101 104 105"},
      {"{startTime: {range: \"last7d\", to: \"2023-12-30T00:00:00Z\"}}", "101"},
      {"{startTime: {range: \"ever\"}}", "101 102 101 104 105"},
      {"{state: [running, failed]}", "101 104"},
      {"{state: \"running\"}", "104"},
      {"{state: []}", ""},
      {"{metricStats: [{metricName: \"cpu_load_avg\", range: {from: 71.5, to: 71.5}}]}", "102"},
      {"{metricStats: [{metricName: \"cpu_load_avg\", range: {from: 72, to: 0}}]}", ""},
      {"{metricStats: [{metricName: \"cpu_load_avg\", range: {from: 0, to: 0}}]}", "102"},
      {"{metricStats: [{metricName: \"a b\", range: {from: 0, to: 0}}]}", ""},
      {"{shared: \"single_user\"}", "105"},
      {"{shared: \"' or 1=1\"}", ""},
      {"{schedule: \"interactive\"}", "104"},
      {"{schedule: \"batch\"}", "101 102 101 105"},
      {"{schedule: \"other\"}", "101 102 101 104 105"},
      {"{node: {eq: \"g1\"}}", "104 105"},
      {"{node: {neq: \"n01\"}}", "101 104 105"},
      {"{node: {startsWith: \"N0\"}}", "101 102"},
      {"{node: {in: [\"n03\", \"s1\"]}}", "102 101"},
      {"[{cluster: {eq: \"big\"}}, {user: {eq: \"alice\"}}]", "101"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.filter);
    CHECK(data.find(each.filter) == each.found);
  }
}

TEST_CASE("filters from variables as the front end sends them") {
  GraphqlFixture data;
  const std::string query =
      "query($f: [JobFilter!]!, $p: PageRequest!, $o: OrderByInput!) { jobs(filter: $f, page: $p, "
      "order: $o) { items { id } count } }";
  CHECK(data.ask(
            query,
            R"({"f":[{"dbId":[2,4]},{"startTime":{"from":"2023-12-30T18:00:00.000Z","to":null}}],)"
            R"("p":{"itemsPerPage":"10","page":1},)"
            R"("o":{"field":"startTime","type":"col","order":"DESC"}})") ==
        R"({"data":{"jobs":{"items":[{"id":4},{"id":2}],"count":2}}})");
  CHECK(data.ask("query($f: [JobFilter!]) { jobs(filter: $f) { count } }",
                 R"({"f":{"jobId":{"eq":102}}})") == R"({"data":{"jobs":{"count":1}}})");
}

TEST_CASE("values that no filter can have are refused by name") {
  GraphqlFixture data;
  const auto message = [&](std::string_view filter) {
    return data.ask("{ jobs(filter: " + std::string(filter) + ") { count } }");
  };
  CHECK(message("{state: [resting]}").find("JobState") != std::string::npos);
  CHECK(message("{startTime: {from: \"yesterday\"}}").find("RFC 3339") != std::string::npos);
  CHECK(message("{nodes: 1}").find("nodes") != std::string::npos);
  CHECK(message("{numNodes: {from: 1}}").find("to") != std::string::npos);
}

TEST_CASE("times in the field's spellings") {
  const struct {
    const char* text;
    std::int64_t seconds;
  } good[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2024-02-29T12:34:56Z", 1709210096},
      {"2024-02-29t12:34:56.999z", 1709210096},
      {"2024-02-29T14:34:56+02:00", 1709210096},
      {"2024-02-29T10:04:56-02:30", 1709210096},
      {"2024-02-29 12:34:56", 1709210096},
      {"1969-12-31T23:59:59Z", -1},
      {"", -62135596800},
      {"0001-01-01T00:00:00Z", -62135596800},
  };
  for (const auto& each : good) {
    CAPTURE(each.text);
    CHECK(httpd::parse_time(each.text) == each.seconds);
  }
  for (const char* bad :
       {"2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01", "2024-01-01T00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:00", "2024-1-1T00:00:00Z",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+0200", "2024-01-01T00:00:00Z ", "now",
        "2024-01-01 00:00:00x"}) {
    CAPTURE(bad);
    CHECK_FALSE(httpd::parse_time(bad));
  }
  for (std::int64_t seconds : {0L, -1L, 1709210096L, -62135596800L, 253402300799L}) {
    std::string text;
    httpd::append_time(text, {seconds});
    CHECK(httpd::parse_time(text) == seconds);
  }
}

}  // namespace jobledger::test
