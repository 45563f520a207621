// SPDX-License-Identifier: MIT
#include "execute.h"

#include <algorithm>

namespace graphql::detail {

Execution::Execution(const EngineState& engine, const OperationPlan& plan, const Request& request,
                     Value::Object variables)
    : engine_(engine),
      plan_(plan),
      request_(request),
      variables_(std::move(variables)),
      writer_(buffer_, engine.options.format_float, engine.options.html_safe_strings) {}

bool Execution::run(const void* root) {
  if (request_.stop.expired()) {
    abort("The request was stopped before it began.", "DEADLINE_EXCEEDED");
    return false;
  }
  const std::size_t mark = buffer_.size();
  const bool written = write_object(plan_.root(), root, nullptr) && !aborted_;
  if (!written) buffer_.resize(mark);
  if (unlisted_errors_ > 0) {
    Error error;
    error.message = std::to_string(unlisted_errors_) + " more errors are not listed.";
    error.code = "LIMIT_ERRORS";
    errors_.push_back(std::move(error));
  }
  return written;
}

void Execution::abort(std::string message, std::string code) {
  if (aborted_) return;
  aborted_ = true;
  Error error;
  error.message = std::move(message);
  error.code = std::move(code);
  errors_.insert(errors_.begin(), std::move(error));
}

bool Execution::go_on() {
  constexpr unsigned kStepsPerClock = 64;
  if (aborted_) return false;
  if (request_.stop.flagged()) {
    abort("The request was cancelled.", "CANCELLED");
  } else if (++steps_ % kStepsPerClock == 0 && request_.stop.expired()) {
    abort("The request took longer than allowed.", "DEADLINE_EXCEEDED");
  } else if (buffer_.size() > engine_.options.limits.response_bytes) {
    abort("The answer has more than " + std::to_string(engine_.options.limits.response_bytes) +
              " bytes.",
          "LIMIT_RESPONSE_BYTES");
  } else if (plan_.overflowed()) {
    abort("The operation has more than " + std::to_string(engine_.options.limits.plan_fields) +
              " fields.",
          "LIMIT_PLAN_FIELDS");
  }
  return !aborted_;
}

bool Execution::write_null(const Type& type) {
  if (type.is_non_null()) return false;
  writer_.null();
  return true;
}

void Execution::add_error(const PlanField& field, const Failure& failure, const PathNode* path) {
  if (aborted_) return;
  if (errors_.size() >= engine_.options.limits.errors) {
    ++unlisted_errors_;
    return;
  }
  Error error;
  error.message = failure.message;
  error.code = failure.code;
  for (const ast::Selection* node : field.nodes) {
    error.locations.push_back(ast::locate(plan_.document().source, node->at));
  }
  for (; path != nullptr; path = path->parent) {
    if (path->key != nullptr) {
      error.path.emplace_back(std::string(*path->key));
    } else {
      error.path.emplace_back(path->index);
    }
  }
  std::reverse(error.path.begin(), error.path.end());
  errors_.push_back(std::move(error));
}

const Expected<Args, ArgumentFailure>& Execution::args(const PlanField& field) {
  if (field.constant_args) return *field.args;
  while (args_.size() <= field.slot) args_.emplace_back();
  auto& slot = args_[field.slot];
  if (!slot) {
    const ast::Selection& node = *field.nodes.front();
    slot.emplace(engine_.inputs->arguments(field.def->args, node.args, node.at, variables_));
  }
  return *slot;
}

bool Execution::write_object(const SelectionPlan& plan, const void* object, const PathNode* path) {
  if (plan.prepared.empty() || plan_.operation().kind == OperationKind::mutation) {
    return write_fields(plan, object, path, nullptr, 0);
  }
  const PreparedFields prepared = prepare(plan, {&object, 1});
  return write_fields(plan, object, path, &prepared, 0);
}

bool Execution::write_fields(const SelectionPlan& plan, const void* object, const PathNode* path,
                             const PreparedFields* prepared, std::size_t index) {
  if (!go_on()) return false;
  char separator = '{';
  std::size_t next_prepared = 0;
  for (std::size_t i = 0; i < plan.fields.size(); ++i) {
    const PlanField& field = plan.fields[i];
    buffer_.push_back(separator);
    separator = ',';
    buffer_.append(field.key_json);
    Prepared* ahead = nullptr;
    if (next_prepared < plan.prepared.size() && plan.prepared[next_prepared] == i) {
      if (prepared != nullptr) ahead = (*prepared)[next_prepared].get();
      ++next_prepared;
    }
    const PathNode node{path, &field.key, 0};
    if (!write_field(field, object, &node, ahead, index)) return false;
  }
  if (plan.fields.empty()) buffer_.push_back('{');
  buffer_.push_back('}');
  return true;
}

bool Execution::write_field(const PlanField& field, const void* object, const PathNode* path,
                            Prepared* prepared, std::size_t index) {
  if (field.is_typename) {
    writer_.string(field.parent->name);
    return true;
  }
  Frame frame(*this, field, path);
  const auto& args = this->args(field);
  if (!args) {
    const std::size_t count = errors_.size();
    const bool written = frame.fail(*field.def->type, {args.error().message, "BAD_USER_INPUT"});
    if (errors_.size() > count) {
      errors_.back().locations = {ast::locate(plan_.document().source, args.error().at)};
    }
    return written;
  }
  if (field.bound->binding->write) return field.bound->binding->write(frame, object);
  if (prepared != nullptr) return prepared->write(frame, index);
  return prepare_field(field, {&object, 1})->write(frame, 0);  // a mutation: one after the other
}

std::unique_ptr<Prepared> Execution::prepare_field(const PlanField& field,
                                                   std::span<const void* const> parents) {
  const auto& args = this->args(field);
  if (!args) return nullptr;
  return field.bound->binding->prepare({parents, *args, Context(*this, field), request_.executor});
}

Execution::PreparedFields Execution::prepare(const SelectionPlan& plan,
                                             std::span<const void* const> parents) {
  PreparedFields prepared;
  prepared.reserve(plan.prepared.size());
  for (const std::uint32_t i : plan.prepared) {
    prepared.push_back(go_on() ? prepare_field(plan.fields[i], parents) : nullptr);
  }
  return prepared;
}

const NamedType* Execution::type_of(const PlanField& field, const ObjectRef& object) const {
  const NamedType& named = *field.def->type->named;
  if (!object.type_name.empty()) {
    const NamedType* type = engine_.schema->find_type(object.type_name);
    const bool fits = type != nullptr && type->kind == TypeKind::object &&
                      named.is_possible(*type) && engine_.tokens[type->index] == object.token;
    return fits ? type : nullptr;
  }
  if (named.kind == TypeKind::object) {
    return engine_.tokens[named.index] == object.token ? &named : nullptr;
  }
  const NamedType* found = nullptr;
  for (const NamedType* type : named.possible_types) {
    if (engine_.tokens[type->index] != object.token) continue;
    if (found != nullptr) return nullptr;  // two GraphQL types share the class: type_name must tell
    found = type;
  }
  return found;
}

bool Execution::write_list_item_object(const PlanField& field, const Type& type,
                                       const ObjectRef& object, const PathNode* path) {
  Frame frame(*this, field, path);
  return object.object != nullptr ? frame.object(type, object) : frame.null(type);
}

bool Execution::write_objects(const PlanField& field, const Type& list_type,
                              std::span<const ObjectRef> objects, const PathNode* path) {
  const Type& list = list_type.nullable();
  const std::size_t mark = buffer_.size();
  if (write_grouped(field, *list.of, objects, path)) return true;
  buffer_.resize(mark);
  return !aborted_ && write_null(list_type);
}

bool Execution::write_grouped(const PlanField& field, const Type& item,
                              std::span<const ObjectRef> objects, const PathNode* path) {
  if (!go_on()) return false;
  // The object types in order of appearance; nearly always one.
  std::vector<std::pair<const NamedType*, Group>> groups;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places(objects.size());  // group, index
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].object == nullptr) continue;
    const NamedType* type = type_of(field, objects[i]);
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [type](const auto& group) { return group.first == type; });
    const auto at = static_cast<std::uint32_t>(known - groups.begin());
    if (known == groups.end()) groups.emplace_back(type, Group{});
    Group& group = groups[at].second;
    places[i] = {at, static_cast<std::uint32_t>(group.parents.size())};
    group.parents.push_back(objects[i].object);
  }
  for (auto& [type, group] : groups) {
    if (type == nullptr) continue;
    group.plan = &plan_.below(field, *type);
    if (!group.plan->prepared.empty()) group.prepared = prepare(*group.plan, group.parents);
  }
  PathNode node{path, nullptr, 0};
  char separator = '[';
  for (std::size_t i = 0; i < objects.size(); ++i) {
    buffer_.push_back(separator);
    separator = ',';
    node.index = i;
    const Group* group = objects[i].object != nullptr ? &groups[places[i].first].second : nullptr;
    if (group == nullptr || group->plan == nullptr) {
      if (!write_list_item_object(field, item, objects[i], &node)) return false;
      continue;
    }
    const std::size_t mark = buffer_.size();
    const PreparedFields* prepared = group->prepared.empty() ? nullptr : &group->prepared;
    if (write_fields(*group->plan, objects[i].object, &node, prepared, places[i].second)) continue;
    buffer_.resize(mark);
    if (aborted_ || !write_null(item)) return false;
  }
  if (objects.empty()) buffer_.push_back('[');
  buffer_.push_back(']');
  return true;
}

}  // namespace graphql::detail
