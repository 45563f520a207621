// SPDX-License-Identifier: MIT
// The time of a stream of the log, by what the broker says of its messages. One message proves
// nothing: a time more than an hour beyond the log's counts only when the next message is that far
// as well. So a message with a wrong time moves nothing. No clock is read: the same messages make
// the same times. Pure; any thread.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace jobledger::storage {

struct LogClock {
  std::int64_t time = 0;  // log time, epoch seconds; 0 before the first message
  // A later time that only the last message claims; 0: none. Equal to `time`: that is the first
  // message's, and proved by no other.
  std::int64_t claimed = 0;

  // The next message of the stream. `time` goes back only when the second shows the first wrong.
  void take(std::int64_t sent);

  bool operator==(const LogClock&) const = default;
};
// What one message may add to log time, seconds.
constexpr std::int64_t kCredibleJump = 3600;

using LogClocks = std::map<std::string, LogClock, std::less<>>;  // by stream

std::string encode_log_clock(const LogClock& clock);
Result<LogClock> decode_log_clock(std::string_view bytes);

}  // namespace jobledger::storage
