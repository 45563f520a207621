// SPDX-License-Identifier: MIT
#include "base/task_group.h"

#include "base/log.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace jobledger {
namespace asio = boost::asio;

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : executor_(executor), all_gone_(executor, asio::steady_timer::time_point::max()) {}

TaskGroup::~TaskGroup() { CHECK(members_.empty(), "{} tasks left behind", members_.size()); }

void TaskGroup::spawn(std::string name, Task<> task) {
  if (stopping_) return;
  auto member = members_.emplace(members_.end());
  member->name = std::move(name);
  asio::co_spawn(executor_, std::move(task),
                 asio::bind_cancellation_slot(
                     member->cancel.slot(),
                     [this, member](std::exception_ptr failure) { finished(member, failure); }));
}

void TaskGroup::finished(std::list<Member>::iterator member, std::exception_ptr failure) {
  if (failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      LOG(error, "task", "{} ended by an exception: {}", member->name, e.what());
    }
  }
  members_.erase(member);
  if (members_.empty()) all_gone_.cancel();
}

Task<> TaskGroup::stop(std::chrono::milliseconds deadline) {
  stopping_ = true;
  for (auto kind : {asio::cancellation_type::total, asio::cancellation_type::terminal}) {
    // A task may end, and leave the list, while it is asked.
    for (auto member = members_.begin(); member != members_.end();) (member++)->cancel.emit(kind);
    if (members_.empty()) co_return;
    const bool firm = kind == asio::cancellation_type::terminal;
    all_gone_.expires_after(firm ? std::chrono::hours(24) : deadline);
    [[maybe_unused]] auto woken = co_await all_gone_.async_wait(kAwait);
    if (members_.empty()) co_return;
  }
}

}  // namespace jobledger
