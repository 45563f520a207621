// SPDX-License-Identifier: MIT
#pragma once

// The seam between the typed bindings and the executor: one field of one object while it is
// written. Every writing function answers true when it has written a value (or null), false when
// null must take the place of the parent.

#include "graphql/context.h"
#include "graphql/schema.h"
#include "graphql/type_token.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace graphql::detail {

class Execution;
struct PlanField;

// A step of the path to what is written: a response key or, when key is null, a list index.
struct PathNode {
  const PathNode* parent = nullptr;
  const std::string_view* key = nullptr;
  std::size_t index = 0;
};

class Frame {
 public:
  Frame(Execution& execution, const PlanField& field, const PathNode* path, const Args& args);

  const Type& type() const { return type_; }
  const Args& args() const { return args_; }
  const StopSignal& stop() const;
  Context context() const;
  bool composite() const { return composite_; }
  // Whether a list of objects goes through objects(); else its elements are written one by one.
  bool needs_batches() const;

  bool null(const Type& type);
  bool fail(const Type& type, const Failure& failure);
  // Inside a catch block: the current exception as the field's error.
  bool fail_with_exception(const Type& type);
  // The stop signal came.
  bool abort();
  bool leaf(const Type& type, const void* value);
  // Whether lists of the field's leaves are written at once, by leaves().
  bool has_leaves() const;
  // `values`: so many elements of so many bytes each, side by side.
  bool leaves(const void* values, std::size_t count, std::size_t bytes);
  bool object(const Type& type, const ObjectRef& object);
  // Elements without object are null.
  bool objects(const Type& list_type, std::span<const ObjectRef> objects);
  bool dynamic(const Type& type, const Value& value);

  // A list whose elements are written one by one.
  class List {
   public:
    List(Frame& frame, const Type& list_type);
    const Type& item_type() const { return *list_.of; }
    // Begins the next element; false: stop signal, return from the list by finish(false).
    bool next();
    bool finish(bool complete);

   private:
    Frame& frame_;
    const Type& type_;
    const Type& list_;
    std::size_t mark_;
    PathNode node_;
    std::size_t count_ = 0;
  };

 private:
  // The member __typename where the field's type is abstract.
  std::string_view type_name(const Value& value) const;

  Execution& execution_;
  const PlanField& field_;
  const PathNode* path_;
  const Type& type_;
  const Args& args_;
  const bool composite_;
};

// Results that were computed ahead for several parents; result i belongs to parent i.
// Lifetime: until the parents' list is written. The destructor waits for work that still runs.
class Prepared {
 public:
  virtual ~Prepared() = default;
  virtual bool write(Frame& frame, std::size_t index) = 0;
};

struct PrepareCall {
  std::span<const void* const> parents;
  const Args& args;
  Context context;
  Executor* executor;  // may be null
};

}  // namespace graphql::detail
