// SPDX-License-Identifier: MIT
#include "storage/log_clock.h"

#include "storage/bytes.h"

#include <algorithm>

namespace jobledger::storage {
namespace {

constexpr std::uint8_t kClockVersion = 1;

}  // namespace

void LogClock::take(std::int64_t sent) {
  const bool only_first = claimed == time;
  if (time == 0 || (only_first && sent < time - kCredibleJump)) {
    *this = {sent, sent};
    return;
  }
  // Two messages say that it is at least the earlier of their times.
  if (claimed > time && sent > time + kCredibleJump) time = std::min(claimed, sent);
  claimed = 0;
  if (sent > time + kCredibleJump) {
    claimed = sent;
  } else {
    time = std::max(time, sent);
  }
}

std::string encode_log_clock(const LogClock& clock) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kClockVersion);
  out.zigzag(clock.time);
  out.zigzag(clock.claimed);
  return bytes;
}

Result<LogClock> decode_log_clock(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kClockVersion) in.fail();
  LogClock clock;
  clock.time = in.zigzag();
  clock.claimed = in.zigzag();
  if (!in.complete()) return Error{ErrorKind::corrupt, "log clock: not well formed"};
  return clock;
}

}  // namespace jobledger::storage
