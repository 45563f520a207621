// SPDX-License-Identifier: MIT
#pragma once

// Joins a schema to C++: which class stands behind which object type, where each field's value
// comes from, how scalars are read and written. Everything is checked by Engine::make: a missing or
// surplus binding, or a C++ type that does not fit the schema's type, is an error at start.
//
// A resolver is a member pointer or a callable that takes (const T& parent[, const Args&]
// [, const Context&]). It may return, by value or by reference,
//   - for leaves: what the scalar knows (see scalar() and the README's table), enum words as
//   strings;
//   - for objects: the bound class, or a pointer, std::optional, shared_ptr, unique_ptr,
//     reference_wrapper of it (empty ones are null); std::variant or ObjectRef for unions,
//     interfaces;
//   - for lists: any range of those;
//   - Value for anything, checked while it is written;
//   - Expected<any of those>, or Later<...> for a value that comes later.
// Lifetime: what is returned by value is kept until all below it is written; what is returned by
// reference or pointer must live as long as the execution.
// Threads: bindings are called by any number of executions at once.

#include "graphql/detail/resolver.h"
#include "graphql/output.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace graphql {

// How many elements a field's list has, for the complexity limit: the value of an integer argument
// ("first", or "page.itemsPerPage" inside an input object) or the length of a list argument, the
// fallback when it is absent or not named, `most` when it is negative. It multiplies the cost of
// everything below the field.
struct ListSize {
  std::string argument;
  std::size_t fallback = 1;
  std::size_t most = 1000;
};

namespace detail {

struct TypeBinding {
  TypeToken token = nullptr;
  std::map<std::string, FieldBinding, std::less<>> fields;
};

// The failure is the field's error.
using WriteLeaf = std::function<std::optional<Failure>(const void* value, Writer& writer)>;
// Of `count` values that lie side by side.
using WriteLeaves = std::function<void(const void* values, std::size_t count, Writer& writer)>;
using ParseLeaf = std::function<Expected<Value>(const Value& input)>;

struct SourceBinding {
  TypeToken token = nullptr;
  std::function<Expected<std::shared_ptr<void>>(const Args&, const Context&)> make;
};

// Built-in forms of output, by C++ type. They cannot fail but for numbers out of the scalar's
// range.
enum class PlainLeaf {
  no,
  text,          // std::string
  integer,       // int
  long_integer,  // std::int64_t as Int
  long_id,       // std::int64_t as ID
  number         // double
};

struct ScalarBinding {
  std::map<TypeToken, WriteLeaf> writers;
  std::map<TypeToken, WriteLeaves> list_writers;
  std::map<TypeToken, PlainLeaf> plain;  // those of the writers that execution may bypass
  ParseLeaf parse;                       // empty: input is taken as it is
};

}  // namespace detail

template <class T>
class TypeBinder {
 public:
  TypeBinder(detail::TypeBinding& binding, std::vector<std::string>& mistakes,
             std::string_view type)
      : binding_(binding), mistakes_(mistakes), type_(type) {}

  // Called while its place is written; when it returns Later, all of a list's calls are made before
  // the first is awaited, and at the root before any field is written (except in mutations).
  template <class F>
  TypeBinder& field(std::string_view name, F resolver) {
    using R = std::remove_cvref_t<detail::ResolverResult<F, T>>;
    if constexpr (detail::IsLater<R>::value) {
      return add(name, detail::bind_later<T>(std::move(resolver)));
    } else {
      return add(name, detail::bind_direct<T>(std::move(resolver)));
    }
  }

  // As field(), but run on the request's executor, beside its siblings.
  template <class F>
  TypeBinder& concurrent(std::string_view name, F resolver) {
    return add(name, detail::bind_concurrent<T>(std::move(resolver)));
  }

  // (std::span<const T* const> parents, const Args&, const Context&) -> std::vector<result> of the
  // same size and order, or Expected of that. Called once for all objects of a list.
  template <class F>
  TypeBinder& batch(std::string_view name, F resolver) {
    return add(name, detail::bind_batch<T>(std::move(resolver)));
  }

 private:
  TypeBinder& add(std::string_view name, detail::FieldBinding binding) {
    if (!binding_.fields.emplace(std::string(name), std::move(binding)).second) {
      mistakes_.push_back(type_ + "." + std::string(name) + ": bound twice");
    }
    return *this;
  }

  detail::TypeBinding& binding_;
  std::vector<std::string>& mistakes_;
  std::string type_;
};

class ScalarBinder {
 public:
  explicit ScalarBinder(detail::ScalarBinding& binding) : binding_(binding) {}

