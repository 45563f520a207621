// SPDX-License-Identifier: MIT
// Owner of background coroutines: nothing is detached, stop() waits for all.
//
// Executor: all members on the group's executor (one thread or strand).
// Lifetime: must be stopped before it is destroyed.
#pragma once

#include "base/async.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <list>
#include <string>

namespace jobledger {

class TaskGroup {
 public:
  explicit TaskGroup(boost::asio::any_io_executor executor);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Runs the task on the group's executor until it ends. An escaping exception is logged with the
  // name. After stop() began the task is dropped unrun.
  void spawn(std::string name, Task<> task);

  std::size_t size() const { return members_.size(); }

  // Asks every task to finish politely (`total` cancellation), after the deadline firmly
  // (`terminal`), and returns when none is left.
  Task<> stop(std::chrono::milliseconds deadline);

 private:
  struct Member {
    std::string name;
    boost::asio::cancellation_signal cancel;
  };
  void finished(std::list<Member>::iterator member, std::exception_ptr failure);

  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer all_gone_;
  std::list<Member> members_;
  bool stopping_ = false;
};

}  // namespace jobledger
