// SPDX-License-Identifier: MIT

// Uses of directives in SDL: known, at an allowed place, repeated only if repeatable, with their
// arguments.

#include "coerce.h"
#include "schema_build.h"

#include <algorithm>

namespace graphql::detail {

using DefKind = ast::TypeSystemDef::Kind;

namespace {

// Appended, not added up: of "@" + string GCC 12 warns that parts overlap, which they do not.
std::string at_name(std::string_view directive) {
  std::string out("@");
  out.append(directive);
  return out;
}

}  // namespace

SchemaBuilder::SchemaBuilder() = default;
SchemaBuilder::~SchemaBuilder() = default;

void SchemaBuilder::check_directives(const ast::Document& document) {
  if (errors_.empty()) {
    inputs_ = std::make_unique<InputTypes>(*schema_, Coercion{},
                                           std::unordered_map<const NamedType*, ParseLeaf>{});
  }
  std::map<std::string_view, Names> seen;  // by type; the schema itself has no name
  for (const Def& def : document.type_system) {
    static constexpr std::string_view kLocations[] = {
        "SCHEMA", "SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", ""};
    // A type and its extensions are one place.
    check_directives(def.directives, kLocations[static_cast<std::size_t>(def.kind)],
                     seen[def.name.text]);
    for (const ast::FieldDef& field : def.fields) {
      check_directives(field.directives, "FIELD_DEFINITION");
      for (const ast::InputValueDef& arg : field.args) {
        check_directives(arg.directives, "ARGUMENT_DEFINITION");
      }
    }
    for (const ast::InputValueDef& input : def.inputs) {
      check_directives(input.directives, def.kind == DefKind::input ? "INPUT_FIELD_DEFINITION"
                                                                    : "ARGUMENT_DEFINITION");
    }
    for (const ast::EnumValueDef& value : def.values) {
      check_directives(value.directives, "ENUM_VALUE");
    }
  }
}

void SchemaBuilder::check_directives(std::span<const ast::Directive> directives,
                                     std::string_view location) {
  Names seen;
  check_directives(directives, location, seen);
}

void SchemaBuilder::check_directives(std::span<const ast::Directive> directives,
                                     std::string_view location, Names& seen) {
  for (const ast::Directive& directive : directives) {
    const std::string name = at_name(directive.name.text);
    const DirectiveDef* def = schema_->find_directive(directive.name.text);
    if (def == nullptr) {
      fail(directive.at, "Unknown directive \"" + name + "\".");
      continue;
    }
    if (!def->allowed_at(location)) {
      fail(directive.at,
           "Directive \"" + name + "\" may not be used on " + std::string(location) + ".");
    }
    if (!def->repeatable && !seen.insert(directive.name.text).second) {
      fail(directive.at, "The directive \"" + name + "\" can only be used once at this location.");
    }
    check_directive_args(directive, *def);
  }
}

void SchemaBuilder::check_directive_args(const ast::Directive& directive, const DirectiveDef& def) {
  for (const ast::Argument& arg : directive.args) {
    if (def.find_arg(arg.name.text) == nullptr) {
      fail(arg.name.at, "Unknown argument \"" + std::string(arg.name.text) + "\" on directive \"@" +
                            def.name + "\".");
    }
    const auto same = [&](const ast::Argument& other) { return other.name.text == arg.name.text; };
    if (std::count_if(directive.args.begin(), directive.args.end(), same) > 1) {
      fail(arg.name.at,
           "There can be only one argument named \"" + std::string(arg.name.text) + "\".");
    }
  }
  bool complete = true;
  for (const InputDef& input : def.args) {
    const bool given = std::any_of(directive.args.begin(), directive.args.end(),
                                   [&](const auto& arg) { return arg.name.text == input.name; });
    if (given || !input.required()) continue;
    complete = false;
    fail(directive.at, "Directive \"@" + def.name + "\" argument \"" + input.name +
                           "\" of type \"" + input.type->to_string() +
                           "\" is required, but it was not provided.");
  }
  if (inputs_ == nullptr || !complete) return;
  const auto values = inputs_->arguments(def.args, directive.args, directive.at, {});
  if (!values) fault(values.error().at, values.error().message);
}

namespace {

// What definitions refer to: directives by "@name", types by their name.
class References {
 public:
  explicit References(const ast::Document& document) {
    for (const ast::TypeSystemDef& def : document.type_system) {
      const bool directive = def.kind == DefKind::directive;
      auto& to = edges_[directive ? at_name(def.name.text) : std::string(def.name.text)];
      add(to, def.directives);
      for (const ast::InputValueDef& input : def.inputs) {
        add(to, input.directives);
        to.insert(std::string(input.type->name.text));
      }
      for (const ast::EnumValueDef& value : def.values) add(to, value.directives);
    }
  }

  bool reaches_itself(const std::string& name) const {
    std::set<std::string> seen;
    std::vector<std::string> open{name};
    while (!open.empty()) {
      const auto found = edges_.find(open.back());
      open.pop_back();
      if (found == edges_.end()) continue;
      for (const std::string& to : found->second) {
        if (to == name) return true;
        if (seen.insert(to).second) open.push_back(to);
      }
    }
    return false;
  }

 private:
  static void add(std::set<std::string>& to, std::span<const ast::Directive> directives) {
    for (const ast::Directive& each : directives) to.insert(at_name(each.name.text));
  }

  std::map<std::string, std::set<std::string>> edges_;
};

}  // namespace

// A directive must not refer to itself through its arguments (specification 3.13).
void SchemaBuilder::check_directive_cycles(const ast::Document& document) {
  const References references(document);
  for (const Def& def : document.type_system) {
    const std::string name = at_name(def.name.text);
    if (def.kind != DefKind::directive || !references.reaches_itself(name)) continue;
    fault(def.name.at, "Directive \"" + name + "\" must not refer to itself.");
  }
}

}  // namespace graphql::detail
