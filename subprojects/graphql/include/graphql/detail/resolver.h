// SPDX-License-Identifier: MIT
#pragma once

// Turns a typed resolver into what the executor calls.

#include "graphql/detail/complete.h"

#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace graphql::detail {

// How one field gets its value. Exactly one of the functions is set.
struct FieldBinding {
  std::function<bool(Frame&, const void* parent)> write;
  // Of a member pointer, for leaves that need no more than that: where the member of a parent is.
  const void* (*find_member)(const void* parent, std::uint64_t member) = nullptr;
  std::uint64_t member = 0;  // the member pointer's bytes
  std::function<std::unique_ptr<Prepared>(const PrepareCall&)> prepare;
  const Shape* shape = nullptr;
};

template <class F, class P>
decltype(auto) call_resolver(const F& resolver, const P& parent, const Args& args,
                             const Context& context) {
  if constexpr (std::is_invocable_v<const F&, const P&, const Args&, const Context&>) {
    return std::invoke(resolver, parent, args, context);
  } else if constexpr (std::is_invocable_v<const F&, const P&, const Args&>) {
    return std::invoke(resolver, parent, args);
  } else if constexpr (std::is_invocable_v<const F&, const P&, const Context&>) {
    return std::invoke(resolver, parent, context);
  } else {
    static_assert(std::is_invocable_v<const F&, const P&>,
                  "a resolver takes (const T&[, const Args&][, const Context&])");
    return std::invoke(resolver, parent);
  }
}

template <class F, class P>
using ResolverResult =
    decltype(call_resolver(std::declval<const F&>(), std::declval<const P&>(),
                           std::declval<const Args&>(), std::declval<const Context&>()));

template <class P, class F>
FieldBinding bind_direct(F resolver) {
  FieldBinding binding;
  binding.shape = &kShape<ResolverResult<F, P>>;
  using Plain = std::remove_cvref_t<ResolverResult<F, P>>;
  constexpr bool kPlain = std::is_same_v<Plain, std::string> || std::is_same_v<Plain, double> ||
                          std::is_same_v<Plain, int> || std::is_same_v<Plain, std::int64_t>;
  if constexpr (std::is_member_object_pointer_v<F> && kPlain) {
    static_assert(sizeof(F) <= sizeof binding.member);
    std::memcpy(&binding.member, &resolver, sizeof resolver);
    binding.find_member = [](const void* parent, std::uint64_t bytes) -> const void* {
      F member;
      std::memcpy(&member, &bytes, sizeof member);
      return &(static_cast<const P*>(parent)->*member);
    };
  }
  binding.write = [resolver = std::move(resolver)](Frame& frame, const void* parent) {
    try {
      const auto& object = *static_cast<const P*>(parent);
      auto&& value = call_resolver(resolver, object, frame.args(), frame.context());
      return complete(frame, frame.type(), value);
    } catch (...) {
      return frame.fail_with_exception(frame.type());
    }
  };
  return binding;
}

// The results of resolvers that return Later: all are begun before the first is awaited.
template <class R>
class PreparedLaters final : public Prepared {
 public:
  std::vector<std::variant<R, std::exception_ptr>> results;

  bool write(Frame& frame, std::size_t index) override {
    try {
      auto& result = results[index];
      if (auto* thrown = std::get_if<std::exception_ptr>(&result)) std::rethrow_exception(*thrown);
      return complete(frame, frame.type(), std::get<R>(result));
    } catch (...) {
      return frame.fail_with_exception(frame.type());
    }
  }
};

template <class P, class F>
FieldBinding bind_later(F resolver) {
  using R = std::remove_cvref_t<ResolverResult<F, P>>;
  FieldBinding binding;
  binding.shape = &kShape<R>;
  binding.prepare = [resolver = std::move(resolver)](const PrepareCall& call) {
    auto prepared = std::make_unique<PreparedLaters<R>>();
    prepared->results.reserve(call.parents.size());
    for (const void* parent : call.parents) {
      try {
        if (call.context.stopped()) throw FieldError("stopped");  // nobody will read it
        prepared->results.emplace_back(
            call_resolver(resolver, *static_cast<const P*>(parent), call.args, call.context));
      } catch (...) {
        prepared->results.emplace_back(std::current_exception());
      }
    }
    return std::unique_ptr<Prepared>(std::move(prepared));
  };
  return binding;
}

// One piece of work that either the executor or the waiting thread does.
template <class R>
class SharedTask {
 public:
  explicit SharedTask(std::function<R()> work) : work_(std::move(work)) {}

