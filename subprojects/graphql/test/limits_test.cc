// SPDX-License-Identifier: MIT
#include "graphql/graphql.h"
#include "graphql/parser.h"
#include "graphql/validate.h"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <string>

namespace {

using graphql::Expected;
using graphql::Limits;
using graphql::Outcome;
using graphql::Value;

constexpr const char* kSdl = R"(
  scalar Word
  type Node { id: ID! node: Node! nodes(first: Int): [Node!]! word(of: [Word!], one: Word): Int fails: Int }
  type Query { node: Node! nodes(first: Int): [Node!]! word(of: [Word!], one: Word): Int fails: Int }
)";

struct Node {};
struct Query : Node {};

template <class T>
void bind_fields(graphql::TypeBinder<T> type) {
  type.field("node", [](const T&) { return Node{}; })
      .field("nodes",
             [](const T&, const graphql::Args& args) {
               return std::vector<Node>(
                   static_cast<std::size_t>(args.get<std::optional<int>>("first").value_or(2)));
             })
      .field("word", [](const T&) { return 1; })
      .field("fails", [](const T&) -> Expected<int> {
        return graphql::Failure{"no", "NO"};
      });
}

// An engine whose scalar tells of each value that it reads.
struct World {
  explicit World(Limits limits = {}) {
    graphql::Binder binder;
    binder.scalar("Word").input([this](const Value& value) -> Expected<Value> {
      ++words;
      if (on_word) on_word();
      return value;
    });
    auto node = binder.type<Node>("Node");
    node.field("id", [](const Node&) { return "n"; });
    bind_fields(node);
    bind_fields(binder.type<Query>("Query"));
    binder.list_size("Node", "nodes", {"first", 2, 1000});
    binder.list_size("Query", "nodes", {"first", 2, 1000});
    options.limits = limits;
    engine = graphql::Engine::make(graphql::Schema::parse(kSdl).value(), binder, options).value();
  }

  graphql::Response run(std::string_view query, std::string_view variables = {}) {
    const Query root;
    graphql::Request request;
    request.query = query;
    request.variables_json = variables;
    request.stop.flag = &stop;
    request.add_root(root);
    return engine->execute(request);
  }

  graphql::Options options;
  std::shared_ptr<const graphql::Engine> engine;
  std::function<void()> on_word;
  int words = 0;
  std::atomic<bool> stop = false;
};

std::string repeated(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out.append(text);
  return out;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++count;
  return count;
}

