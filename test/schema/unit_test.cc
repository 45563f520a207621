// SPDX-License-Identifier: MIT
#include "schema/unit.h"

#include <doctest/doctest.h>

#include <string_view>
#include <utility>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;

TEST_CASE("a value is converted from one prefix to another") {
  struct Row {
    std::string_view from, to;
    double factor;
  };
  for (const Row& row : std::vector<Row>{{"", "", 1},
                                         {"G", "G", 1},
                                         {"G", "T", 1e-3},
                                         {"T", "G", 1e3},
                                         {"", "T", 1e-12},
                                         {"K", "", 1e3},
                                         {"k", "M", 1e-3},
                                         {"M", "K", 1e3},
                                         {"P", "E", 1e-3},
                                         {"E", "", 1e18}}) {
    CAPTURE(row.from);
    CAPTURE(row.to);
    const Result<double> factor = prefix_conversion(row.from, row.to);
    REQUIRE(factor.has_value());
    CHECK(*factor == doctest::Approx(row.factor).epsilon(1e-15));
  }
}

TEST_CASE("an unknown prefix is named and never a factor of zero") {
  for (const auto& [from, to] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"Ki", "T"}, {"T", "Ki"}, {"Ki", "Ki"}}) {
    const Result<double> factor = prefix_conversion(from, to);
    REQUIRE_FALSE(factor.has_value());
    CHECK(factor.error().kind == ErrorKind::invalid);
    CHECK(factor.error().detail == "unknown unit prefix \"Ki\"");
  }
  CHECK_FALSE(prefix_conversion("g", "T").has_value());
}

TEST_CASE("sums over a cluster come in T where status pages expect it, else unconverted") {
  struct Row {
    Unit host, total;
  };
  for (const Row& row :
       std::vector<Row>{{{"Flops/s", "G"}, {"Flops/s", "T"}},  // flops_any
                        {{"F/s", "G"}, {"F/s", "T"}},
                        {{"B/s", "G"}, {"B/s", "T"}},  // mem_bw
                        {{"B/s", "P"}, {"B/s", "T"}},
                        {{"B/s", ""}, {"B/s", ""}},  // ib_recv: the peer delivers 0.00 T
                        {{"B/s", "M"}, {"B/s", "M"}},
                        {{"B", "G"}, {"B", "G"}},  // mem_used is no rate
                        {{"W", ""}, {"W", ""}},
                        {{"", ""}, {"", ""}},
                        {{"F/s", "Gi"}, {"F/s", "Gi"}}}) {
    CAPTURE(row.host.base);
    CAPTURE(row.host.prefix);
    CHECK(cluster_total_unit(row.host) == row.total);
  }
}
