// SPDX-License-Identifier: MIT
#include "plan.h"

#include "conditions.h"
#include "graphql/output.h"

#include <set>
#include <unordered_map>

namespace graphql::detail {
namespace {

bool has_variable(const ast::Value& value) {
  if (value.kind == ast::Value::Kind::variable) return true;
  for (const ast::Value& item : value.items) {
    if (has_variable(item)) return true;
  }
  for (const ast::ObjectField& field : value.fields) {
    if (has_variable(field.value)) return true;
  }
  return false;
}

Step step_of(const PlanField& field) {
  Step step;
  step.key_json = field.key_json;
  step.field = &field;
  if (field.bound == nullptr) return step;  // __typename
  const FieldBinding& binding = *field.bound->binding;
  step.ahead = binding.prepare != nullptr;
  if (field.def->args.empty()) step.plain = field.bound->plain;
  step.find_member = binding.find_member;
  step.member = binding.member;
  return step;
}

std::size_t value_bytes(const Value& value) {
  std::size_t bytes = sizeof value;
  if (value.is_string() || value.is_word()) return bytes + value.string().size();
  if (value.is_list()) {
    for (const Value& item : value.list()) bytes += value_bytes(item);
  } else if (value.is_object()) {
    for (const Value::Member& member : value.object()) {
      bytes += sizeof member.name + member.name.size() + value_bytes(member.value);
    }
  }
  return bytes;
}

std::size_t field_bytes(const PlanField& field) {
  std::size_t bytes =
      sizeof field + sizeof(Step) + field.key_json.size() + field.nodes.size() * sizeof(void*);
  if (!field.args || !*field.args) return bytes;
  for (const Value::Member& arg : (*field.args)->values()) bytes += value_bytes(arg.value);
  return bytes;
}

}  // namespace

// The fields of one selection set, fragments expanded, equal keys merged (specification 6.3.2).
struct OperationPlan::Collector {
  const OperationPlan& plan;
  SelectionPlan& out;
  std::set<std::string_view> visited;
  std::unordered_map<std::string_view, PlanField*> by_key;

  void collect(const ast::SelectionSet& set) {
    for (const ast::Selection& selection : set.selections) {
      if (plan.overflowed()) return;
      if (!is_included(selection, plan.conditions_)) continue;
      switch (selection.kind) {
        case ast::Selection::Kind::field:
          add(selection);
          break;
        case ast::Selection::Kind::inline_fragment:
          if (selection.name.empty() || applies(selection.name.text)) collect(*selection.set);
          break;
        case ast::Selection::Kind::spread: {
          if (!visited.insert(selection.name.text).second) break;
          const auto fragment = plan.fragments_.find(selection.name.text);
          if (fragment == plan.fragments_.end() || !applies(fragment->second->on.text)) break;
          collect(*fragment->second->set);
          break;
        }
      }
    }
  }

  bool applies(std::string_view condition_type) const {
    const NamedType* type = plan.engine_.schema->find_type(condition_type);
    return type != nullptr && type->is_possible(*out.type);
  }

  void add(const ast::Selection& node) {
    PlanField*& field = by_key[node.key()];
    if (field == nullptr) {
      if (++plan.fields_ > plan.engine_.options.limits.plan_fields) plan.overflowed_ = true;
      field = &out.fields.emplace_back();
      field->key = node.key();
    }
    field->nodes.push_back(&node);
  }
};

OperationPlan::OperationPlan(const EngineState& engine, const ast::Document& document,
                             const ast::Operation& operation, Value::Object conditions)
    : engine_(engine),
      document_(document),
      operation_(operation),
      conditions_(std::move(conditions)) {
  for (const ast::Fragment& fragment : document.fragments) {
    fragments_.emplace(fragment.name.text, &fragment);
  }
  root_ = make(*engine.schema->root(operation.kind), {operation.set});
}

const SelectionPlan* OperationPlan::make(const NamedType& type,
                                         const std::vector<const ast::SelectionSet*>& sets) const {
  SelectionPlan& plan = plans_.emplace_back();
  plan.type = &type;
  plan.token = engine_.tokens[type.index];
  Collector collector{*this, plan, {}, {}};
  for (const ast::SelectionSet* set : sets) collector.collect(*set);
  for (PlanField& field : plan.fields) finish_field(plan, field);
  for (std::uint32_t i = 0; i < plan.fields.size(); ++i) {
    plan.steps.push_back(step_of(plan.fields[i]));
    if (plan.steps.back().ahead) plan.prepared.push_back(i);
  }
  std::size_t bytes = sizeof plan;
  for (const PlanField& field : plan.fields) bytes += field_bytes(field);
  bytes_ += bytes;
  grown_ = true;
  return &plan;
}

void OperationPlan::finish_field(SelectionPlan& plan, PlanField& field) const {
  const ast::Selection& node = *field.nodes.front();
  field.key_json.push_back(',');
  Writer(field.key_json, format_float_ecmascript, false).string(field.key);
  field.key_json.push_back(':');
  field.parent = plan.type;
  if (node.name.text == "__typename") {
    field.is_typename = true;
    field.def = &engine_.typename_def;
    return;
  }
  if (plan.type == engine_.schema->query() && node.name.text == "__schema") {
    field.def = &engine_.meta_schema_def;
    field.bound = &engine_.meta_schema;
  } else if (plan.type == engine_.schema->query() && node.name.text == "__type") {
    field.def = &engine_.meta_type_def;
    field.bound = &engine_.meta_type;
  } else {
    field.def = plan.type->find_field(node.name.text);
    field.bound = &engine_.bound(*plan.type, *field.def);
  }
  field.composite = field.def->type->named->is_composite();
  field.one_type = field.def->type->named->kind == TypeKind::object;
  field.slow = !field.def->args.empty() || field.bound->binding->prepare ||
               plan.type == engine_.schema->root(operation_.kind);
  for (const ast::Argument& argument : node.args) {
    if (has_variable(argument.value)) field.constant_args = false;
  }
  if (field.constant_args) {
    field.args = engine_.inputs->arguments(field.def->args, node.args, node.at, {});
  } else {
    field.slot = slots_++;
  }
}

const SelectionPlan& OperationPlan::below(const PlanField& field, const NamedType& type) const {
  const SelectionPlan* only = field.only.load(std::memory_order_acquire);
  if (only != nullptr && only->type == &type) return *only;
  std::lock_guard lock(mutex_);
  const SelectionPlan*& child = field.children[&type];
  if (child == nullptr) {
    std::vector<const ast::SelectionSet*> sets;
    for (const ast::Selection* node : field.nodes) {
      if (node->set != nullptr) sets.push_back(node->set);
    }
    child = make(type, sets);
  }
  if (only == nullptr) field.only.store(child, std::memory_order_release);
  return *child;
}

}  // namespace graphql::detail