bool has(const graphql::Response& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("each limit is an error with a code of its own, and what is within it passes") {
  struct Case {
    const char* code;
    std::size_t Limits::*limit;
    std::size_t value;
    std::string within, beyond;
    const char* variables = "";
  };
  const Case cases[] = {
      {"LIMIT_SOURCE_BYTES", &Limits::source_bytes, 9, "{word   }", "{word    }"},
      {"LIMIT_TOKENS", &Limits::tokens, 5, "{word fails}", "{word fails word}"},
      {"LIMIT_NESTING", &Limits::nesting, 2, "{node{id}}", "{node{node{id}}}"},
      {"LIMIT_EXPANDED_NESTING", &Limits::expanded_nesting, 4,
       "{node{...F}} fragment F on Node {...{id}}",
       "{node{...F}} fragment F on Node {...{...{id}}}"},
      {"LIMIT_DEPTH", &Limits::depth, 2, "{node{...F}} fragment F on Node {id}",
       "{node{...F}} fragment F on Node {node{id}}"},
      {"LIMIT_ALIASES", &Limits::aliases, 1, "{a:word}", "{a:word b:word}"},
      {"LIMIT_ROOT_FIELDS", &Limits::root_fields, 2, "{word ...F} fragment F on Query {fails}",
       "{word ...F} fragment F on Query {fails word}"},
      {"LIMIT_OPERATIONS", &Limits::operations, 1, "query A{word}", "query A{word} query B{word}"},
      {"LIMIT_FRAGMENTS", &Limits::fragments, 1, "{...F} fragment F on Query {word}",
       "{...F ...G} fragment F on Query {word} fragment G on Query {word}"},
      {"LIMIT_VARIABLES", &Limits::variables, 1, "query($a:Word){word(one:$a)}",
       "query($a:Word $b:Word){word(one:$a) x:word(one:$b)}"},
      {"LIMIT_DIRECTIVES", &Limits::directives, 1, "{word @skip(if:false)}",
       "{word @skip(if:false) fails @skip(if:false)}"},
      {"LIMIT_VALIDATION_ERRORS", &Limits::validation_errors, 2, "{word}", "{a b c}"},
      {"LIMIT_FIELD_COMPARISONS", &Limits::field_comparisons, 20, "{word}",
       "{" + repeated("word ", 20) + "}"},
      {"COMPLEXITY_LIMIT_EXCEEDED", &Limits::complexity, 5, "{nodes(first:4){id}}",
       "{nodes(first:5){id}}"},
      {"LIMIT_VARIABLE_ERRORS", &Limits::variable_errors, 1, "{word}",
       "query($a:Int!$b:Int!){nodes(first:$a){id} x:nodes(first:$b){id}}"},
      {"LIMIT_VARIABLE_BYTES", &Limits::variable_bytes, 2, "{word}", "{word}", "{ }"},
      {"LIMIT_PLAN_FIELDS", &Limits::plan_fields, 2, "{node{id}}", "{node{id fails}}"},
      {"LIMIT_RESPONSE_BYTES", &Limits::response_bytes, 60, "{nodes{id}}", "{nodes(first:9){id}}"},
      {"LIMIT_ERRORS", &Limits::errors, 2, "{fails x:fails}", "{fails x:fails y:fails}"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.code);
    Limits limits;
    limits.*each.limit = each.value;
    World world(limits);
    const auto within = world.run(each.within);
    CHECK_MESSAGE(within.body.find("LIMIT") == std::string::npos, within.body);
    const auto beyond = world.run(each.beyond, each.variables);
    CHECK_MESSAGE(has(beyond, std::string("\"code\":\"") + each.code + "\""), beyond.body);
  }
}

TEST_CASE("an error lists a bounded number of places") {
  Limits limits;
  limits.error_locations = 3;
  World world(limits);
  CHECK(count_of(world.run("{ " + repeated("fails ", 50) + "}").body, "\"line\"") == 3);
  CHECK(count_of(world.run("{ word(" + repeated("one: 1 ", 50) + ") }").body, "\"line\"") == 3);
}

TEST_CASE("what variables do wrong is told a bounded number of times, and briefly") {
  World world;
  std::string many = "{\"w\":{";
  for (int i = 0; i < 3000; ++i) {
    many += (i == 0 ? "\"z" : ",\"z") + std::to_string(i) + "\":\"" + repeated("x", 20) + "\"";
  }
  const auto schema =
      graphql::Schema::parse("input In { a: Int } type Query { f(in: In): Int }").value();
  graphql::Binder binder;
  binder.unbound_types_are_values();
  const auto engine = graphql::Engine::make(schema, binder).value();
  const Value root{Value::Object{}};
  graphql::Request request;
  request.query = "query($w:In){f(in:$w)}";
  const std::string variables = many + "}}";
  request.variables_json = variables;
  request.add_root(root);
  const auto response = engine->execute(request);
  CHECK(response.errors == 51);
  CHECK(has(response, "Too many errors processing variables"));
  CHECK(response.body.size() < 51 * 10'000);
}

TEST_CASE("a stop signal ends parsing, validation and coercion in the middle") {
  const std::string words = repeated("W ", 9000);
  SUBCASE("parsing") {
    const std::atomic<bool> stop = true;
    CHECK(graphql::parse_document("{ a }").has_value());
    CHECK_FALSE(graphql::parse_document("{ a }", {}, graphql::Grammar::both, {&stop}).has_value());
  }
  SUBCASE("validation, before the first error is found") {
    const auto schema = graphql::Schema::parse(kSdl).value();
    const std::atomic<bool> stop = true;
    for (const char* text :
         {"{ nope }", "{ x: word x: fails }", "{ word(one: $v) }", "{ word @nope }"}) {
      const auto document = graphql::parse_document(text);
      CHECK_FALSE(graphql::validate(*schema, *document).empty());
      CHECK(graphql::validate(*schema, *document, {}, {&stop}).empty());
    }
  }
  World world;
  world.on_word = [&] { world.stop = world.words == 3; };
  graphql::Response response;
  SUBCASE("literals while they are validated") {
    response = world.run("{word(of:[" + words + "])}");
  }
  SUBCASE("variables while they are coerced") {
    response =
        world.run("query($w:[Word!]){word(of:$w)}", "{\"w\":[1" + repeated(",1", 9000) + "]}");
  }
  if (response.body.empty()) return;
  CHECK(world.words < 20);
  CHECK(response.outcome == Outcome::aborted);
  CHECK(has(response, "\"code\":\"CANCELLED\""));
}

TEST_CASE("a stop signal ends an object between its fields") {
  struct Root {};
  std::atomic<bool> stop = false;
  int calls = 0;
  graphql::Binder binder;
  const auto resolver = [&](const Root&) {
    stop = true;
    return ++calls;
  };
  binder.type<Root>("Query")
      .field("a", resolver)
      .field("b", resolver)
      .batch("c", [&](std::span<const Root* const> roots, const graphql::Args&,
                      const graphql::Context&) {
        ++calls;
        return std::vector<int>(roots.size());
      });
  const auto schema = graphql::Schema::parse("type Query { a: Int b: Int c: Int }").value();
  const auto engine = graphql::Engine::make(schema, binder).value();
  const Root root;
  graphql::Request request;
  request.query = "{ a b }";
  request.stop.flag = &stop;
  request.add_root(root);
  const auto response = engine->execute(request);
  CHECK(response.outcome == Outcome::aborted);
  CHECK(response.body.starts_with("{\"data\":null,\"errors\":[{\"message\":"));
  CHECK(calls == 1);
}

TEST_CASE("a stop signal ends the beginning of a list's look-ups") {
  struct Item {};
  struct Root {
    std::vector<Item> items = std::vector<Item>(1000);
  };
  std::atomic<bool> stop = false;
  int begun = 0;
  graphql::Binder binder;
  binder.type<Item>("Item").field("a", [&](const Item&) {
    ++begun;
    stop = true;
    graphql::Later<int> later;
    later.set(1);
    return later;
  });
  binder.type<Root>("Query").field("items", &Root::items);
  const auto schema =
      graphql::Schema::parse("type Item { a: Int } type Query { items: [Item!]! }").value();
  const auto engine = graphql::Engine::make(schema, binder).value();
  const Root root;
  graphql::Request request;
  request.query = "{ items { a } }";
  request.stop.flag = &stop;
  request.add_root(root);
  CHECK(engine->execute(request).outcome == Outcome::aborted);
  CHECK(begun == 1);
}

TEST_CASE("the document cache is bounded by memory, plans included") {
  World world;
  world.options.cached_bytes = 200'000;
  graphql::Binder binder;
  binder.unbound_types_are_values();
  const auto schema =
      graphql::Schema::parse("type Query { q: Query f: Int g: Int h: Int }").value();
  const auto engine = graphql::Engine::make(schema, binder, world.options).value();
  const Value leaf{Value::Object{{"f", Value(1)}}};
  const Value root{Value::Object{{"q", Value(Value::Object{{"q", leaf}})}}};
  std::size_t most = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string text = "query Q" + std::to_string(i) + " { q { f g h q { f g h } } }";
    graphql::Request request;
    request.query = text;
    request.add_root(root);
    CHECK(engine->execute(request).outcome == Outcome::executed);
    const graphql::CacheUse use = engine->cache_use();
    CHECK(use.bytes <= 200'000);
    most = std::max(most, use.documents);
  }
  CHECK(most > 10);   // what is kept is worth the name of a cache,
  CHECK(most < 100);  // yet each document costs more than its text
}

TEST_CASE("a plan that outgrows the cache takes its document along") {
  World world;
  const std::string text = "{ " + repeated("node { ", 40) + "id" + repeated(" }", 41);
  world.options.cached_bytes = 15'000;
  graphql::Binder binder;
  binder.unbound_types_are_values();
  const auto schema = graphql::Schema::parse(kSdl).value();
  const auto engine = graphql::Engine::make(schema, binder, world.options).value();
  Value root{Value::Object{{"id", Value("x")}}};
  for (int i = 0; i < 40; ++i) root = Value(Value::Object{{"node", std::move(root)}});
  graphql::Request request;
  request.query = text;
  request.add_root(root);
  CHECK(engine->execute(request).outcome == Outcome::executed);
  CHECK(engine->cache_use().documents == 0);
  CHECK(engine->cache_use().bytes == 0);
}
