// SPDX-License-Identifier: MIT
#include "graphql/schema.h"

#include <doctest/doctest.h>

#include <string>

namespace {

// The messages with their places, or "valid".
std::string verdict(std::string_view sdl) {
  const auto schema = graphql::Schema::parse(sdl);
  if (schema) return "valid";
  std::string text;
  for (const graphql::Error& error : schema.error()) {
    for (const auto& at : error.locations) {
      text += std::to_string(at.line) + ":" + std::to_string(at.column) + " ";
    }
    text += error.message + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a built-in scalar exists only where it is used or named") {
  const auto names = [](std::string_view sdl) {
    std::string text;
    const auto schema = graphql::Schema::parse(sdl).value();
    for (const auto* type : schema->types()) {
      if (type->kind != graphql::TypeKind::scalar) continue;
      text += type->name + " ";
      CHECK(schema->find_type(type->name) == type);
    }
    CHECK((schema->find_type("Float") != nullptr) == (text.find("Float") != text.npos));
    return text;
  };
  CHECK(names("type Query { a: String }") == "String Boolean ");
  CHECK(names("type Query { a: [Int!] }") == "Int String Boolean ");
  CHECK(names("type Query { a(x: In): String } input In { f: Float }") == "Float String Boolean ");
  CHECK(names("type Query { a: String } directive @d(x: ID) on FIELD") == "String Boolean ID ");
  CHECK(names("scalar Float type Query { a: String }") == "Float String Boolean ");
}

TEST_CASE("what does not make sense is told before what is not valid") {
  CHECK(verdict("type Query { a: Nope b(x: Gone): Int }\nunion U = Int") ==
        "1:17 Unknown type \"Nope\".\n1:27 Unknown type \"Gone\".\n");
  CHECK(verdict("type Query { a: Int }\nunion U = Int\ntype T") ==
        "2:11 Union type U can only include Object types, it cannot include Int.\n"
        "3:6 Type T must define one or more fields.\n");
  CHECK(verdict("type Query {\n  b(x: Query): Int\n}") ==
        "2:5 The type of Query.b(x:) must be Input Type but got: Query.\n");
  CHECK(verdict("interface Query { a: Int }") ==
        "1:11 Query root type must be Object type, it cannot be Query.\n");
  CHECK(verdict("schema { query: Q query: Q } type Q { a: Int }") ==
        "1:19 There can be only one query type in schema.\n");
}

TEST_CASE("a scalar that is named only where it may not stand is refused by its name") {
  CHECK(verdict("type Query { a: String }\nunion U = Float | ID") ==
        "2:11 Union type U can only include Object types, it cannot include Float.\n"
        "2:19 Union type U can only include Object types, it cannot include ID.\n");
  CHECK(verdict("type Query implements Float { a: String }") ==
        "1:23 Type Query must only implement Interface types, it cannot implement Float.\n");
}

TEST_CASE("a directive must not refer to itself, however far around") {
  const std::string query = "type Query { a: Int } ";
  CHECK(verdict(query + "directive @d(a: Int @d) on ARGUMENT_DEFINITION") ==
        "1:34 Directive \"@d\" must not refer to itself.\n");
  CHECK(verdict(query + "directive @d(a: In) on INPUT_FIELD_DEFINITION input In { b: Out } "
                        "input Out { c: Int @d }") ==
        "1:34 Directive \"@d\" must not refer to itself.\n");
  CHECK(verdict(query + "directive @d(a: In) on OBJECT input In { b: Int } type T @d { a: Int }") ==
        "valid");
}

TEST_CASE("values of directives in a schema have to fit") {
  const std::string text = "type Query @d(n: 1) { a: Int } directive @d(n: Int!) on OBJECT ";
  CHECK(verdict(text) == "valid");
  CHECK(verdict(text + "type T @d(n: \"1\") { a: Int }") ==
        "1:77 Argument \"n\" has invalid value \"1\".\n");
  CHECK(verdict("type Query { a: Int @deprecated(reason: 5) }") ==
        "1:41 Argument \"reason\" has invalid value 5.\n");
}
