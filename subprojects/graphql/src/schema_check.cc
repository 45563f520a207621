// SPDX-License-Identifier: MIT
#include "schema_build.h"
#include "validation.h"

#include <algorithm>
#include <unordered_map>

namespace graphql::detail {
namespace {

class Checker {
 public:
  Checker(const Schema& schema, const DefinitionIndex& positions, std::string_view source,
          Errors& errors)
      : schema_(schema), positions_(positions), source_(source), errors_(errors) {}

  void run() {
    for (const DirectiveDef* directive : schema_.directives()) {
      if (!directive->built_in) check_directive(*directive);
    }
    for (const NamedType* type : schema_.types()) {
      if (!type->built_in) check_type(*type);
    }
    check_root_types();
    for (const NamedType* type : schema_.types()) {
      if (type->kind == TypeKind::input_object) find_cycles(*type);
    }
  }

 private:
  void fail(const std::string& where, std::string message) {
    Error error;
    error.message = std::move(message);
    error.code = "GRAPHQL_SCHEMA_INVALID";
    const auto found = positions_.find(where);
    if (found != positions_.end()) error.locations = {ast::locate(source_, found->second)};
    errors_.push_back(std::move(error));
  }

  void check_name(const std::string& name, const std::string& where) {
    if (!name.starts_with("__")) return;
    fail(where, "Name \"" + name +
                    "\" must not begin with \"__\", which is reserved by GraphQL introspection.");
  }

  void check_root_types() {
    const NamedType* roots[] = {schema_.query(), schema_.mutation(), schema_.subscription()};
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = i + 1; j < 3; ++j) {
        if (roots[i] == nullptr || roots[i] != roots[j]) continue;
        fail(roots[i]->name, "All root types must be different, \"" + roots[i]->name +
                                 "\" type is used for two of them.");
      }
    }
  }

  void check_directive(const DirectiveDef& directive) {
    const std::string where = "@" + directive.name;
    check_name(directive.name, where);
    check_inputs(directive.args, where, true);
  }

  void check_inputs(const std::vector<InputDef>& inputs, const std::string& where, bool args) {
    for (const InputDef& input : inputs) {
      const std::string at = where + "(" + input.name + ":)";
      const std::string name = args ? at : where + "." + input.name;
      check_name(input.name, at);
      if (!input.type->named->is_input()) {
        fail(at, "The type of " + name + " must be Input Type but got: " + input.type->to_string() +
                     ".");
      }
      if (input.required() && input.deprecated) {
        fail(at, std::string("Required ") + (args ? "argument " : "input field ") + name +
                     " cannot be deprecated.");
      }
    }
  }

  void check_type(const NamedType& type) {
    check_name(type.name, type.name);
    switch (type.kind) {
      case TypeKind::object:
      case TypeKind::interface:
        check_fields(type);
        break;
      case TypeKind::union_type:
        if (type.possible_types.empty()) {
          fail(type.name, "Union type " + type.name + " must define one or more member types.");
        }
        break;
      case TypeKind::enumeration:
        if (type.enum_values.empty()) {
          fail(type.name, "Enum type " + type.name + " must define one or more values.");
        }
        for (const EnumValueDef& value : type.enum_values) {
          check_name(value.name, type.name + "." + value.name);
        }
        break;
      case TypeKind::input_object:
        if (type.input_fields.empty()) {
          fail(type.name, "Input Object type " + type.name + " must define one or more fields.");
        }
        check_inputs(type.input_fields, type.name, false);
        break;
      case TypeKind::scalar:
        break;
    }
  }

  void check_fields(const NamedType& type) {
    if (type.fields.empty()) {
      fail(type.name, "Type " + type.name + " must define one or more fields.");
    }
    for (const FieldDef& field : type.fields) {
      const std::string where = type.name + "." + field.name;
      check_name(field.name, where);
      if (!field.type->named->is_output()) {
        fail(where, "The type of " + where +
                        " must be Output Type but got: " + field.type->to_string() + ".");
      }
      check_inputs(field.args, where, true);
    }
    for (const NamedType* interface : type.interfaces) {
      check_ancestors(type, *interface);
      check_implements(type, *interface);
    }
  }

