// SPDX-License-Identifier: MIT
// Lists of leaves that are written at once.
#include "graphql/graphql.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <string>
#include <vector>

namespace {

using graphql::Binder;
using graphql::Context;
using graphql::Writer;

constexpr const char* kLeafSdl = R"(
  scalar Sample
  type Query {
    vector: [Sample!]!
    array: [Sample]
    grid: [[Sample!]!]!
    optional: [Sample]
    single: Sample
    long: [Sample!]!
    some(ids: [ID!], n: Int): [Query!]!
  }
)";

struct ListWriter {
  int calls = 0;
  std::atomic<bool>* stop = nullptr;  // set by the next call
};

struct Root {
  std::vector<float> vector = {1, -1, 2};
  std::vector<std::vector<float>> grid = {{1, 2}, {}, {3}};
  std::vector<std::optional<float>> optional = {1.0F, std::nullopt};
  std::vector<float> long_list = std::vector<float>(20'000, 7);
};

ListWriter writer;

// Negative ones are null.
void write_samples(std::span<const float> samples, Writer& out) {
  ++writer.calls;
  bool first = true;
  for (const float sample : samples) {
    if (!first) out.raw(",");
    first = false;
    if (sample < 0) {
      out.null();
    } else {
      out.fixed(static_cast<double>(sample), 1);
    }
  }
  if (writer.stop != nullptr) *writer.stop = true;
}

std::shared_ptr<const graphql::Engine> make_engine(graphql::Options options = {}) {
  Binder binder;
  binder.scalar("Sample").list_output<float>(write_samples);
  binder.type<Root>("Query")
      .field("vector", &Root::vector)
      .field("array",
             [](const Root&) {
               return std::array<float, 2>{4, 5};
             })
      .field("grid", &Root::grid)
      .field("optional", &Root::optional)
      .field("single", [](const Root&) { return 6.0F; })
      .field("long", &Root::long_list)
      .field("some", [](const Root& root) { return std::vector<const Root*>(1, &root); });
  binder.list_size("Query", "some", {.argument = "ids", .fallback = 100});
  auto engine =
      graphql::Engine::make(*graphql::Schema::parse(kLeafSdl), std::move(binder), options);
  REQUIRE(engine);
  return *engine;
}

std::string run(const graphql::Engine& engine, std::string_view query,
                const std::atomic<bool>* stop = nullptr) {
  static const Root root;
  graphql::Request request;
  request.query = query;
  request.stop.flag = stop;
  request.add_root(root);
  writer.calls = 0;
  return engine.execute(request).body;
}

}  // namespace

TEST_CASE("contiguous lists of a leaf are written by one call each") {
  const auto engine = make_engine();
  CHECK(run(*engine, "{ vector array grid }") ==
        R"({"data":{"vector":[1.0,null,2.0],"array":[4.0,5.0],"grid":[[1.0,2.0],[],[3.0]]}})");
  CHECK(writer.calls == 4);  // an empty list needs none
}

TEST_CASE("what is no plain list of it is written one by one") {
  CHECK(run(*make_engine(), "{ optional single }") ==
        R"({"data":{"optional":[1.0,null],"single":6.0}})");
  CHECK(writer.calls == 2);
}

TEST_CASE("a long list comes in pieces, between which the stop signal and the limits are seen") {
  std::string all = "7.0";
  for (int i = 1; i < 20'000; ++i) all += ",7.0";
  CHECK(run(*make_engine(), "{ long }") == "{\"data\":{\"long\":[" + all + "]}}");
  CHECK(writer.calls == 3);

  std::atomic<bool> stop = false;
  writer.stop = &stop;
  const std::string stopped = run(*make_engine(), "{ long }", &stop);
  writer.stop = nullptr;
  CHECK(writer.calls == 1);
  CHECK(stopped.find("\"CANCELLED\"") != std::string::npos);
  CHECK(stopped.find("\"data\":null") != std::string::npos);

  graphql::Options small;
  small.limits.response_bytes = 50'000;
  CHECK(run(*make_engine(small), "{ long }").find("LIMIT_RESPONSE_BYTES") != std::string::npos);
}

TEST_CASE("the length of a list argument says how many elements the answer has") {
  graphql::Options options;
  options.limits.complexity = 20;
  const auto engine = make_engine(options);
  CHECK(run(*engine, "{ some(ids: [1, 2]) { single } }") ==
        R"({"data":{"some":[{"single":6.0}]}})");
  CHECK(run(*engine, "{ some(ids: \"1\") { single } }") == R"({"data":{"some":[{"single":6.0}]}})");
  CHECK(run(*engine, "{ some(ids: [1,2,3,4,5,6,7,8,9,10]) { single array } }")
            .find("COMPLEXITY_LIMIT_EXCEEDED") != std::string::npos);
  CHECK(run(*engine, "{ some { single } }").find("COMPLEXITY_LIMIT_EXCEEDED") != std::string::npos);
}
