// SPDX-License-Identifier: MIT
// A bounded pool of threads for work that may block: queries over a snapshot, archive files.
//
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

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace jobledger {

class WorkerPool {
 public:
  WorkerPool(std::string name, std::size_t threads, std::size_t max_queued);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full or the pool stopped; the job is then dropped unrun.
  bool submit(std::function<void()> job);
  void stop();

  std::size_t queued() const;
  const std::string& name() const { return name_; }

 private:
  void run();

  std::string name_;
  std::size_t max_queued_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Runs `work` (callable, returning Result<T>) on the pool and resumes the caller on its own
// executor. One offload per query, not per key. A full pool answers `unavailable`. The job itself
// cannot be cancelled from here: it watches its own stop flag at natural borders.
template <class F>
auto offload(WorkerPool& pool, F work) -> Task<std::invoke_result_t<F&>>;

// ---------------------------------------------------------------------------------------------

namespace detail {

template <class F>
auto offload_operation(WorkerPool& pool, F work) {
  using R = std::invoke_result_t<F&>;
  auto initiate = [&pool](auto handler, F moved) {
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
    if (!pool.submit([state, complete] { complete(state->work()); })) {
      complete(R(Error{ErrorKind::unavailable, pool.name() + " queue is full"}));
    }
  };
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(R)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(work));
}

}  // namespace detail

template <class F>
auto offload(WorkerPool& pool, F work) -> Task<std::invoke_result_t<F&>> {
  auto result = co_await detail::offload_operation(pool, std::move(work));
  co_return result;
}

}  // namespace jobledger
