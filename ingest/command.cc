// SPDX-License-Identifier: MIT
#include "ingest/command.h"

#include "schema/json_read.h"

#include <fmt/format.h>

#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace jobledger::ingest {
namespace {

constexpr std::size_t kMaxIdBytes = 128;

std::string unique_prefix() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

struct Members {
  std::string id;
  std::optional<std::string> verb;
  std::optional<std::int64_t> dead_letter;
};

Result<void> read_member(std::string_view name, const schema::JsonValue& value, Members& members) {
  if (name == "id") {
    TRY(const std::string_view id, value.as_string());
    if (id.size() > kMaxIdBytes) return invalid(fmt::format("longer than {} bytes", kMaxIdBytes));
    members.id = id;
  } else if (name == "command") {
    TRY(const std::string_view verb, value.as_string());
    members.verb = verb;
  } else if (name == "dead_letter") {
    TRY(members.dead_letter, value.as_int64());
  } else {
    // A command is not applied by halves: a member that we do not know may change its meaning.
    return invalid("unknown member");
  }
  return {};
}

}  // namespace

Result<Command> parse_command(std::string_view json, std::size_t max_bytes) {
  if (json.size() > max_bytes) {
    return invalid(fmt::format("command of {} bytes, more than {}", json.size(), max_bytes));
  }
  TRY(const schema::JsonValue document, schema::JsonReader::of_this_thread().parse(json));
  Members members;
  TRY(document.each_member([&](std::string_view name, const schema::JsonValue& value) {
    return read_member(name, value, members);
  }));
  if (!members.verb) return invalid("command: missing");
  Command command;
  command.id = std::move(members.id);
  if (*members.verb == "dead_letter_retry") {
    command.verb = Command::Verb::dead_letter_retry;
  } else if (*members.verb == "dead_letter_drop") {
    command.verb = Command::Verb::dead_letter_drop;
  } else {
    return invalid(fmt::format("command: unknown: \"{}\"", *members.verb));
  }
  if (!members.dead_letter) return invalid("dead_letter: missing");
  command.dead_letter = *members.dead_letter;
  return command;
}

CommandDesk::CommandDesk(CommandPublisher& publisher, LimitsConfig limits)
    : publisher_(publisher), limits_(limits), prefix_(unique_prefix()) {}

CommandDesk::~CommandDesk() { close(); }

void CommandDesk::close() {
  std::map<std::string, Waiter, std::less<>> waiting;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    waiting = std::exchange(waiters_, {});
  }
  for (auto& [id, waiter] : waiting) {
    waiter.done(Error{ErrorKind::cancelled, "the daemon is stopping"});
  }
}

void CommandDesk::submit(std::string command, Done done) {
  if (command.size() < 2 || command.front() != '{') {
    done(invalid("a command is one JSON object"));
    return;
  }
  std::string id;
  {
    std::lock_guard lock(mutex_);
    if (!closed_ && waiters_.size() < limits_.max_waiting_commands) {
      id = fmt::format("{}-{}", prefix_, next_++);
      waiters_.emplace(
          id, Waiter{std::move(done), std::chrono::steady_clock::now() + limits_.command_patience});
    }
  }
  if (id.empty()) {
    done(Error{ErrorKind::unavailable, "too many commands are waiting, or the daemon stops"});
    return;
  }
  command.insert(1, fmt::format("\"id\":\"{}\",", id));
  if (Result<Command> parsed = parse_command(command, limits_.max_command_bytes); !parsed) {
    answer(id, std::move(parsed).error());
    return;
  }
  // The publisher may outlive us in its last callbacks.
  publisher_.publish(std::move(command), [desk = weak_from_this(), id](Result<void> published) {
    const auto self = desk.lock();
    if (!published && self) self->answer(id, std::move(published).error());
  });
}

void CommandDesk::answer(std::string_view id, Result<void> outcome) {
  Done done;
  {
    std::lock_guard lock(mutex_);
    const auto found = waiters_.find(id);
    if (found == waiters_.end()) return;
    done = std::move(found->second.done);
    waiters_.erase(found);
  }
  done(std::move(outcome));
}

void CommandDesk::expire(std::chrono::steady_clock::time_point now) {
  std::vector<Done> late;
  {
    std::lock_guard lock(mutex_);
    for (auto at = waiters_.begin(); at != waiters_.end();) {
      if (at->second.deadline > now) {
        ++at;
        continue;
      }
      late.push_back(std::move(at->second.done));
      at = waiters_.erase(at);
    }
  }
  for (Done& done : late) {
    done(Error{ErrorKind::unavailable, "the command did not come back from the log in time"});
  }
}

std::size_t CommandDesk::waiting() const {
  std::lock_guard lock(mutex_);
  return waiters_.size();
}

}  // namespace jobledger::ingest
