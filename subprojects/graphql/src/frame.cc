// SPDX-License-Identifier: MIT
#include "graphql/detail/frame.h"

#include "execute.h"

#include <algorithm>
#include <exception>

namespace graphql::detail {

Frame::Frame(Execution& execution, const PlanField& field, const PathNode* path, const Args& args)
    : execution_(execution),
      field_(field),
      path_(path),
      type_(*field.def->type),
      args_(args),
      composite_(field.composite) {}

const StopSignal& Frame::stop() const { return execution_.request().stop; }
Context Frame::context() const { return Context(execution_, field_); }
bool Frame::needs_batches() const { return execution_.needs_batches(field_); }

bool Frame::null(const Type& type) {
  if (!type.is_non_null()) return execution_.write_null(type);
  execution_.add_error(field_,
                       {"Cannot return null for non-nullable field " + field_.parent->name + "." +
                            field_.def->name + ".",
                        {}},
                       path_);
  return false;
}

bool Frame::fail(const Type& type, const Failure& failure) {
  if (execution_.aborted()) return false;
  execution_.add_error(field_, failure, path_);
  return execution_.write_null(type);
}

Failure failure_of_exception(const Options& options) {
  try {
    throw;
  } catch (const FieldError& error) {
    return {error.what(), error.code()};
  } catch (const std::exception& error) {
    return {options.show_exception_text ? error.what() : "Internal error.", "INTERNAL"};
  } catch (...) {
    return {"Internal error.", "INTERNAL"};
  }
}

bool Frame::fail_with_exception(const Type& type) {
  return fail(type, failure_of_exception(execution_.engine().options));
}

bool Frame::abort() {
  execution_.abort(Patience(stop()).failure());
  return false;
}

bool Frame::leaf(const Type& type, const void* value) {
  std::string& buffer = execution_.buffer();
  const std::size_t mark = buffer.size();
  const std::optional<Failure> failure = (*field_.bound->leaf)(value, execution_.writer());
  if (!failure) return true;
  buffer.resize(mark);
  return fail(type, *failure);
}

bool Frame::has_leaves() const { return field_.bound->leaves != nullptr; }

bool Frame::leaves(const void* values, std::size_t count, std::size_t bytes) {
  constexpr std::size_t kPiece = 8192;  // between looks at limits and the stop signal
  std::string& buffer = execution_.buffer();
  const std::size_t mark = buffer.size();
  buffer.push_back('[');
  for (std::size_t at = 0; at < count; at += kPiece) {
    if (!execution_.go_on()) {
      buffer.resize(mark);
      return false;
    }
    if (at > 0) buffer.push_back(',');
    (*field_.bound->leaves)(static_cast<const char*>(values) + at * bytes,
                            std::min(kPiece, count - at), execution_.writer());
  }
  buffer.push_back(']');
  return true;
}

bool Frame::object(const Type& type, const ObjectRef& object) {
  const SelectionPlan* below = execution_.plan_of(field_, object);
  if (below == nullptr) {
    return fail(type, {"Abstract type \"" + type.named->name +
                           "\" must resolve to an Object type at runtime for field \"" +
                           field_.parent->name + "." + field_.def->name + "\".",
                       "INTERNAL"});
  }
  std::string& buffer = execution_.buffer();
  const std::size_t mark = buffer.size();
  if (execution_.write_object(*below, object.object, path_)) return true;
  buffer.resize(mark);
  return !execution_.aborted() && execution_.write_null(type);
}

bool Frame::objects(const Type& list_type, std::span<const ObjectRef> objects) {
  return execution_.write_objects(field_, list_type, objects, path_);
}

Frame::List::List(Frame& frame, const Type& list_type)
    : frame_(frame),
      type_(list_type),
      list_(list_type.nullable()),
      mark_(frame.execution_.buffer().size()),
      node_{frame.path_, nullptr, 0} {
  frame_.path_ = &node_;
}

bool Frame::List::next() {
  if (!frame_.execution_.go_on()) return false;
  frame_.execution_.buffer().push_back(count_ == 0 ? '[' : ',');
  node_.index = count_++;
  return true;
}

bool Frame::List::finish(bool complete) {
  frame_.path_ = node_.parent;
  Execution& execution = frame_.execution_;
  if (complete) {
    execution.buffer().append(count_ == 0 ? "[]" : "]");
    return true;
  }
  execution.buffer().resize(mark_);
  return !execution.aborted() && execution.write_null(type_);
}

bool PreparedFailure::write(Frame& frame, std::size_t) {
  if (!thrown_) return frame.fail(frame.type(), failure_);
  try {
    std::rethrow_exception(thrown_);
  } catch (...) {
    return frame.fail_with_exception(frame.type());
  }
}

}  // namespace graphql::detail
