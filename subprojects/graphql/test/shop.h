// SPDX-License-Identifier: MIT
#pragma once

// A small typed schema that the execution tests share.

#include "graphql/graphql.h"

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace shop {

struct Label {
  std::string text;
};

struct Item {
  std::int64_t id = 0;
  std::string name;
  double price = 0;
  std::vector<double> samples;
  std::optional<std::string> note;
};

struct Person {
  std::string name;
  std::shared_ptr<Person> boss;
};

struct Page {
  std::vector<Item> items;
  std::optional<int> count;
};

struct Counters {
  int label_batches = 0;
  bool counted = false;
};

struct Root {
  std::vector<Item> items = {{1, "axe", 12.5, {1, std::nan("")}, std::nullopt},
                             {2, "bow <&>", 3, {}, "old"},
                             {3, "cup", 0.25, {0.004}, std::nullopt}};
};

inline constexpr const char* kSdl = R"(
  scalar Sample
  scalar State
  enum Order { ASC DESC }
  input Range { from: Int!, to: Int = 100, tags: [String!] }
  interface Named { name: String! }
  type Label { text: String! }
  type Item implements Named {
    id: ID! name: String! price: Float! samples: [Sample!]! note: String
    labels: [Label!]! stock(unit: String = "pcs"): Int strict: String!
  }
  type Person implements Named { name: String! boss: Person friends: [Named] }
  union Thing = Item | Person
  type Page { items: [Item!]! count: Int }
  type Query {
    items(order: Order = ASC, range: Range, state: State, limit: Int): Page!
    item(id: ID!): Item
    things: [Thing!]!
    nothing: Item
    fails: String
    fails_hard: String!
    throws: String
    echo(int: Int, float: Float, text: String, yes: Boolean, id: ID, ints: [Int!]): String
    slow(name: String!): String
    later: [Int!]
    big: Int
  }
  type Mutation { add(n: Int!): Int! slow(name: String!): String }
)";

graphql::Binder bindings();

// The response's body.
std::string run(const graphql::Engine& engine, std::string_view query,
                std::string_view variables = {});

std::shared_ptr<const graphql::Engine> engine(graphql::Options options = {});

}  // namespace shop
