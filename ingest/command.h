// SPDX-License-Identifier: MIT
// Commands: what people and scripts change, as JSON messages in the same log as the events
// (docs/formats.md, commands).
//
//   {"id":"<who waits>","command":"dead_letter_retry"|"dead_letter_drop","dead_letter":<number>}
#pragma once

#include "base/result.h"
#include "ingest/config.h"
#include "ingest/event.h"
#include "ingest/source.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace jobledger::ingest {

Result<Command> parse_command(std::string_view json, std::size_t max_bytes);

// Joins those who submit commands with the moment they were applied here: gives each command an id,
// publishes it, and answers when the pipeline has made it durable.
//
// Executor: any thread. Lifetime: the publisher must have been stopped before it is destroyed, and
// outlive close(), which answers `cancelled` to all who still wait and to all who come later.
class CommandDesk : public std::enable_shared_from_this<CommandDesk> {
 public:
  using Done = std::function<void(Result<void>)>;

  CommandDesk(CommandPublisher& publisher, LimitsConfig limits);
  ~CommandDesk();
  CommandDesk(const CommandDesk&) = delete;
  CommandDesk& operator=(const CommandDesk&) = delete;

  // storage::SubmitCommand.
  void submit(std::string command, Done done);
  // Of a command that was applied or refused; ids that nobody here waits for are fine.
  void answer(std::string_view id, Result<void> outcome);
  void close();
  // Answers `unavailable` to all who waited too long.
  void expire(std::chrono::steady_clock::time_point now);

  std::size_t waiting() const;

 private:
  struct Waiter {
    Done done;
    std::chrono::steady_clock::time_point deadline;
  };

  CommandPublisher& publisher_;
  const LimitsConfig limits_;
  const std::string prefix_;  // unique to this process
  mutable std::mutex mutex_;
  std::uint64_t next_ = 0;
  bool closed_ = false;
  std::map<std::string, Waiter, std::less<>> waiters_;
};

}  // namespace jobledger::ingest