  void check_ancestors(const NamedType& type, const NamedType& interface) {
    for (const NamedType* ancestor : interface.interfaces) {
      if (std::find(type.interfaces.begin(), type.interfaces.end(), ancestor) !=
          type.interfaces.end()) {
        continue;
      }
      fail(type.name, ancestor == &type
                          ? "Type " + type.name + " cannot implement " + interface.name +
                                " because it would create a circular reference."
                          : "Type " + type.name + " must implement " + ancestor->name +
                                " because it is implemented by " + interface.name + ".");
    }
  }

  void check_implements(const NamedType& type, const NamedType& interface) {
    for (const FieldDef& expected : interface.fields) {
      const std::string there = interface.name + "." + expected.name;
      const std::string here = type.name + "." + expected.name;
      const FieldDef* field = type.find_field(expected.name);
      if (field == nullptr) {
        fail(type.name,
             "Interface field " + there + " expected but " + type.name + " does not provide it.");
        continue;
      }
      if (!is_subtype(*field->type, *expected.type)) {
        fail(here, "Interface field " + there + " expects type " + expected.type->to_string() +
                       " but " + here + " is type " + field->type->to_string() + ".");
      }
      check_implemented_args(*field, expected, here, there);
    }
  }

  void check_implemented_args(const FieldDef& field, const FieldDef& expected,
                              const std::string& here, const std::string& there) {
    for (const InputDef& arg : expected.args) {
      const InputDef* own = field.find_arg(arg.name);
      if (own == nullptr) {
        fail(here, "Interface field argument " + there + "(" + arg.name + ":) expected but " +
                       here + " does not provide it.");
      } else if (own->type != arg.type) {
        fail(here, "Interface field argument " + there + "(" + arg.name + ":) expects type " +
                       arg.type->to_string() + " but " + here + "(" + arg.name + ":) is type " +
                       own->type->to_string() + ".");
      }
    }
    for (const InputDef& arg : field.args) {
      if (expected.find_arg(arg.name) != nullptr || !arg.required()) continue;
      fail(here, "Object field " + here + " includes required argument " + arg.name +
                     " that is missing from the Interface field " + there + ".");
    }
  }

  // Input objects that contain themselves through non-null fields cannot be written down.
  void find_cycles(const NamedType& type) {
    if (std::find(done_.begin(), done_.end(), &type) != done_.end()) return;
    done_.push_back(&type);
    path_index_[&type] = path_.size();
    for (const InputDef& field : type.input_fields) {
      const bool direct = field.type->is_non_null() && field.type->of->kind == Type::Kind::named;
      const NamedType* inner = field.type->named;
      if (!direct || inner->kind != TypeKind::input_object) continue;
      path_.push_back(field.name);
      const auto on_path = path_index_.find(inner);
      if (on_path == path_index_.end()) {
        find_cycles(*inner);
      } else {
        std::string fields;
        for (std::size_t i = on_path->second; i < path_.size(); ++i) {
          fields.append(fields.empty() ? "" : ".").append(path_[i]);
        }
        fail(inner->name, "Cannot reference Input Object \"" + inner->name +
                              "\" within itself through a series of non-null fields: \"" + fields +
                              "\".");
      }
      path_.pop_back();
    }
    path_index_.erase(&type);
  }

  const Schema& schema_;
  const DefinitionIndex& positions_;
  std::string_view source_;
  Errors& errors_;
  std::vector<const NamedType*> done_;
  std::unordered_map<const NamedType*, std::size_t> path_index_;
  std::vector<std::string> path_;
};

}  // namespace

void check_schema(const Schema& schema, const DefinitionIndex& positions, std::string_view source,
                  Errors& errors) {
  Checker(schema, positions, source, errors).run();
}

}  // namespace graphql::detail
