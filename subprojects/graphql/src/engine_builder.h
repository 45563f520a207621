// SPDX-License-Identifier: MIT
#pragma once

// Joins schema and bindings; collects every mistake.

#include "engine_state.h"

#include <memory>
#include <string>

namespace graphql {

class EngineBuilder {
 public:
  EngineBuilder(std::shared_ptr<const Schema> schema, Binder binder, Options options);
  Expected<std::unique_ptr<detail::EngineState>, Errors> build();

 private:
  void add_scalars();
  void add_inputs();
  void add_types();
  void add_dynamic(const NamedType& type);
  void add_fields(const NamedType& type, const detail::TypeBinding& binding);
  void add_meta_fields();
  void add_list_sizes();
  void add_sources();
  void check_surplus();
  detail::BoundField bind(const std::string& where, const Type& type,
                          const detail::FieldBinding& binding);
  void check_shape(const std::string& where, const Type& type, const detail::Shape& shape,
                   detail::BoundField& bound);
  void check_object(const std::string& where, const NamedType& named, const detail::Shape& shape);
  void fail(std::string message);

  std::unique_ptr<detail::EngineState> state_ = std::make_unique<detail::EngineState>();
  Binder binder_;
  Errors errors_;
};

namespace detail {

// The forms that built-in scalars and enums know on output.
void add_built_in_scalar(const NamedType& type, const Options& options, ScalarBinding& binding);
void add_enum(const NamedType& type, ScalarBinding& binding);
// Bindings of __Schema, __Type and so on, and of the fields __schema and __type.
void bind_introspection(Binder& binder);
TypeBinding introspection_root(const Schema& schema);

}  // namespace detail
}  // namespace graphql