  // (const T&, Writer&) -> void or std::optional<Failure>. It appends exactly one JSON value; it
  // may be null even where the schema says non-null. Replaces a built-in form of the same T.
  template <class T, class F>
  ScalarBinder& output(F write) {
    binding_.plain.erase(token_of<T>());
    binding_.writers[token_of<T>()] =
        [write = std::move(write)](const void* value, Writer& writer) -> std::optional<Failure> {
      const T& typed = *static_cast<const T*>(value);
      if constexpr (std::is_void_v<std::invoke_result_t<const F&, const T&, Writer&>>) {
        std::invoke(write, typed, writer);
        return std::nullopt;
      } else {
        return std::invoke(write, typed, writer);
      }
    };
    return *this;
  }

  // (std::span<const T>, Writer&) -> void: appends the elements of a list, with commas between and
  // without brackets, at once; for lists of thousands. Each may be null, as above. Used where a
  // resolver returns a vector (or what else is contiguous) of T; long lists come in pieces. Single
  // values are written as lists of one.
  template <class T, class F>
  ScalarBinder& list_output(F write) {
    output<T>(
        [write](const T& value, Writer& writer) { write(std::span<const T>(&value, 1), writer); });
    binding_.list_writers[token_of<T>()] =
        [write = std::move(write)](const void* values, std::size_t count, Writer& writer) {
          write(std::span<const T>(static_cast<const T*>(values), count), writer);
        };
    return *this;
  }

  // (const Value&) -> Expected<Value>: checks and normalises input, of literals as of variables.
  // Bare words arrive as Value::Kind::word. Never called with null.
  ScalarBinder& input(detail::ParseLeaf parse) {
    binding_.parse = std::move(parse);
    return *this;
  }

 private:
  detail::ScalarBinding& binding_;
};

class Binder {
 public:
  // The C++ class behind an object type. Chain field(), batch(), concurrent().
  template <class T>
  TypeBinder<T> type(std::string_view name) {
    detail::TypeBinding& binding = types_[std::string(name)];
    if (binding.token != nullptr && binding.token != token_of<T>()) {
      mistakes_.push_back(std::string(name) + ": bound to two C++ types");
    }
    binding.token = token_of<T>();
    return TypeBinder<T>(binding, mistakes_, name);
  }

  // A scalar or enum of the schema; a built-in scalar may be extended or replaced.
  ScalarBinder scalar(std::string_view name) { return ScalarBinder(scalars_[std::string(name)]); }

  // Lets a C++ enum answer fields of a GraphQL enum.
  template <class E>
  Binder& enumeration(std::string_view name, std::vector<std::pair<std::string, E>> values) {
    scalar(name).output<E>([values](const E& value, Writer& out) -> std::optional<Failure> {
      for (const auto& [word, each] : values) {
        if (each == value) return out.string(word), std::nullopt;
      }
      return Failure{"enum value without name", "INTERNAL"};
    });
    return *this;
  }

  Binder& list_size(std::string_view type, std::string_view field, ListSize size) {
    list_sizes_[std::string(type) + "." + std::string(field)] = std::move(size);
    return *this;
  }

  // The source stream of a field of the subscription type: (const Args&, const Context&) ->
  // std::shared_ptr<T> or Expected of that, where T is the host's own idea of a stream of events.
  // It is called once for each Engine::subscribe().
  template <class T, class F>
  Binder& source(std::string_view field, F make) {
    detail::SourceBinding binding;
    binding.token = token_of<T>();
    binding.make = [make = std::move(make)](
                       const Args& args,
                       const Context& context) -> Expected<std::shared_ptr<void>> {
      Expected<std::shared_ptr<T>> stream = std::invoke(make, args, context);
      if (!stream) return std::move(stream.error());
      return std::shared_ptr<void>(std::move(*stream));
    };
    if (!sources_.emplace(std::string(field), std::move(binding)).second) {
      mistakes_.push_back("source " + std::string(field) + ": bound twice");
    }
    return *this;
  }

  // Object types that nobody binds are read from Value objects: a field is the member of its name,
  // the member __typename decides interfaces and unions.
  Binder& unbound_types_are_values() {
    dynamic_ = true;
    return *this;
  }

 private:
  friend class EngineBuilder;

  std::map<std::string, detail::TypeBinding, std::less<>> types_;
  std::map<std::string, detail::ScalarBinding, std::less<>> scalars_;
  std::map<std::string, ListSize, std::less<>> list_sizes_;
  std::map<std::string, detail::SourceBinding, std::less<>> sources_;
  std::vector<std::string> mistakes_;
  bool dynamic_ = false;
};

}  // namespace graphql
