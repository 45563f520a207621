// SPDX-License-Identifier: MIT

// A schema as SDL text, laid out as the reference prints it.

#include "graphql/schema.h"
#include "literal.h"

namespace graphql {
namespace {

void print_description(std::string& out, const std::optional<std::string>& description,
                       std::string_view indent, bool first) {
  if (!description) return;
  if (!indent.empty() && !first) out.push_back('\n');
  out.append(indent);
  for (const char c : detail::print_description(*description)) {
    out.push_back(c);
    if (c == '\n') out.append(indent);
  }
  out.push_back('\n');
}

void print_deprecated(std::string& out, const std::optional<AppliedDeprecation>& deprecated) {
  if (!deprecated) return;
  out.append(" @deprecated");
  if (deprecated->reason == "No longer supported") return;
  out.append("(reason: ");
  detail::print_string(out, deprecated->reason);
  out.append(")");
}

void print_input(std::string& out, const InputDef& input) {
  out.append(input.name).append(": ").append(input.type->to_string());
  if (input.default_value) out.append(" = ").append(detail::print_value(*input.default_value));
  print_deprecated(out, input.deprecated);
}

void print_args(std::string& out, const std::vector<InputDef>& args, const std::string& indent) {
  if (args.empty()) return;
  bool described = false;
  for (const InputDef& arg : args) described |= arg.description.has_value();
  bool first = true;
  out.push_back('(');
  for (const InputDef& arg : args) {
    if (described) {
      out.push_back('\n');
      print_description(out, arg.description, indent + "  ", first);
      out.append(indent).append("  ");
    } else if (!first) {
      out.append(", ");
    }
    print_input(out, arg);
    first = false;
  }
  if (described) out.append("\n").append(indent);
  out.push_back(')');
}

void print_names(std::string& out, std::string_view before, std::string_view between,
                 const std::vector<const NamedType*>& types) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    out.append(i == 0 ? before : between).append(types[i]->name);
  }
}

template <class Items, class Print>
void print_block(std::string& out, const Items& items, Print print) {
  if (items.empty()) return out.push_back('\n');
  out.append(" {\n");
  bool first = true;
  for (const auto& item : items) {
    print_description(out, item.description, "  ", first);
    out.append("  ");
    print(item);
    out.push_back('\n');
    first = false;
  }
  out.append("}\n");
}

void print_type(std::string& out, const NamedType& type) {
  static constexpr std::string_view kWords[] = {"scalar ", "type ", "interface ",
                                                "union ",  "enum ", "input "};
  print_description(out, type.description, "", true);
  out.append(kWords[static_cast<std::size_t>(type.kind)]).append(type.name);
  switch (type.kind) {
    case TypeKind::scalar:
      if (type.specified_by_url) {
        out.append(" @specifiedBy(url: ");
        detail::print_string(out, *type.specified_by_url);
        out.append(")");
      }
      return out.push_back('\n');
    case TypeKind::union_type:
      print_names(out, " = ", " | ", type.possible_types);
      return out.push_back('\n');
    case TypeKind::enumeration:
      return print_block(out, type.enum_values, [&](const EnumValueDef& value) {
        out.append(value.name);
        print_deprecated(out, value.deprecated);
      });
    case TypeKind::input_object:
      return print_block(out, type.input_fields,
                         [&](const InputDef& input) { print_input(out, input); });
    case TypeKind::object:
    case TypeKind::interface:
      print_names(out, " implements ", " & ", type.interfaces);
      return print_block(out, type.fields, [&](const FieldDef& field) {
        out.append(field.name);
        print_args(out, field.args, "  ");
        out.append(": ").append(field.type->to_string());
        print_deprecated(out, field.deprecated);
      });
  }
}

void print_directive(std::string& out, const DirectiveDef& directive) {
  print_description(out, directive.description, "", true);
  out.append("directive @").append(directive.name);
  print_args(out, directive.args, "");
  if (directive.repeatable) out.append(" repeatable");
  for (std::size_t i = 0; i < directive.locations.size(); ++i) {
    out.append(i == 0 ? " on " : " | ").append(directive.locations[i]);
  }
  out.push_back('\n');
}

}  // namespace

std::string Schema::print() const {
  std::string out;
  const auto separate = [&out] {
    if (!out.empty()) out.push_back('\n');
  };
  const auto usual = [](const NamedType* type, std::string_view name) {
    return type == nullptr || type->name == name;
  };
  if (description_ || !usual(query_, "Query") || !usual(mutation_, "Mutation") ||
      !usual(subscription_, "Subscription")) {
    print_description(out, description_, "", true);
    out.append("schema {\n  query: ").append(query_->name).append("\n");
    if (mutation_ != nullptr) out.append("  mutation: ").append(mutation_->name).append("\n");
    if (subscription_ != nullptr) {
      out.append("  subscription: ").append(subscription_->name).append("\n");
    }
    out.append("}\n");
  }
  for (const DirectiveDef* directive : directives_) {
    if (directive->built_in) continue;
    separate();
    print_directive(out, *directive);
  }
  for (const NamedType* type : types_) {
    if (type->built_in) continue;
    separate();
    print_type(out, *type);
  }
  return out;
}

}  // namespace graphql