  // Does nothing when somebody else has begun it.
  void run() {
    if (claimed_.exchange(true)) return;
    try {
      result_.emplace(work_());
    } catch (...) {
      thrown_ = std::current_exception();
    }
    done_.store(true);
    done_.notify_all();
  }
  const R& get(Executor* executor) {
    run();
    wait(executor);
    if (thrown_) std::rethrow_exception(thrown_);
    return *result_;
  }
  // Takes unbegun work back, waits for begun work.
  void cancel(Executor* executor) {
    if (claimed_.exchange(true)) wait(executor);
  }

 private:
  void wait(Executor* executor) {
    if (done_.load() || executor == nullptr) return done_.wait(false);
    executor->wait([this] { done_.wait(false); });
  }

  std::function<R()> work_;
  std::optional<R> result_;
  std::exception_ptr thrown_;
  std::atomic<bool> claimed_ = false;
  std::atomic<bool> done_ = false;
};

template <class R>
class PreparedTasks final : public Prepared {
 public:
  explicit PreparedTasks(Executor* executor) : executor_(executor) {}
  std::vector<std::shared_ptr<SharedTask<R>>> tasks;

  ~PreparedTasks() override {
    for (const auto& task : tasks) task->cancel(executor_);
  }
  bool write(Frame& frame, std::size_t index) override {
    try {
      return complete(frame, frame.type(), tasks[index]->get(executor_));
    } catch (...) {
      return frame.fail_with_exception(frame.type());
    }
  }

 private:
  Executor* executor_;  // null: this thread does all
};

template <class P, class F>
FieldBinding bind_concurrent(F resolver) {
  using Result = ResolverResult<F, P>;
  using R = std::conditional_t<std::is_lvalue_reference_v<Result>,
                               std::reference_wrapper<std::remove_reference_t<Result>>, Result>;
  FieldBinding binding;
  binding.shape = &kShape<R>;
  binding.prepare = [resolver = std::move(resolver)](const PrepareCall& call) {
    auto prepared = std::make_unique<PreparedTasks<R>>(call.executor);
    for (const void* parent : call.parents) {
      auto task = std::make_shared<SharedTask<R>>(
          [&resolver, parent, &args = call.args, context = call.context]() -> R {
            return call_resolver(resolver, *static_cast<const P*>(parent), args, context);
          });
      prepared->tasks.push_back(task);
      if (call.executor != nullptr) call.executor->post([task] { task->run(); });
    }
    return std::unique_ptr<Prepared>(std::move(prepared));
  };
  return binding;
}

template <class R>
class PreparedBatch final : public Prepared {
 public:
  explicit PreparedBatch(R batch) : results(std::move(batch)) {}
  R results;

  bool write(Frame& frame, std::size_t index) override {
    try {
      return complete(frame, frame.type(), results[index]);
    } catch (...) {
      return frame.fail_with_exception(frame.type());
    }
  }
};

// The batch as a whole failed: every parent's field says so.
class PreparedFailure final : public Prepared {
 public:
  explicit PreparedFailure(Failure failure) : failure_(std::move(failure)) {}
  explicit PreparedFailure(std::exception_ptr thrown) : thrown_(std::move(thrown)) {}
  bool write(Frame& frame, std::size_t index) override;

 private:
  Failure failure_;
  std::exception_ptr thrown_;
};

template <class P, class F>
FieldBinding bind_batch(F resolver) {
  using Parents = std::span<const P* const>;
  using Raw =
      std::remove_cvref_t<std::invoke_result_t<const F&, Parents, const Args&, const Context&>>;
  constexpr bool kFallible = IsExpected<Raw>::value;
  using R = typename std::conditional_t<kFallible, Raw, Expected<Raw>>::value_type;
  FieldBinding binding;
  binding.shape = &kShape<typename R::value_type>;
  binding.prepare =
      [resolver = std::move(resolver)](const PrepareCall& call) -> std::unique_ptr<Prepared> {
    std::vector<const P*> parents;
    parents.reserve(call.parents.size());
    for (const void* parent : call.parents) parents.push_back(static_cast<const P*>(parent));
    try {
      Expected<R> results = std::invoke(resolver, Parents(parents), call.args, call.context);
      if (!results) return std::make_unique<PreparedFailure>(results.error());
      if (results->size() != parents.size()) {
        return std::make_unique<PreparedFailure>(Failure{"batch of wrong size", "INTERNAL"});
      }
      return std::make_unique<PreparedBatch<R>>(std::move(*results));
    } catch (...) {
      return std::make_unique<PreparedFailure>(std::current_exception());
    }
  };
  return binding;
}

}  // namespace graphql::detail
