// SPDX-License-Identifier: MIT
#pragma once

// An operation made ready: for every selection set and object type, which fields are written in
// which order, each joined with its binding. A plan belongs to one operation and one outcome of its
// @skip/@include conditions; it grows on first use of each selection set and is shared by all
// executions of the cached document.

#include "engine_state.h"
#include "graphql/ast.h"
#include "graphql/context.h"
#include "graphql/schema.h"

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace graphql::detail {

struct SelectionPlan;

struct PlanField {
  std::string_view key;
  std::string key_json;  // ,"key":
  const FieldDef* def = nullptr;
  const NamedType* parent = nullptr;
  const BoundField* bound = nullptr;
  std::vector<const ast::Selection*> nodes;
  bool is_typename = false;
  bool composite = false;  // an object, interface or union, or a list of them
  bool one_type = false;   // composite and not abstract
  bool slow = false;       // perhaps: has arguments, is looked up, stands at the root
  bool constant_args = true;
  std::uint32_t slot = 0;  // of the arguments in an execution, when they depend on variables
  std::optional<Expected<Args, ArgumentFailure>> args;  // when constant
  // The selection set below, by object type. `only` serves all but abstract fields.
  mutable std::atomic<const SelectionPlan*> only{nullptr};
  mutable std::map<const NamedType*, const SelectionPlan*> children;
};

// What writing a field of an object looks at first.
struct Step {
  std::string_view key_json;
  PlainLeaf plain = PlainLeaf::no;  // may be written directly: where the member is
  bool ahead = false;               // its results were computed before, for several objects
  const void* (*find_member)(const void* parent, std::uint64_t member) = nullptr;
  std::uint64_t member = 0;
  const PlanField* field = nullptr;
};

struct SelectionPlan {
  const NamedType* type = nullptr;
  TypeToken token = nullptr;  // of the class behind the type
  std::deque<PlanField> fields;
  std::vector<Step> steps;              // one for each field
  std::vector<std::uint32_t> prepared;  // indexes of fields with batch or deferred bindings
};

class OperationPlan {
 public:
  // Conditions: the values of the variables in @skip/@include, by name.
  OperationPlan(const EngineState& engine, const ast::Document& document,
                const ast::Operation& operation, Value::Object conditions);

  const ast::Document& document() const { return document_; }
  const ast::Operation& operation() const { return operation_; }
  const SelectionPlan& root() const { return *root_; }
  // The fields to write for an object of that type at that field.
  const SelectionPlan& below(const PlanField& field, const NamedType& type) const;
  // Its complexity, once known to be the same for all variables; else 0.
  std::atomic<std::size_t>& constant_cost() const { return constant_cost_; }
  // Bytes of the last answer's data: what the next one will need, more or less.
  std::atomic<std::size_t>& last_bytes() const { return last_bytes_; }
  // Of memory, more or less.
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // Whether it has, since the last question.
  bool take_growth() const {
    return grown_.load(std::memory_order_relaxed) && grown_.exchange(false);
  }
  // More than Limits::plan_fields: what was made is cut short and the execution must end.
  bool overflowed() const { return overflowed_.load(std::memory_order_relaxed); }

 private:
  struct Collector;
  const SelectionPlan* make(const NamedType& type,
                            const std::vector<const ast::SelectionSet*>& sets) const;
  void finish_field(SelectionPlan& plan, PlanField& field) const;

  const EngineState& engine_;
  const ast::Document& document_;
  const ast::Operation& operation_;
  Value::Object conditions_;
  std::map<std::string_view, const ast::Fragment*> fragments_;
  mutable std::mutex mutex_;
  mutable std::deque<SelectionPlan> plans_;
  mutable std::size_t fields_ = 0;
  mutable std::uint32_t slots_ = 0;
  mutable std::atomic<std::size_t> bytes_{sizeof(SelectionPlan)};
  mutable std::atomic<bool> grown_{true};
  mutable std::atomic<bool> overflowed_{false};
  mutable std::atomic<std::size_t> constant_cost_{0};
  mutable std::atomic<std::size_t> last_bytes_{0};
  const SelectionPlan* root_ = nullptr;
};

}  // namespace graphql::detail
