// SPDX-License-Identifier: MIT
#include "schema/sample_text.h"

#include "schema/json_write.h"
#include "test/seed.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace jobledger::schema {
namespace {

template <class Real>
std::string text_of(const std::vector<Real>& samples) {
  std::string out;
  write_samples(out, samples);
  return out;
}

// One by one, by the general writer.
template <class Real>
std::string expected(const std::vector<Real>& samples) {
  std::string out;
  for (const Real sample : samples) {
    if (!out.empty()) out += ',';
    write_json_fixed(out, static_cast<double>(sample), 2);
  }
  return out;
}

TEST_CASE("samples have two decimals, missing ones are null") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(text_of(std::vector<float>{}).empty());
  CHECK(text_of(std::vector<float>{nan}) == "null");
  CHECK(text_of(std::vector<float>{0, 1, 9.5F, 10, 99.99F, 100, 12345.678F}) ==
        "0.00,1.00,9.50,10.00,99.99,100.00,12345.68");
  CHECK(text_of(std::vector<float>{-1.25F, infinity, 0.004F, -0.0F, nan, 3}) ==
        "-1.25,null,0.00,-0.00,null,3.00");
  CHECK(text_of(std::vector<double>{0.5, nan, 2'700'123.456}) == "0.50,null,2700123.46");
}

TEST_CASE("halves go to the even neighbour, as the exact value has them") {
  CHECK(text_of(std::vector<float>{0.125F, 0.375F, 0.625F, -0.125F}) == "0.12,0.38,0.62,-0.12");
  // In double precision none of these is a half, though a hundred times them looks like it.
  const std::vector<double> close = {1.005, 1.115, 0.285, 8.325, 1.045, 0.125, 0.375};
  CHECK(text_of(close) == expected(close));
}

TEST_CASE("any float and any double is written as the general writer does") {
  std::mt19937_64 random(test::test_seed());
  std::vector<float> floats;
  std::vector<double> doubles;
  for (int i = 0; i < 20'000; ++i) {
    floats.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    floats.push_back(static_cast<float>(random() % 1'000'000) / 64);  // many halves
    doubles.push_back(std::bit_cast<double>(random()));
    doubles.push_back(static_cast<double>(random() % 10'000'000) / 1000);
    doubles.push_back(static_cast<double>(random() % 1'000'000'000'000) / 7);
  }
  CHECK(text_of(floats) == expected(floats));
  CHECK(text_of(doubles) == expected(doubles));
}

}  // namespace
}  // namespace jobledger::schema
