// SPDX-License-Identifier: MIT

// Uses of directives in SDL: known, at an allowed place, repeated only if repeatable, with their
// arguments.

#include "schema_build.h"

#include <algorithm>

namespace graphql::detail {

using DefKind = ast::TypeSystemDef::Kind;

void SchemaBuilder::check_directives(const ast::Document& document) {
  for (const Def& def : document.type_system) {
    static constexpr std::string_view kLocations[] = {
        "SCHEMA", "SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", ""};
    check_directives(def.directives, kLocations[static_cast<std::size_t>(def.kind)]);
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
  for (const ast::Directive& directive : directives) {
    const std::string name = "@" + std::string(directive.name.text);
    const DirectiveDef* def = schema_->find_directive(directive.name.text);
    if (def == nullptr) {
      fail(directive.at, "Unknown directive \"" + name + "\".");
      continue;
    }
    if (!def->allowed_at(location)) {
      fail(directive.at,
           "Directive \"" + name + "\" may not be used on " + std::string(location) + ".");
    }
    const auto same = [&](const ast::Directive& other) {
      return other.name.text == directive.name.text;
    };
    if (!def->repeatable &&
        &*std::find_if(directives.begin(), directives.end(), same) != &directive) {
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
  for (const InputDef& input : def.args) {
    const bool given = std::any_of(directive.args.begin(), directive.args.end(),
                                   [&](const auto& arg) { return arg.name.text == input.name; });
    if (given || !input.required()) continue;
    fail(directive.at, "Directive \"@" + def.name + "\" argument \"" + input.name +
                           "\" of type \"" + input.type->to_string() +
                           "\" is required, but it was not provided.");
  }
}

}  // namespace graphql::detail
