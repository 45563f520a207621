// SPDX-License-Identifier: MIT
#pragma once

// Writes what a resolver returned, by its C++ type. The value lives in the caller's frame until all
// below it is written.

#include "graphql/detail/frame.h"
#include "graphql/detail/shape.h"

#include <functional>
#include <vector>

namespace graphql::detail {

template <class V>
bool complete(Frame& frame, const Type& type, const V& value);

// The object behind pointers and optionals; an empty reference for null.
template <class V>
ObjectRef reference_to(const V& value) {
  if constexpr (IsNullable<V>::value) {
    return value ? reference_to(*value) : ObjectRef{};
  } else if constexpr (requires {
                         typename V::type;
                         value.get();
                       }) {
    return reference_to(value.get());
  } else if constexpr (std::is_same_v<V, ObjectRef>) {
    return value;
  } else if constexpr (IsVariant<V>::value) {
    return std::visit([](const auto& object) { return reference_to(object); }, value);
  } else {
    return {&value, token_of<V>(), {}};
  }
}

template <class V>
inline constexpr bool kMayBeObject =
    kShape<V>.kind == Shape::Kind::single || kShape<V>.kind == Shape::Kind::variant ||
    kShape<V>.kind == Shape::Kind::any_object;

// A leaf itself, or an object: nothing that refers to one.
template <class V>
inline constexpr bool kIsPlain =
    kShape<V>.kind == Shape::Kind::single && !IsNullable<V>::value && !IsExpected<V>::value &&
    !IsLater<V>::value && !std::is_array_v<V> && !requires(const V& value) {
  typename V::type;
  value.get();
};

template <class R>
bool complete_list(Frame& frame, const Type& type, const R& range) {
  using Reference = std::ranges::range_reference_t<const R>;
  using Item = std::remove_cvref_t<Reference>;
  if constexpr (kMayBeObject<Item> && std::is_reference_v<Reference> && !IsExpected<Item>::value) {
    if (frame.composite() && frame.needs_batches()) {
      std::vector<ObjectRef> objects;
      if constexpr (std::ranges::sized_range<const R>) objects.reserve(std::ranges::size(range));
      for (const Item& item : range) objects.push_back(reference_to(item));
      return frame.objects(type, objects);
    }
  }
  if constexpr (std::ranges::contiguous_range<const R> && std::ranges::sized_range<const R> &&
                kIsPlain<Item>) {
    if (frame.has_leaves()) {
      return frame.leaves(std::ranges::data(range), std::ranges::size(range), sizeof(Item));
    }
  }
  Frame::List list(frame, type);
  for (auto&& item : range) {
    if (!list.next()) return list.finish(false);
    bool written = false;
    if constexpr (std::is_same_v<R, std::vector<bool>>) {
      written = complete(frame, list.item_type(), static_cast<bool>(item));
    } else {
      written = complete(frame, list.item_type(), item);
    }
    if (!written) return list.finish(false);
  }
  return list.finish(true);
}

template <class V>
bool complete(Frame& frame, const Type& type, const V& value) {
  if constexpr (IsExpected<V>::value) {
    return value ? complete(frame, type, *value) : frame.fail(type, value.error());
  } else if constexpr (IsLater<V>::value) {
    const auto* result = value.wait(frame.stop());
    return result != nullptr ? complete(frame, type, *result) : frame.abort();
  } else if constexpr (IsNullable<V>::value) {
    return value ? complete(frame, type, *value) : frame.null(type);
  } else if constexpr (std::is_same_v<V, ObjectRef>) {
    return value.object != nullptr ? frame.object(type, value) : frame.null(type);
  } else if constexpr (std::is_same_v<V, Value>) {
    return frame.dynamic(type, value);
  } else if constexpr (ListLike<V>) {
    return complete_list(frame, type, value);
  } else if constexpr (IsVariant<V>::value) {
    return frame.object(type, reference_to(value));
  } else if constexpr (requires {
                         typename V::type;
                         value.get();
                       }) {
    return complete(frame, type, value.get());
  } else if constexpr (std::is_convertible_v<const V&, std::string_view> && std::is_array_v<V>) {
    const std::string_view text = value;
    return frame.leaf(type, &text);
  } else {
    if (frame.composite()) return frame.object(type, {&value, token_of<V>(), {}});
    return frame.leaf(type, &value);
  }
}

}  // namespace graphql::detail
