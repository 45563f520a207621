// SPDX-License-Identifier: MIT
#include "httpd/graphql/roofline.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace jobledger::httpd {
namespace {

using Tiles = std::vector<std::vector<double>>;

// Two rows, 1 to 100 F/s; three columns, 0.1 to 100 F/B.
constexpr Roofline::Shape kShape{2, 3, 0.1, 100, 1, 100};

schema::ScopedMetric metric(std::vector<std::pair<std::string, std::vector<float>>> hosts) {
  schema::ScopedMetric out;
  for (auto& [host, data] : hosts) out.series.push_back({host, {}, {}, std::move(data)});
  return out;
}

Tiles tiles_of(std::vector<float> flops, std::vector<float> bandwidth) {
  auto roofline = Roofline::make(kShape, 1000);
  REQUIRE(roofline);
  roofline->add(metric({{"n1", std::move(flops)}}), metric({{"n1", std::move(bandwidth)}}));
  return roofline->tiles();
}

TEST_CASE("samples fall into tiles of equal logarithmic size") {
  CHECK(tiles_of({2, 2, 20, 50, 5}, {4, 0.4F, 2, 1, 0.1F}) == Tiles{{1, 1, 1}, {0, 0, 2}});
}

TEST_CASE("both ends of both axes belong to the diagram") {
  CHECK(tiles_of({1, 100}, {10, 1}) == Tiles{{1, 0, 0}, {0, 0, 1}});
  CHECK(tiles_of({0.99F, 101}, {1, 10}) == Tiles{{0, 0, 0}, {0, 0, 0}});
}

TEST_CASE("what is missing, zero or negative counts nowhere") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(tiles_of({nan, 10, 0, 10, -3, 10}, {1, nan, 1, 0, 1, -1}) == Tiles{{0, 0, 0}, {0, 0, 0}});
}

TEST_CASE("series are paired by host, and by time up to the shorter end") {
  auto roofline = Roofline::make(kShape, 1000);
  REQUIRE(roofline);
  roofline->add(metric({{"n1", {2, 2}}, {"n2", {20}}, {"n3", {20}}}),
                metric({{"n3", {2, 2}}, {"n1", {2}}}));
  CHECK(roofline->tiles() == Tiles{{0, 1, 0}, {0, 0, 1}});
  auto sum = Roofline::make(kShape, 1000);
  sum->add(*roofline);
  sum->add(*roofline);
  CHECK(sum->tiles() == Tiles{{0, 2, 0}, {0, 0, 2}});
}

TEST_CASE("diagrams without area, or of too many tiles, are refused") {
  const auto refused = [](Roofline::Shape shape) {
    const auto made = Roofline::make(shape, 1000);
    REQUIRE(!made);
    return made.error().kind;
  };
  CHECK(refused({0, 3, 0.1, 100, 1, 100}) == ErrorKind::invalid);
  CHECK(refused({2, -1, 0.1, 100, 1, 100}) == ErrorKind::invalid);
  CHECK(refused({2, 3, 0, 100, 1, 100}) == ErrorKind::invalid);
  CHECK(refused({2, 3, 5, 5, 1, 100}) == ErrorKind::invalid);
  CHECK(refused({2, 3, 0.1, 100, 100, 1}) == ErrorKind::invalid);
  CHECK(refused({2, 3, 0.1, std::numeric_limits<double>::infinity(), 1, 100}) ==
        ErrorKind::invalid);
  CHECK(refused({2, 501, 0.1, 100, 1, 100}) == ErrorKind::too_large);
  CHECK(refused({std::numeric_limits<std::int64_t>::max(), 2, 0.1, 100, 1, 100}) ==
        ErrorKind::too_large);
  CHECK(Roofline::make({2, 500, 0.1, 100, 1, 100}, 1000).has_value());
}

}  // namespace
}  // namespace jobledger::httpd
