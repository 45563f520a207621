// SPDX-License-Identifier: MIT
#pragma once

// Executes documents. An Engine is a schema with its bindings and options: immutable but for its
// document cache, shared by any number of threads. One execution uses the calling thread, and the
// request's executor for fields bound with concurrent().

#include "graphql/ast.h"
#include "graphql/binder.h"
#include "graphql/executor.h"
#include "graphql/options.h"
#include "graphql/schema.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace graphql {

// Everything it refers to must outlive the execution.
struct Request {
  std::string_view query;
  std::string_view operation_name;   // empty: the only operation
  std::string_view variables_json;   // a JSON object or empty; not looked at if variables is set
  const Value* variables = nullptr;  // an object, instead of variables_json
  bool only_queries = false;         // refuse mutations (HTTP GET)
  StopSignal stop;
  Executor* executor = nullptr;  // null: concurrent fields run one after the other
  // Asked before the answer has more bytes than it granted last; false ends the execution
  // [LIMIT_MEMORY]. Called by the executing thread. Unset: all is granted.
  std::function<bool(std::size_t bytes)> room;
  // Called before the execution begins, with the operation's complexity.
  std::function<void(std::size_t complexity)> planned;
  // Called again and again by the executing thread, which may be held up there. Unset: nobody
  // else wants to work.
  std::function<void()> yield;

  // The object behind Query (or Mutation, ...): of the class that is bound to it.
  template <class T>
  Request& add_root(const T& object) {
    roots.push_back(object_ref(object));
    return *this;
  }
  // What Context::host<T>() gives to resolvers.
  template <class T>
  Request& set_host(T& object) {
    host = &object;
    host_token = token_of<T>();
    return *this;
  }

  std::vector<ObjectRef> roots;
  void* host = nullptr;
  TypeToken host_token = nullptr;
};

// How far the request came; the host makes its status code of it.
enum class Outcome {
  executed,       // data is there, perhaps null; field errors may be, too
  parse_failed,   // no GraphQL document                         [GRAPHQL_PARSE_FAILED]
  invalid,        // violates the schema                         [GRAPHQL_VALIDATION_FAILED]
  limited,        // one of Limits, before execution began       [its code]
  bad_request,    // unknown operation                           [OPERATION_RESOLUTION_FAILURE]
  not_a_query,    // Request::only_queries and something else    [OPERATION_RESOLUTION_FAILURE]
  bad_variables,  // variables do not fit                        [BAD_USER_INPUT]
  aborted,        // stop signal or response limit: data is null [DEADLINE_EXCEEDED, ...]
};

struct Response {
  Outcome outcome = Outcome::executed;
  std::string body;        // the whole JSON object
  std::size_t errors = 0;  // entries of "errors"
};

// What the document cache holds.
struct CacheUse {
  std::size_t documents = 0;
  std::size_t bytes = 0;  // of memory, more or less
};

namespace detail {
struct EngineState;
struct ReadyRequest;
}  // namespace detail

class Engine;

// A subscription under way: the source stream that its field's binding made (Binder::source), and
// the operation to be executed on each of its events. The host moves events and answers. Lifetime:
// the engine must outlive it. Threads: execute() any, also at once.
class Subscription {
 public:
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription();

  // T as the binding made it.
  template <class T>
  T& source() const {
    return *static_cast<T*>(source_pointer(token_of<T>()));
  }

  // The answer for one event, which is the root object of `event`; host, executor and stop signal
  // are taken from there, too, query and variables are not.
  Response execute(const Request& event) const;

 private:
  friend class Engine;
  Subscription(const Engine& engine, std::unique_ptr<const detail::ReadyRequest> ready,
               std::shared_ptr<void> source, TypeToken token);
  void* source_pointer(TypeToken token) const;

  const Engine* engine_;
  std::unique_ptr<const detail::ReadyRequest> ready_;
  std::shared_ptr<void> source_;
  TypeToken source_token_;
};

class Engine {
 public:
  // All mistakes at once, messages of the form "Job.tags: no resolver is bound".
  static Expected<std::shared_ptr<const Engine>, Errors> make(std::shared_ptr<const Schema> schema,
                                                              Binder binder, Options options = {});

  // Never throws on account of the request or a resolver.
  Response execute(const Request& request) const;

  // Makes the source stream of a subscription; the response says why not.
  Expected<Subscription, Response> subscribe(const Request& request) const;

  const Schema& schema() const;
  const Options& options() const;
  CacheUse cache_use() const;

  // Use make().
  explicit Engine(std::unique_ptr<detail::EngineState> state);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

 private:
  friend class Subscription;
  std::unique_ptr<detail::EngineState> state_;
};

}  // namespace graphql
