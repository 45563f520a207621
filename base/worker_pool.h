// SPDX-License-Identifier: MIT
// A bounded pool of threads for work that may block: queries over a snapshot, archive files.
//
// Operation: `threads` jobs that have begun to be long work at once, and as many that have just
// begun, so that short jobs are done while long ones run. A long job gives its turn away at
// yield_turn() (turn.h) once its slice is over and somebody waits; its thread then waits, and
// another thread works. Who is next: the client with the fewest turns, then the one that waits
// longest; of one client's jobs the one that has run least, in powers of two. Jobs that take much
// memory (begin_large_work()) wait for each other, few of them are under way.
// Executor: submit() from any thread; jobs run on pool threads.
// Lifetime: stop() runs what is queued, then joins; must be called before destruction.
#pragma once

#include "base/async.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace jobledger {

class WorkerPool {
 public:
  // Whose share a job uses up.
  using Client = std::array<std::uint8_t, 16>;

  // `max_large`: jobs after begin_large_work() under way at once; half of them of one client.
  WorkerPool(std::string name, std::size_t threads, std::size_t max_queued,
             std::size_t max_large = 4);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full, or half of it is taken by this client, or the pool stopped; the
  // job is then dropped unrun.
  bool submit(std::function<void()> job, const Client& client);
  // For nobody in particular, whose jobs may fill the queue; from a job of the pool: for its
  // client, beside that job.
  bool submit(std::function<void()> job);
  void stop();

  std::size_t queued() const;  // jobs that wait for a thread or for their turn
  const std::string& name() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// Runs `work` (callable, returning Result<T>) on the pool and resumes the caller on its own
// executor. One offload per query, not per key. A full pool answers `unavailable`. The job itself
// cannot be cancelled from here: it watches its own stop flag at natural borders.
template <class F>
auto offload(WorkerPool& pool, F work, WorkerPool::Client client = {})
    -> Task<std::invoke_result_t<F&>>;

// ---------------------------------------------------------------------------------------------

namespace detail {

template <class F>
auto offload_operation(WorkerPool& pool, F work, const WorkerPool::Client& client) {
  using R = std::invoke_result_t<F&>;
  auto initiate = [&pool, client](auto handler, F moved) {
    struct State {
      decltype(handler) done;
      F work;
      boost::asio::executor_work_guard<boost::asio::associated_executor_t<decltype(handler)>> guard;
    };
    auto guard = boost::asio::make_work_guard(boost::asio::get_associated_executor(handler));
    auto state =
        std::make_shared<State>(State{std::move(handler), std::move(moved), std::move(guard)});
    auto complete = [state](R result) {
      auto executor = state->guard.get_executor();
      boost::asio::dispatch(
          executor, [state, moved_result = std::make_shared<R>(std::move(result))]() mutable {
            auto done = std::move(state->done);
            state->guard.reset();
            std::move(done)(std::move(*moved_result));
          });
    };
    if (!pool.submit([state, complete] { complete(state->work()); }, client)) {
      complete(R(Error{ErrorKind::unavailable, pool.name() + " queue is full"}));
    }
  };
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(R)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(work));
}

}  // namespace detail

template <class F>
auto offload(WorkerPool& pool, F work, WorkerPool::Client client)
    -> Task<std::invoke_result_t<F&>> {
  auto result = co_await detail::offload_operation(pool, std::move(work), client);
  co_return result;
}

}  // namespace jobledger
