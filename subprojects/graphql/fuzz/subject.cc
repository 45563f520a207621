// SPDX-License-Identifier: MIT
#include "subject.h"

#include "graphql/graphql.h"
#include "graphql/output.h"

#include <cstdlib>
#include <memory>

namespace {

constexpr const char* kSchema = R"(
  interface Node { id: ID self: Node }
  type A implements Node { id: ID self: Node list: [A!] deep: [[Int]!] text(value: String = "x", in: In, color: Color): String }
  type B implements Node { id: ID self: Node number(f: Float, i: [Int!]): Float! flag: Boolean a: A! }
  union Either = A | B
  enum Color { RED GREEN }
  input In { n: Int! = 1 in: In list: [In!] color: Color }
  type Query { a: A b: B node: Node either: [Either!] color(of: Color! = RED): Color any: Any }
  type Mutation { a: A! }
  type Subscription { a: A }
  scalar Any
)";

constexpr const char* kData = R"({
  "a": {"__typename": "A", "id": 1, "text": "t", "deep": [[1, null], []], "list": [{"id": "x"}, {"id": 2}],
        "self": {"__typename": "B", "id": 3, "number": 1.5, "flag": true}},
  "b": {"__typename": "B", "number": null, "a": null},
  "node": {"__typename": "B", "number": 2, "a": {"id": 4}},
  "either": [{"__typename": "A", "id": 5}, {"__typename": "B", "number": 1e30, "flag": 0}],
  "color": "RED", "any": {"k": [1, "<>"]}
})";

std::shared_ptr<const graphql::Engine> make_engine() {
  graphql::Binder binder;
  binder.unbound_types_are_values();
  graphql::Options options;
  options.cached_documents = 0;
  options.limits.response_bytes = 1 << 20;
  return graphql::Engine::make(graphql::Schema::parse(kSchema).value(), std::move(binder), options)
      .value();
}

}  // namespace

void answer_twice(std::string_view query) {
  static const auto engine = make_engine();
  static const graphql::Value root = graphql::parse_json(kData).value();
  static const graphql::Value variables =
      graphql::parse_json(R"({"a": 1, "b": true, "s": "x", "o": {"n": 2}, "l": [1, null]})")
          .value();
  graphql::Request request;
  request.query = query;
  request.variables = &variables;
  request.add_root(root);
  const auto response = engine->execute(request);
  if (!graphql::parse_json(response.body, 1000)) std::abort();
  if (engine->execute(request).body != response.body) std::abort();
}
