// SPDX-License-Identifier: MIT
#include "shop.h"

#include <doctest/doctest.h>

#include <thread>

namespace shop {
namespace {

using graphql::Args;
using graphql::Binder;
using graphql::Context;
using graphql::Expected;
using graphql::Failure;
using graphql::Value;
using graphql::Writer;

void bind_item(Binder& binder) {
  binder.type<Item>("Item")
      .field("id", &Item::id)
      .field("name", &Item::name)
      .field("price", &Item::price)
      .field("samples", &Item::samples)
      .field("note", &Item::note)
      .field("stock",
             [](const Item& item, const Args& args) -> Expected<int> {
               if (args.get<std::string_view>("unit") != "pcs")
                 return Failure{"unknown unit", "UNIT"};
               return static_cast<int>(item.id * 10);
             })
      .field("strict",
             [](const Item& item) -> Expected<std::string> {
               if (item.id == 2) return Failure{"item 2 is not strict", {}};
               return "yes";
             })
      .batch("labels", [](std::span<const Item* const> items, const Args&, const Context& context) {
        ++context.host<Counters>().label_batches;
        std::vector<std::vector<Label>> labels;
        for (const Item* item : items) {
          labels.emplace_back();
          for (std::int64_t i = 1; i < item->id; ++i) labels.back().push_back({item->name});
        }
        return labels;
      });
}

void bind_query(Binder& binder) {
  binder.type<Root>("Query")
      .field("items",
             [](const Root& root, const Args& args, const Context& context) {
               Page page{root.items, std::nullopt};
               if (args["order"].string() == "DESC") {
                 std::reverse(page.items.begin(), page.items.end());
               }
               if (const Value& limit = args["limit"]; !limit.is_null()) {
                 page.items.resize(static_cast<std::size_t>(limit.integer()));
               }
               context.host<Counters>().counted = context.selects("count");
               if (context.selects("count")) page.count = static_cast<int>(root.items.size());
               return page;
             })
      .field("item",
             [](const Root& root, const Args& args) -> const Item* {
               for (const Item& item : root.items) {
                 if (std::to_string(item.id) == args.get<std::string_view>("id")) return &item;
               }
               return nullptr;
             })
      .field("things",
             [](const Root& root) {
               auto boss = std::make_shared<Person>(Person{"ann", nullptr});
               return std::vector<std::variant<Item, Person>>{root.items[0], Person{"bob", boss}};
             })
      .field("nothing", [](const Root&) { return std::unique_ptr<Item>(); })
      .field("fails",
             [](const Root&) -> Expected<std::string> {
               return Failure{"no", "NO"};
             })
      .field("fails_hard",
             [](const Root&) -> Expected<std::string> {
               return Failure{"no", {}};
             })
      .field("throws", [](const Root&) -> std::string { throw std::runtime_error("secret"); })
      .field("echo",
             [](const Root&, const Args& args) {
               std::string text;
               Writer(text, graphql::format_float_ecmascript, false).value(Value(args.values()));
               return text;
             })
      .concurrent("slow",
                  [](const Root&, const Args& args) { return args.get<std::string>("name"); })
      .field("later",
             [](const Root&) {
               graphql::Later<std::vector<int>> later;
               std::thread([later] { later.set(std::vector<int>{1, 2}); }).detach();
               return later;
             })
      .field("big", [](const Root&) { return std::int64_t{1} << 40; });
}

}  // namespace

Binder bindings() {
  Binder binder;
  binder.scalar("Sample").output<double>([](double value, Writer& out) { out.fixed(value, 2); });
  binder.scalar("State").input([](const Value& value) -> Expected<Value> {
    if (value.is_string() || value.is_word()) return Value(value.string());
    return Failure{"State must be a word", {}};
  });
  binder.type<Label>("Label").field("text", &Label::text);
  bind_item(binder);
  binder.type<Person>("Person")
      .field("name", &Person::name)
      .field("boss", &Person::boss)
      .field("friends", [](const Person&) {
        static const Item item{9, "kite", 1, {}, std::nullopt};
        return std::vector<graphql::ObjectRef>{graphql::object_ref(item), {}};
      });
  binder.type<Page>("Page").field("items", &Page::items).field("count", &Page::count);
  bind_query(binder);
  binder.type<int>("Mutation")
      .field("add", [](const int&, const Args& args) { return args.get<int>("n") + 1; })
      .concurrent("slow",
                  [](const int&, const Args& args) { return args.get<std::string>("name"); });
  return binder;
}

std::shared_ptr<const graphql::Engine> engine(graphql::Options options) {
  auto schema = graphql::Schema::parse(kSdl);
  REQUIRE(schema.has_value());
  auto engine = graphql::Engine::make(*schema, bindings(), options);
  if (!engine) {
    for (const auto& error : engine.error()) MESSAGE(error.message);
  }
  REQUIRE(engine.has_value());
  return *engine;
}

std::string run(const graphql::Engine& engine, std::string_view query, std::string_view variables) {
  const Root root;
  const int mutation_root = 0;
  Counters counters;
  graphql::Request request;
  request.query = query;
  request.variables_json = variables;
  request.add_root(root).add_root(mutation_root).set_host(counters);
  return engine.execute(request).body;
}

}  // namespace shop
