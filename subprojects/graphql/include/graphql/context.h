// SPDX-License-Identifier: MIT
#pragma once

// What a resolver learns about its call: the coerced arguments and the surroundings.

#include "graphql/executor.h"
#include "graphql/type_token.h"
#include "graphql/value.h"

#include <string_view>
#include <vector>

namespace graphql {

// Coerced arguments: defaults filled in, absent ones absent. Valid during the execution.
class Args {
 public:
  Args() = default;
  explicit Args(Value::Object values) : values_(std::move(values)) {}

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // Null pointer when the argument was not given and has no default.
  const Value* find(std::string_view name) const {
    for (const Value::Member& member : values_) {
      if (member.name == name) return &member.value;
    }
    return nullptr;
  }
  // A null value when absent.
  const Value& operator[](std::string_view name) const;
  // get<std::optional<T>> for arguments that may be absent or null. What does not fit becomes a
  // field error.
  template <class T>
  decltype(auto) get(std::string_view name) const {
    return FromValue<T>::from((*this)[name]);
  }
  // The fallback also stands in for an explicit null.
  template <class T>
  T get_or(std::string_view name, T fallback) const {
    const Value& value = (*this)[name];
    if (value.is_null()) return fallback;
    return FromValue<T>::from(value);
  }
  const Value::Object& values() const { return values_; }

 private:
  Value::Object values_;
};

namespace detail {
class Execution;
struct PlanField;
}  // namespace detail

// Threads: a resolver bound with concurrent() may use it on the executor's thread.
// Lifetime: the execution.
class Context {
 public:
  Context(const detail::Execution& execution, const detail::PlanField& field)
      : execution_(&execution), field_(&field) {}

  // What the host put into Request::set_host, which must be of exactly this type.
  template <class T>
  T& host() const {
    return *static_cast<T*>(host_pointer(token_of<T>()));
  }

  // Is a field below this one asked for? A path of field names (not aliases): "count",
  // "items.tags". @skip and @include are taken into account.
  bool selects(std::string_view path) const;
  // Names of the fields directly below, each once, in the order of the document.
  std::vector<std::string_view> selected() const;

  std::string_view field_name() const;
  std::string_view parent_type() const;

  // Long loops ask this and return any value when it is true: the answer is thrown away.
  bool stopped() const { return stop().expired(); }
  const StopSignal& stop() const;

 private:
  void* host_pointer(TypeToken token) const;

  const detail::Execution* execution_;
  const detail::PlanField* field_;
};

}  // namespace graphql
