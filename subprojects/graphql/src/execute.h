// SPDX-License-Identifier: MIT
#pragma once

// One execution: walks the plan depth first and appends to the buffer as it goes. Where a null has
// to take the place of something already begun, the buffer is cut back. Threads: the calling one;
// what is const and named in Context also from the executor's.

#include "graphql/detail/frame.h"
#include "graphql/engine.h"
#include "locator.h"
#include "patience.h"
#include "plan.h"

#include <deque>
#include <string>
#include <vector>

namespace graphql::detail {

// What clients are told of the exception that is being handled.
Failure failure_of_exception(const Options& options);

class Execution {
 public:
  Execution(const EngineState& engine, const OperationPlan& plan, const Request& request,
            Value::Object variables);

  // Writes the value of "data". False: the buffer holds nothing and data is null.
  bool run(const void* root);

  std::string& buffer() { return buffer_; }
  Writer& writer() { return writer_; }
  const Errors& errors() const { return errors_; }
  bool aborted() const { return aborted_; }

  const EngineState& engine() const { return engine_; }
  const OperationPlan& plan() const { return plan_; }
  const Request& request() const { return request_; }
  const Value::Object& variables() const { return variables_; }

  // The writing functions answer as Frame's do.
  bool write_object(const SelectionPlan& plan, const void* object, const PathNode* path);
  // Whether the objects of the field's list have to be known before the first is written.
  bool needs_batches(const PlanField& field) const;
  bool write_objects(const PlanField& field, const Type& list_type,
                     std::span<const ObjectRef> objects, const PathNode* path);
  bool write_list_item_object(const PlanField& field, const Type& type, const ObjectRef& object,
                              const PathNode* path);
  // What is written of an object at a field; null when its type cannot be told.
  const SelectionPlan* plan_of(const PlanField& field, const ObjectRef& object) const {
    if (field.one_type && object.type_name.empty()) {
      const SelectionPlan* only = field.only.load(std::memory_order_acquire);
      if (only != nullptr && only->token == object.token) return only;
    }
    const NamedType* type = type_of(field, object);
    return type != nullptr ? &plan_.below(field, *type) : nullptr;
  }

  void add_error(const PlanField& field, const Failure& failure, const PathNode* path);
  void abort(Failure failure);
  // Asked at every object, list element and field that is more than a member; false when the
  // execution has to end.
  bool go_on() {
    constexpr unsigned kStepsPerLook = 16;  // at the clock and the bytes
    const bool look = aborted_ || plan_.overflowed() || request_.stop.flagged();
    return (!look && ++steps_ % kStepsPerLook != 0) || go_on_now();
  }
  // The same before work that may take long, however few the fields.
  bool go_on_now();
  // Neither answer nor plan are too large.
  bool within_limits();
  // The host has memory for an answer that grows on.
  bool find_room();
  // Null, or false for a non-null type.
  bool write_null(const Type& type);
  const Expected<Args, ArgumentFailure>& args(const PlanField& field);

 private:
  const NamedType* type_of(const PlanField& field, const ObjectRef& object) const;
  using PreparedFields = std::vector<std::unique_ptr<Prepared>>;
  // What elements of one type share while a list is written.
  struct Group {
    const SelectionPlan* plan = nullptr;
    std::vector<const void*> parents;
    PreparedFields prepared;
  };

  bool write_fields(const SelectionPlan& plan, const void* object, const PathNode* path,
                    const PreparedFields* prepared, std::size_t index);
  bool write_plain(const Step& step, const void* object);
  bool write_field(const PlanField& field, const void* object, const PathNode* path,
                   Prepared* prepared, std::size_t index);
  PreparedFields prepare(const SelectionPlan& plan, std::span<const void* const> parents);
  std::unique_ptr<Prepared> prepare_field(const PlanField& field,
                                          std::span<const void* const> parents, Executor* executor);
  bool write_grouped(const PlanField& field, const Type& item, std::span<const ObjectRef> objects,
                     const PathNode* path);

  const EngineState& engine_;
  const OperationPlan& plan_;
  const Request& request_;
  Value::Object variables_;
  std::string buffer_;
  Writer writer_;
  Errors errors_;
  Locator locator_;
  std::size_t unlisted_errors_ = 0;
  std::deque<std::optional<Expected<Args, ArgumentFailure>>> args_;  // by slot
  Patience patience_;
  unsigned steps_ = 0;
  std::size_t room_ = 0;  // bytes that the host granted
  bool aborted_ = false;
};

}  // namespace graphql::detail
