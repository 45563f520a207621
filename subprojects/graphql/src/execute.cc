// SPDX-License-Identifier: MIT
#include "execute.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace graphql::detail {

namespace {

const Args kNoArgs;
constexpr std::size_t kMostReserved = 1 << 20;

}  // namespace

Execution::Execution(const EngineState& engine, const OperationPlan& plan, const Request& request,
                     Value::Object variables)
    : engine_(engine),
      plan_(plan),
      request_(request),
      variables_(std::move(variables)),
      writer_(buffer_, engine.options.format_float, engine.options.html_safe_strings),
      locator_(plan.document().source),
      patience_(request.stop) {}

bool Execution::run(const void* root) {
  if (patience_.over_now()) {
    abort(patience_.failure());
    return false;
  }
  const std::size_t mark = buffer_.size();
  const std::size_t expected = plan_.last_bytes().load(std::memory_order_relaxed);
  buffer_.reserve(mark + std::min(expected + expected / 8, kMostReserved));
  const bool written = write_object(plan_.root(), root, nullptr) && within_limits();
  if (!written) buffer_.resize(mark);
  plan_.last_bytes().store(buffer_.size() - mark, std::memory_order_relaxed);
  if (unlisted_errors_ > 0) {
    Error error;
    error.message = std::to_string(unlisted_errors_) + " more errors are not listed.";
    error.code = "LIMIT_ERRORS";
    errors_.push_back(std::move(error));
  }
  return written;
}

void Execution::abort(Failure failure) {
  if (aborted_) return;
  aborted_ = true;
  Error error;
  error.message = std::move(failure.message);
  error.code = std::move(failure.code);
  errors_.insert(errors_.begin(), std::move(error));
}

bool Execution::within_limits() {
  const Limits& limits = engine_.options.limits;
  if (buffer_.size() > limits.response_bytes) {
    abort({"The answer has more than " + std::to_string(limits.response_bytes) + " bytes.",
           "LIMIT_RESPONSE_BYTES"});
  } else if (plan_.overflowed()) {
    abort({"The operation has more than " + std::to_string(limits.plan_fields) + " fields.",
           "LIMIT_PLAN_FIELDS"});
  } else if (buffer_.size() > room_ && !find_room()) {
    abort({"There is no memory for the answer now.", "LIMIT_MEMORY"});
  }
  return !aborted_;
}

bool Execution::find_room() {
  constexpr std::size_t kPiece = 128 << 10;  // asked for ahead
  const std::size_t wanted = (buffer_.size() / kPiece + 1) * kPiece;
  if (request_.room && !request_.room(wanted)) return false;
  room_ = wanted;
  return true;
}

bool Execution::go_on_now() {
  if (request_.yield) request_.yield();
  if (patience_.over_now()) abort(patience_.failure());
  return !aborted_ && within_limits();
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
    if (error.locations.size() == engine_.options.limits.error_locations) break;
    error.locations.push_back(locator_.locate(node->at));
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
  const std::size_t begin = buffer_.size();
  std::size_t ahead = 0;
  for (const Step& step : plan.steps) {
    buffer_.append(step.key_json);
    if (step.plain != PlainLeaf::no && write_plain(step, object)) continue;
    Prepared* found = nullptr;
    if (step.ahead) {
      if (prepared != nullptr) found = (*prepared)[ahead].get();
      ++ahead;
    }
    const PathNode node{path, &step.field->key, 0};
    if (!write_field(*step.field, object, &node, found, index)) return false;
  }
  if (plan.steps.empty()) {
    buffer_.push_back('{');
  } else {
    buffer_[begin] = '{';
  }
  buffer_.push_back('}');
  return true;
}

