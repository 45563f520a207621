// SPDX-License-Identifier: MIT
#include "sources/flux.h"

#include "sources/flux_csv.h"
#include "test/sources/fake_flux.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace jobledger::sources {
namespace {

// All records, each as its columns a and b with a bar between.
std::vector<std::string> records(std::string_view text) {
  FluxCsv csv(text);
  std::vector<std::string> out;
  while (true) {
    auto more = csv.next();
    REQUIRE_MESSAGE(more.has_value(), more.error().detail);
    if (!*more) return out;
    out.push_back(std::string(csv.value("a")) + "|" + std::string(csv.value("b")));
  }
}

Error failure(std::string_view text) {
  FluxCsv csv(text);
  while (true) {
    auto more = csv.next();
    if (!more) return std::move(more).error();
    REQUIRE_MESSAGE(*more, text);
  }
}

TEST_CASE("records of several tables, annotated or not, in either kind of lines") {
  CHECK(records("").empty());
  CHECK(records("\r\n").empty());
  CHECK(records("\n\n,table,a,b\n").empty());
  CHECK(records(",table,a,b\n,0,1,2\n,0,3,4") == std::vector<std::string>{"1|2", "3|4"});
  CHECK(records("#datatype,string,long,string,double\r\n"
                "#group,false,false,true,false\r\n"
                "#default,_result,,,7\r\n"
                ",result,table,a,b\r\n"
                ",,0,x,1\r\n"
                ",,0,x,\r\n"
                "\r\n"
                "#default,_result,,\r\n"
                ",result,table,b\r\n"
                ",,1,\r\n"
                "#datatype,string,long,string,string\r\n"
                ",result,table,b,a\r\n"
                ",,2,u,v\r\n\r\n") == std::vector<std::string>{"x|1", "x|7", "|", "v|u"});
}

TEST_CASE("quoted fields hold separators, quotes and line breaks") {
  CHECK(records(",table,a,b\r\n,0,\"x,\"\"y\"\"\",\"1\r\n2\"\r\n,0,\"\",z\"z\r\n") ==
        std::vector<std::string>{"x,\"y\"|1\r\n2", "|z\"z"});
}

TEST_CASE("text that is no such CSV is told with its line") {
  struct Case {
    const char* text;
    const char* why;
  };
  for (const Case& each :
       {Case{"<html>no</html>", "line 1: a header without the column table"},
        Case{",table,a\n,0,1\n,0\n", "line 3: a record with another number of fields"},
        Case{",table,a\n,0,1,2\n", "line 2: a record with another number of fields"},
        Case{",table,a\n,0,\"x\n\n", "line 2: a quote is not closed"},
        Case{",table,a\n,0,\"x\ny\"z\n", "line 2: text behind a closing quote"}}) {
    const Error error = failure(each.text);
    CHECK(error.kind == ErrorKind::unavailable);
    CHECK(error.detail == each.why);
  }
  CHECK(failure(std::string(300, ',')).detail == "line 1: too many columns");
}

TEST_CASE("a table of errors is the server's own report") {
  const Error early = failure("error,reference\r\nfailed to parse,897\r\n");
  CHECK(early.kind == ErrorKind::invalid);
  CHECK(early.detail == "line 2: the server reports: failed to parse");
  const Error late = failure(
      ",result,table,a\r\n,,0,1\r\n\r\n#datatype,string,string\r\n#group,true,true\r\n"
      "#default,,\r\n,error,reference\r\n,\"a, b\",\r\n");
  CHECK(late.kind == ErrorKind::invalid);
  CHECK(late.detail == "line 8: the server reports: a, b");
}

TEST_CASE("times are written and read as RFC 3339") {
  CHECK(flux_time(0) == "1970-01-01T00:00:00Z");
  CHECK(flux_time(1'709'210'096) == "2024-02-29T12:34:56Z");
  for (const std::int64_t time : {0L, 1'709'210'096L, 253'402'300'799L}) {
    CHECK(parse_flux_time(flux_time(time)) == time);
  }
  CHECK(parse_flux_time("2024-02-29T12:34:56.999Z") == 1'709'210'096);
  CHECK(parse_flux_time("2024-02-29T14:04:56+01:30") == 1'709'210'096);
  CHECK(parse_flux_time("2024-02-29T11:34:56-01:00") == 1'709'210'096);
  for (const char* wrong :
       {"", "2024", "2024-02-30T12:34:56Z", "2024-02-29 12:34:56Z", "2024-02-29T12:34:56",
        "2024-02-29T24:34:56Z", "2024-02-29T12:60:56Z", "2024-02-29T12:34:56.Z",
        "2024-02-29T12:34:56.5", "2024-02-29T12:34:56Zx", "2024-02-29T12:34:56+1:00",
        "+024-02-29T12:34:56Z", "2024-13-29T12:34:56Z"}) {
    CHECK_MESSAGE(!parse_flux_time(wrong).has_value(), wrong);
  }
}

TEST_CASE("a query for samples reads as InfluxDB's documentation writes it") {
  const std::vector<std::string_view> hosts = {"m1", "m2"}, ids = {"0", "12"};
  FluxSamples query;
  query.range = {"metrics", "big", 1'700'000'047, 1'700'000'100};
  query.metric = "flops_any";
  query.type = "hwthread";
  query.timestep = 60;
  query.hostnames = hosts;
  query.ids = ids;
  CHECK(flux_samples(query) == R"(from(bucket: "metrics")
  |> range(start: 2023-11-14T22:14:07Z, stop: 2023-11-14T22:15:00Z)
  |> filter(fn: (r) => r._field == "value" and r.cluster == "big")
  |> filter(fn: (r) => r._measurement == "flops_any" and not exists r.stype)
  |> filter(fn: (r) => r.type == "hwthread")
  |> filter(fn: (r) => r["hostname"] == "m1" or r["hostname"] == "m2")
  |> filter(fn: (r) => r["type-id"] == "0" or r["type-id"] == "12")
  |> aggregateWindow(every: 60s, offset: 7s, fn: mean, createEmpty: true, timeSrc: "_start")
  |> keep(columns: ["_time", "_value", "hostname", "type-id"])
)");
}

TEST_CASE("no name leaves its string literal") {
  for (const std::string name :
       {"\") |> drop() //", "\\", "${r.x}", "a\nb", "\x01\x7f", "ü", "\xff", "'", ""}) {
    CAPTURE(name);
    const std::string literal = flux_string(name);
    CHECK(literal.find('"', 1) == literal.size() - 1);
    CHECK(literal.find("${") == std::string::npos);
    // Another reader of the language gets the same name back.
    jobledger::test::flux::Database database{name, {}};
    database.points.push_back({"m", {{"cluster", name}, {"hostname", name}}, 1'700'000'000, 1});
    const auto tables = jobledger::test::flux::evaluate(
        flux_hosts({name, name, 1'699'999'000, 1'700'001'000}), database);
    REQUIRE(tables.size() == 1);
    CHECK(std::get<std::string>(tables[0].rows.at(0).at("_value")) == name);
    database.points[0].tags["cluster"] = "other";
    CHECK(jobledger::test::flux::evaluate(flux_hosts({name, name, 1'699'999'000, 1'700'001'000}),
                                          database)
              .empty());
  }
}

}  // namespace
}  // namespace jobledger::sources
