// SPDX-License-Identifier: MIT
#include "graphql/parser.h"
#include "graphql/validate.h"
#include "shop.h"

#include <doctest/doctest.h>

#include <atomic>

namespace {

using graphql::Outcome;

graphql::Response execute(const graphql::Engine& engine, graphql::Request request) {
  static const shop::Root root;
  static const int mutation_root = 0;
  static shop::Counters counters;
  request.add_root(root).add_root(mutation_root).set_host(counters);
  return engine.execute(request);
}

graphql::Response execute(const graphql::Engine& engine, std::string_view query,
                          std::string_view variables = {}) {
  graphql::Request request;
  request.query = query;
  request.variables_json = variables;
  return execute(engine, request);
}

bool contains(const graphql::Response& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("the outcome tells how far a request came") {
  graphql::Options options;
  options.limits.complexity = 20;
  options.limits.depth = 4;
  options.limits.root_fields = 3;
  const auto schema = graphql::Schema::parse(shop::kSdl).value();
  graphql::Binder binder = shop::bindings();
  binder.list_size("Query", "items", {.argument = "limit", .fallback = 3, .most = 1000});
  const auto engine = graphql::Engine::make(schema, std::move(binder), options).value();
  struct Case {
    const char* query;
    const char* variables;
    Outcome outcome;
    const char* text;
  };
  for (const Case& each : std::initializer_list<Case>{
           {"{ big }", "", Outcome::executed, "\"big\":null"},
           {"{ big", "", Outcome::parse_failed, "GRAPHQL_PARSE_FAILED"},
           {"{ nope }", "", Outcome::invalid, "GRAPHQL_VALIDATION_FAILED"},
           {"query A { big } query B { big }", "", Outcome::bad_request, "OPERATION_RESOLUTION"},
           {"query ($i: Int!) { echo(int: $i) }", "{}", Outcome::bad_variables, "BAD_USER_INPUT"},
           {"query ($i: Int!) { echo(int: $i) }", "[]", Outcome::bad_variables, "an object"},
           {"query ($i: Int!) { echo(int: $i) }", "{\"i\":", Outcome::bad_variables, "at byte 5"},
           {"{ a: big b: big c: big d: big }", "", Outcome::limited, "LIMIT_ROOT_FIELDS"},
           {"{ items(limit: 1) { items { labels { text } } } things { ... on Person { boss { boss "
            "{ boss { name } } } } } }",
            "", Outcome::limited, "LIMIT_DEPTH"},
           {"{ items { items { id name } } }", "", Outcome::executed, "axe"},
           {"query ($n: Int) { items(limit: $n) { items { id name } } }", "{\"n\": 7}",
            Outcome::limited, "COMPLEXITY_LIMIT_EXCEEDED"},
           {"query ($n: Int) { items(limit: $n) { items { id name } } }", "{\"n\": 2}",
            Outcome::executed, "axe"},
       }) {
    CAPTURE(each.query);
    const auto response = execute(*engine, each.query, each.variables);
    CHECK(response.outcome == each.outcome);
    CHECK_MESSAGE(contains(response, each.text), response.body);
  }
}

TEST_CASE("a request that was stopped before it began has no data") {
  const auto engine = shop::engine();
  graphql::Request request;
  request.query = "{ items { items { id } } }";
  const std::atomic<bool> stop = true;
  request.stop.flag = &stop;
  auto response = execute(*engine, request);
  CHECK(response.outcome == Outcome::aborted);
  CHECK(response.body.starts_with("{\"errors\":[{\"message\":"));
  CHECK(contains(response, "CANCELLED"));
  request.stop = {};
  request.stop.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  CHECK(contains(execute(*engine, request), "DEADLINE_EXCEEDED"));
}

TEST_CASE("an answer beyond its byte limit ends") {
  graphql::Options options;
  options.limits.response_bytes = 40;
  const auto response =
      execute(*shop::engine(options), "{ items { items { id name labels { text } } } }");
  CHECK(response.outcome == Outcome::aborted);
  CHECK(contains(response, "LIMIT_RESPONSE_BYTES"));
}

TEST_CASE("queries only: a mutation is refused") {
  const auto engine = shop::engine();
  graphql::Request request;
  request.query = "mutation { add(n: 1) }";
  request.only_queries = true;
  CHECK(execute(*engine, request).outcome == Outcome::not_a_query);
  request.only_queries = false;
  CHECK(execute(*engine, request).body == R"({"data":{"add":2}})");
}

TEST_CASE("input is strict unless leniency is switched on") {
  const char* query =
      "query ($i: Int, $f: Float, $s: String, $d: ID) { echo(int: $i, float: $f, text: $s, id: $d) "
      "}";
  const auto strict = shop::engine();
  CHECK(
      contains(execute(*strict, query, R"({"i": "5"})"), "Int cannot represent non-integer value"));
  CHECK(contains(execute(*strict, query, R"({"i": 5000000000})"), "32-bit"));
  CHECK(contains(execute(*strict, query, R"({"f": "1.5"})"), "Float cannot represent"));
  CHECK(contains(execute(*strict, query, R"({"s": 5})"), "String cannot represent"));
  CHECK(contains(execute(*strict, query, R"({"d": 7})"), R"(\"id\":\"7\")"));
  graphql::Options options;
  options.coercion = {true, true, true, true, true};
  const auto lenient = shop::engine(options);
  CHECK(execute(*lenient, query, R"({"i": "5000000000", "f": "1.5", "s": 5, "d": 7})").body ==
        R"({"data":{"echo":"{\"int\":5000000000,\"float\":1.5,\"text\":\"5\",\"id\":\"7\"}"}})");
  CHECK(contains(execute(*lenient, query, R"({"i": "5x"})"), "Int cannot represent"));
  CHECK(contains(execute(*lenient, query, R"({"i": 1.5})"), "Int cannot represent"));
  CHECK(execute(*lenient, "{ big item(id: 1) { id } }").body ==
        R"({"data":{"big":1099511627776,"item":{"id":1}}})");
}

TEST_CASE("host scalars read literals, words and variables alike") {
  const auto engine = shop::engine();
  CHECK(contains(execute(*engine, "{ items(state: running, limit: 0) { count } }"), "count"));
  CHECK(contains(
      execute(*engine, "query ($s: State) { items(state: $s, limit: 0) { count } }", R"({"s": 3})"),
      "State must be a word"));
  CHECK(execute(*engine, "{ items(state: 3) { count } }").outcome == Outcome::invalid);
}

TEST_CASE("errors can come first, strings be safe inside HTML") {
  graphql::Options options;
  options.errors_first = true;
  options.html_safe_strings = true;
  const auto engine = shop::engine(options);
  CHECK(
      execute(*engine, "{ fails item(id: 2) { name } }").body ==
      R"({"errors":[{"message":"no","locations":[{"line":1,"column":3}],"path":["fails"],)"
      R"("extensions":{"code":"NO"}}],"data":{"fails":null,"item":{"name":"bow \u003c\u0026\u003e"}}})");
}

TEST_CASE("what is refused has no data, unless the host wants it null") {
  graphql::Options options;
  CHECK(execute(*shop::engine(options), "{").body.starts_with("{\"errors\":["));
  CHECK_FALSE(contains(execute(*shop::engine(options), "{"), "\"data\""));
  options.data_always = true;
  CHECK(execute(*shop::engine(options), "{").body.starts_with("{\"data\":null,\"errors\":["));
  options.errors_first = true;
  CHECK(execute(*shop::engine(options), "{").body.ends_with("}],\"data\":null}"));
}

TEST_CASE("introspection can be switched off, __typename stays") {
  graphql::Options options;
  options.introspection = false;
  const auto engine = shop::engine(options);
  CHECK(contains(execute(*engine, "{ __schema { description } }"),
                 "introspection has been disabled"));
  CHECK(execute(*engine, "{ __typename }").body == R"({"data":{"__typename":"Query"}})");
}

TEST_CASE("missing, surplus and ill-typed bindings are named at start") {
  const auto schema = graphql::Schema::parse(
      "type Query { a: Int b: [A!]! c: A d: Int } type A { x: String y: Int } type B { z: Int }");
  struct A {
    std::string x;
  };
  graphql::Binder binder;
  binder.type<A>("A").field("x", &A::x).field("y", &A::x).field("nope", &A::x);
  binder.type<int>("Query")
      .field("a", [](const int& n) { return n; })
      .field("b", [](const int&) { return A{}; })
      .field("c", [](const int&) { return 3; });
  binder.type<int>("Gone");
  const auto engine = graphql::Engine::make(schema.value(), std::move(binder));
  REQUIRE_FALSE(engine.has_value());
  std::string all;
  for (const auto& error : engine.error()) all += error.message + "\n";
  for (const char* part :
       {"A.nope: is bound, but", "Gone: is bound, but", "B: no C++ type is bound",
        "A.y: Int has no output for the C++ type", "Query.b: [A!]! is a list, but",
        "Query.c: the C++ type int is not what is bound to A", "Query.d: no resolver is bound"}) {
    CHECK_MESSAGE(all.find(part) != std::string::npos, part, "\n", all);
  }
}

TEST_CASE("validation names the rule and the place") {
  const auto schema = graphql::Schema::parse(shop::kSdl).value();
  struct Case {
    const char* query;
    const char* rule;
    graphql::Location at;
  };
  for (const Case& each : std::initializer_list<Case>{
           {"{ nope }", "FieldsOnCorrectType", {1, 3}},
           {"{ item(id: 1) }", "ScalarLeafs", {1, 3}},
           {"{ big { x } }", "ScalarLeafs", {1, 7}},
           {"{ item { id } }", "ProvidedRequiredArguments", {1, 3}},
           {"{ big(x: 1) }", "KnownArgumentNames", {1, 7}},
           {"{ echo(int: \"1\") }", "ValuesOfCorrectType", {1, 13}},
           {"{ items(range: {from: 1, up: 2}) { count } }", "ValuesOfCorrectType", {1, 26}},
           {"{ ...F } fragment F on Query { ...F }", "NoFragmentCycles", {1, 32}},
           {"{ a: big a: fails }", "OverlappingFieldsCanBeMerged", {1, 3}},
           {"{ echo(int: 1) echo(int: 2) }", "OverlappingFieldsCanBeMerged", {1, 3}},
           {"query ($v: Int) { big }", "NoUnusedVariables", {1, 8}},
           {"query ($v: String) { echo(int: $v) }", "VariablesInAllowedPosition", {1, 8}},
           {"{ things { ... on Label { text } } }", "PossibleFragmentSpreads", {1, 12}},
       }) {
    CAPTURE(each.query);
    const auto document = graphql::parse_document(each.query);
    REQUIRE(document.has_value());
    const auto errors = graphql::validate(*schema, *document);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].rule == each.rule);
    CHECK(errors[0].locations[0] == each.at);
  }
}

TEST_CASE("fields of different object types need not agree in name, only in shape") {
  const auto schema = graphql::Schema::parse(shop::kSdl).value();
  const auto errors = [&](const char* query) {
    return graphql::validate(*schema, graphql::parse_document(query).value()).size();
  };
  CHECK(errors("{ things { ... on Item { a: name } ... on Person { a: name } } }") == 0);
  CHECK(errors("{ things { ... on Item { a: note } ... on Person { a: name } } }") == 1);
  CHECK(errors("{ item(id: 1) { name name name } item(id: 1) { id name } }") == 0);
}