// False: it has to go the long way.
bool Execution::write_plain(const Step& step, const void* object) {
  const void* value = step.find_member(object, step.member);
  switch (step.plain) {
    case PlainLeaf::text:
      writer_.string(*static_cast<const std::string*>(value));
      return true;
    case PlainLeaf::integer:
      writer_.integer(*static_cast<const int*>(value));
      return true;
    case PlainLeaf::long_integer: {
      const std::int64_t number = *static_cast<const std::int64_t*>(value);
      if (!std::in_range<std::int32_t>(number)) return false;
      writer_.integer(number);
      return true;
    }
    case PlainLeaf::long_id:
      buffer_.push_back('"');
      writer_.integer(*static_cast<const std::int64_t*>(value));
      buffer_.push_back('"');
      return true;
    case PlainLeaf::number: {
      const double number = *static_cast<const double*>(value);
      if (!std::isfinite(number)) return false;
      writer_.number(number);
      return true;
    }
    case PlainLeaf::no:
      break;
  }
  return false;
}

bool Execution::write_field(const PlanField& field, const void* object, const PathNode* path,
                            Prepared* prepared, std::size_t index) {
  if (field.is_typename) {
    writer_.string(field.parent->name);
    return true;
  }
  if (!(field.slow ? go_on_now() : go_on())) return false;
  const auto& args = this->args(field);
  if (!args) {
    Frame frame(*this, field, path, kNoArgs);
    const std::size_t count = errors_.size();
    const bool written = frame.fail(*field.def->type, {args.error().message, "BAD_USER_INPUT"});
    if (errors_.size() > count) {
      errors_.back().locations = {locator_.locate(args.error().at)};
    }
    return written;
  }
  Frame frame(*this, field, path, *args);
  if (field.bound->binding->write) return field.bound->binding->write(frame, object);
  if (prepared != nullptr) return prepared->write(frame, index);
  return prepare_field(field, {&object, 1}, nullptr)
      ->write(frame, 0);  // a mutation: one after the other
}

std::unique_ptr<Prepared> Execution::prepare_field(const PlanField& field,
                                                   std::span<const void* const> parents,
                                                   Executor* executor) {
  const auto& args = this->args(field);
  if (!args) return nullptr;
  return field.bound->binding->prepare({parents, *args, Context(*this, field), executor});
}

Execution::PreparedFields Execution::prepare(const SelectionPlan& plan,
                                             std::span<const void* const> parents) {
  PreparedFields prepared;
  prepared.reserve(plan.prepared.size());
  for (const std::uint32_t i : plan.prepared) {
    // This thread would only wait: the first is its own.
    Executor* executor = prepared.empty() && parents.size() == 1 ? nullptr : request_.executor;
    prepared.push_back(go_on_now() ? prepare_field(plan.fields[i], parents, executor) : nullptr);
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
  Frame frame(*this, field, path, kNoArgs);
  return object.object != nullptr ? frame.object(type, object) : frame.null(type);
}

bool Execution::needs_batches(const PlanField& field) const {
  const NamedType& named = *field.def->type->named;
  return named.kind != TypeKind::object || !plan_.below(field, named).prepared.empty();
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
  // By object type in order of appearance; nearly always one.
  std::vector<Group> groups;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places(objects.size());  // group, index
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].object == nullptr) continue;
    const SelectionPlan* plan = plan_of(field, objects[i]);
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [plan](const Group& group) { return group.plan == plan; });
    const auto at = static_cast<std::uint32_t>(known - groups.begin());
    if (known == groups.end()) groups.emplace_back().plan = plan;
    places[i] = {at, static_cast<std::uint32_t>(groups[at].parents.size())};
    groups[at].parents.push_back(objects[i].object);
  }
  for (Group& group : groups) {
    if (group.plan == nullptr || group.plan->prepared.empty()) continue;
    group.prepared = prepare(*group.plan, group.parents);
  }
  PathNode node{path, nullptr, 0};
  char separator = '[';
  for (std::size_t i = 0; i < objects.size(); ++i) {
    buffer_.push_back(separator);
    separator = ',';
    node.index = i;
    const Group* group = objects[i].object != nullptr ? &groups[places[i].first] : nullptr;
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
