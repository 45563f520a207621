// SPDX-License-Identifier: MIT
#include "shop.h"

#include <doctest/doctest.h>

namespace {

struct Case {
  const char* name;
  const char* query;
  const char* expected;
};

void check_all(const graphql::Engine& engine, const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    CAPTURE(each.name);
    CHECK(shop::run(engine, each.query) == each.expected);
  }
}

}  // namespace

TEST_CASE("members, lists and nested objects are written in the order of the document") {
  const auto engine = shop::engine();
  check_all(*engine, {
                         {"scalars", "{ item(id: 1) { price id name note } }",
                          R"({"data":{"item":{"price":12.5,"id":"1","name":"axe","note":null}}})"},
                         {"alias", "{ a: item(id: \"2\") { n: name } b: nothing { id } }",
                          R"({"data":{"a":{"n":"bow <&>"},"b":null}})"},
                         {"list", "{ items(limit: 2) { count items { id } } }",
                          R"({"data":{"items":{"count":3,"items":[{"id":"1"},{"id":"2"}]}}})"},
                         {"empty list", "{ items(limit: 0) { items { id labels { text } } } }",
                          R"({"data":{"items":{"items":[]}}})"},
                         {"enum", "{ items(order: DESC, limit: 1) { items { id } } }",
                          R"({"data":{"items":{"items":[{"id":"3"}]}}})"},
                         {"typename", "{ __typename items(limit: 1) { __typename } }",
                          R"({"data":{"__typename":"Query","items":{"__typename":"Page"}}})"},
                         {"equal fields merge", "{ item(id: 1) { id } item(id: 1) { name id } }",
                          R"({"data":{"item":{"id":"1","name":"axe"}}})"},
                     });
}

TEST_CASE("a scalar that writes null may do so inside a non-null list") {
  CHECK(
      shop::run(*shop::engine(), "{ items { items { samples } } }") ==
      R"({"data":{"items":{"items":[{"samples":[1.00,null]},{"samples":[]},{"samples":[0.00]}]}}})");
}

TEST_CASE("unions and interfaces are told apart by the C++ type") {
  check_all(
      *shop::engine(),
      {
          {"union",
           "{ things { __typename ... on Item { id } ... on Person { boss { name boss { name } } } "
           "} }",
           R"({"data":{"things":[{"__typename":"Item","id":"1"},{"__typename":"Person","boss":{"name":"ann","boss":null}}]}})"},
          {"interface",
           "{ things { ... on Person { friends { name ... on Item { id } } } ... on Named { name } "
           "} }",
           R"({"data":{"things":[{"name":"axe"},{"friends":[{"name":"kite","id":"9"},null],"name":"bob"}]}})"},
      });
}

TEST_CASE("an error nulls the nearest nullable field and is listed with path and place") {
  check_all(
      *shop::engine(),
      {
          {"nullable", "{ fails a: fails }",
           R"({"data":{"fails":null,"a":null},"errors":[{"message":"no","locations":[{"line":1,"column":3}],"path":["fails"],"extensions":{"code":"NO"}},{"message":"no","locations":[{"line":1,"column":9}],"path":["a"],"extensions":{"code":"NO"}}]})"},
          {"up to the root", "{ item(id: 1) { id } fails_hard }",
           R"({"data":null,"errors":[{"message":"no","locations":[{"line":1,"column":22}],"path":["fails_hard"]}]})"},
          {"in a list of non-null items", "{ items { items { strict } } }",
           R"({"data":null,"errors":[{"message":"item 2 is not strict","locations":[{"line":1,"column":19}],"path":["items","items",1,"strict"]}]})"},
          {"exception", "{ throws }",
           R"({"data":{"throws":null},"errors":[{"message":"Internal error.","locations":[{"line":1,"column":3}],"path":["throws"],"extensions":{"code":"INTERNAL"}}]})"},
          {"64 bit", "{ big }",
           R"({"data":{"big":null},"errors":[{"message":"Int cannot represent non 32-bit signed integer value: 1099511627776","locations":[{"line":1,"column":3}],"path":["big"]}]})"},
      });
}

TEST_CASE("deferred and concurrent fields are written in their place") {
  check_all(*shop::engine(), {{"both", "{ slow(name: \"a\") later x: slow(name: \"b\") }",
                               R"({"data":{"slow":"a","later":[1,2],"x":"b"}})"},
                              {"mutation", "mutation { slow(name: \"a\") add(n: 1) }",
                               R"({"data":{"slow":"a","add":2}})"}});
}

TEST_CASE("a batch resolver is called once for a list") {
  const auto engine = shop::engine();
  const shop::Root root;
  shop::Counters counters;
  graphql::Request request;
  request.query = "{ items { items { id labels { text } } } }";
  request.add_root(root).set_host(counters);
  const auto response = engine->execute(request);
  CHECK(response.outcome == graphql::Outcome::executed);
  CHECK(
      response.body ==
      R"({"data":{"items":{"items":[{"id":"1","labels":[]},{"id":"2","labels":[{"text":"bow <&>"}]},{"id":"3","labels":[{"text":"cup"},{"text":"cup"}]}]}}})");
  CHECK(counters.label_batches == 1);
  CHECK_FALSE(counters.counted);
}

TEST_CASE("look-ahead sees through fragments and conditions") {
  const auto engine = shop::engine();
  const shop::Root root;
  graphql::Request request;
  request.query =
      "query Q($c: Boolean!) { items { ...F count @include(if: $c) } } "
      "fragment F on Page { items { id } }";
  for (const bool wanted : {true, false, true}) {
    shop::Counters counters;
    const graphql::Value variables(graphql::Value::Object{{"c", graphql::Value(wanted)}});
    request.variables = &variables;
    request.roots.clear();
    request.add_root(root).set_host(counters);
    const auto response = engine->execute(request);
    CHECK(counters.counted == wanted);
    CHECK((response.body.find("\"count\":3") != std::string::npos) == wanted);
  }
}
