// SPDX-License-Identifier: MIT
#include "schema/metric_data_scan.h"

#include "test/schema/archive_files.h"
#include "test/schema/same_metric_data.h"
#include "test/seed.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace jobledger::test {
using namespace schema;

namespace {

std::string document(std::string_view data, std::string_view more = "") {
  return R"({"load":{"node":{"unit":{"base":"x","prefix":"G"},"timestep":60,"series":[{)"
         R"("hostname":"n01","id":"7","statistics":{"min":-1,"avg":1.25,"max":3e2},"data":)" +
         std::string(data) + "}" + std::string(more) + "]}}}";
}

// Whether the short road took it, and did as the general one.
bool is_scanned(std::string_view json) {
  const auto scanned = scan_metric_data(json);
  if (!scanned) return false;
  const auto read = read_metric_data(json, nullptr, kMetricDataLimits);
  REQUIRE_MESSAGE(read.has_value(), json);
  CHECK_MESSAGE(same(*scanned, *read), json);
  return true;
}

}  // namespace

TEST_CASE("what archives hold goes the short road") {
  for (const std::string& json : std::vector<std::string>{
           "{}", "{ }\n", document("[]"), document("[1]"), document("[1,null,-2.50]"),
           document("[ 1 ,\n\t2 ]"), document("[1]", R"(,{"hostname":"n02","data":[2,3,4]})"),
           R"({"b":{"node":{"timestep":1,"series":[]},"core":{"timestep":1,"series":[]}},"a":{}})",
           R"({"a":{"node":{"timestep":1,"series":[],"statisticsSeries":{"mean":[1.5,null],)"
           R"("median":[],"min":[-0.0],"max":[1e300]}}}})",
           R"({"a":{"node":{"timestep":1,"series":[]}},"a":{"core":{"timestep":2,"series":[]}}})",
           R"({"a":{"node":{"timestep":1,"series":[]},"node":{"timestep":2,"series":[]}}})"}) {
    CAPTURE(json);
    CHECK(is_scanned(json));
  }
}

TEST_CASE("everything else is left to the general reader") {
  for (const std::string& json : std::vector<std::string>{
           "",
           "[]",
           "{",
           "null",
           "{\"a\":{}",
           document("[1,]"),
           document("[01]"),
           document("[1.]"),
           document("[.5]"),
           document("[+1]"),
           document("[1e]"),
           document("[1-2]"),
           document("[--1]"),
           document("[nul]"),
           document("[NaN]"),
           document("[1e999]"),
           document("[\"1\"]"),
           document("null"),
           document("[1 2]"),
           R"({"a":null})",
           R"({"a":{"rack":{"timestep":1}}})",
           R"({"a":{"node":{"series":[]}}})",
           R"({"a":{"node":{"timestep":0,"series":[]}}})",
           R"({"a":{"node":{"timestep":1.0,"series":[]}}})",
           R"({"a":{"node":{"timestep":9999999999,"series":[]}}})",
           R"({"a":{"node":{"Timestep":1,"series":[]}}})",
           R"({"a":{"node":{"timestep":1,"timestep":2,"series":[]}}})",
           R"({"a":{"node":{"timestep":1,"series":null}}})",
           R"({"a":{"node":{"timestep":1,"series":[],"more":1}}})",
           R"({"a\n":{"node":{"timestep":1,"series":[]}}})",
           "{\"a\xC3\xA4\":{}}",
           R"({"a":{"node":{"timestep":1,"series":[],"statisticsSeries":{"percentiles":{}}}}})"}) {
    CAPTURE(json);
    CHECK(!is_scanned(json));
  }
}

TEST_CASE("numbers mean the same on both roads") {
  for (const char* number : {"0",
                             "-0",
                             "0.0",
                             "-0.0",
                             "-0.001",
                             "1.005",
                             "0.1",
                             "16777217",
                             "16777217.5",
                             "9007199254740993",
                             "-9007199254740993",
                             "9223372036854775807",
                             "18446744073709551616",
                             "123456789012345678",
                             "1234567890123456789012345678901234567890",
                             "0.510204081632653",
                             "1.53846153846154",
                             "0.1000000000000000055511151231257827",
                             "0.0000000000000001",
                             "1e5",
                             "1E-7",
                             "-2.5e+3",
                             "3.4028235677973366e38",
                             "3.4028235e38",
                             "1e-320"}) {
    CAPTURE(number);
    CHECK(is_scanned(document("[" + std::string(number) + "]")));
  }
  std::mt19937_64 random(test_seed());
  std::string list = "[";
  for (int i = 0; i < 20'000; ++i) {
    if (i > 0) list += ',';
    if (random() % 2 == 0) list += '-';
    list += std::to_string(random() >> random() % 64);
    if (random() % 4 != 0) list += "." + std::to_string(random() >> random() % 64);
    if (random() % 8 == 0) list += "e-" + std::to_string(random() % 30);
  }
  CHECK(is_scanned(document(list + "]")));
}

TEST_CASE("a damaged document is read alike by both roads, or by the general one alone") {
  std::mt19937_64 random(test_seed());
  const std::string good = document("[1.50,null,-3.25,0.00]", R"(,{"hostname":"n02","data":[2]})");
  constexpr std::string_view kBytes = "{}[]\",:0123456789.-eE nul\\x";
  int scanned = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string json = good;
    for (std::size_t n = random() % 3; n > 0; --n)
      json[random() % json.size()] = kBytes[random() % kBytes.size()];
    if (random() % 4 == 0) json.erase(random() % json.size(), random() % 5);
    scanned += is_scanned(json) ? 1 : 0;
  }
  CHECK(scanned > 1000);
  CHECK(scanned < 19'000);
}

TEST_CASE("real archived data goes the short road") {
  const auto root = archive_files();
  if (root.empty()) return;
  for (const char* folder : {"emmy/1403/244/1608923076", "emmy/1404/397/1609300556"})
    CHECK(is_scanned(file_text(root / folder / "data.json.gz")));
}

}  // namespace jobledger::test
