// SPDX-License-Identifier: MIT
#include "ingest/jetstream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace jobledger::ingest {
namespace {

constexpr std::string_view kAckPrefix = "$JS.ACK.";
constexpr std::size_t kMaxTokens = 12;

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && rest == text.data() + text.size();
}

std::int64_t nanoseconds(std::chrono::milliseconds duration) {
  return std::chrono::nanoseconds(duration).count();
}

}  // namespace

std::optional<AckSubject> parse_ack_subject(std::string_view subject) {
  if (!subject.starts_with(kAckPrefix)) return std::nullopt;
  subject.remove_prefix(kAckPrefix.size());
  std::array<std::string_view, kMaxTokens> tokens;
  std::size_t count = 0;
  while (count < kMaxTokens) {
    const std::size_t dot = subject.find('.');
    tokens[count++] = subject.substr(0, dot);
    if (dot == std::string_view::npos) break;
    subject.remove_prefix(dot + 1);
  }
  // 7 tokens in the old form; domain and account in front (and one behind) in the new one.
  const std::size_t at = count == 7 ? 0 : count >= 9 ? 2 : kMaxTokens;
  if (at == kMaxTokens) return std::nullopt;
  AckSubject ack;
  ack.stream = tokens[at];
  ack.consumer = tokens[at + 1];
  if (!read_number(tokens[at + 2], ack.delivered) ||
      !read_number(tokens[at + 3], ack.stream_sequence) ||
      !read_number(tokens[at + 4], ack.consumer_sequence) ||
      !read_number(tokens[at + 5], ack.time) || !read_number(tokens[at + 6], ack.pending)) {
    return std::nullopt;
  }
  return ack;
}

std::string format_pull_request(const PullRequest& request) {
  std::string json = fmt::format(R"({{"batch":{},"expires":{},"idle_heartbeat":{})", request.batch,
                                 nanoseconds(request.expires), nanoseconds(request.heartbeat));
  if (request.max_bytes > 0) json += fmt::format(R"(,"max_bytes":{})", request.max_bytes);
  json += '}';
  return json;
}

std::vector<std::string> describe_weakness(const StreamWeakness& weakness) {
  std::vector<std::string> texts;
  const auto say = [&](bool applies, std::string_view text) {
    if (applies) texts.emplace_back(text);
  };
  say(weakness.in_memory, "the stream is kept in memory: a restart of the broker loses it");
  say(weakness.by_interest,
      "the stream keeps messages only while a consumer is there: what comes while we are away is "
      "lost");
  say(weakness.work_queue,
      "the stream is a work queue: what another consumer acknowledges is lost to us");
  say(weakness.without_ack,
      "the stream acknowledges nothing: publishers do not hear of what it did not take");
  say(weakness.discards_new, "the stream refuses new messages when it is full: they are lost");
  if (weakness.max_per_subject > 0) {
    texts.push_back(fmt::format("the stream keeps {} messages of a subject: older ones are lost",
                                weakness.max_per_subject));
  }
  return texts;
}

StartPoint choose_start(const std::optional<storage::StreamPosition>& position,
                        const StreamFacts& stream, bool is_other) {
  const std::uint64_t first = std::max<std::uint64_t>(stream.first_sequence, 1);
  StartPoint start;
  start.sequence = first;
  if (!position) {
    start.missed = first - 1;
    return start;
  }
  const bool is_new = position->created != stream.created;
  if (is_new || is_other || stream.last_sequence < position->sequence) {
    start.why = is_new ? StartPoint::Why::recreated : StartPoint::Why::rewound;
    start.epoch = position->epoch + 1;
    if (is_new) start.missed = first - 1;
    return start;
  }
  start.why = StartPoint::Why::resumed;
  start.epoch = position->epoch;
  start.is_unproven = first > position->sequence || position->time == 0;
  if (first > position->sequence) {
    start.missed = first - position->sequence - 1;
  } else if (position->time != 0) {
    start.sequence = position->sequence;
    start.expected = position->mark();
  } else {
    start.sequence = position->sequence + 1;
  }
  return start;
}

Result<std::optional<storage::StreamMark>> find_last_match(
    std::span<const storage::StreamMark> marks, const StreamFacts& stream, const ReadMark& read) {
  const auto before = [](const storage::StreamMark& mark, std::uint64_t sequence) {
    return mark.sequence < sequence;
  };
  auto from = std::lower_bound(marks.begin(), marks.end(), stream.first_sequence, before);
  auto to = std::lower_bound(from, marks.end(), stream.last_sequence + 1, before);
  std::optional<storage::StreamMark> match;
  while (from != to) {
    const auto middle = from + (to - from) / 2;
    auto at = middle;
    TRY(std::optional<storage::StreamMark> now, read(at->sequence));
    while (!now && at != from) {  // a message that was deleted by itself tells nothing
      --at;
      TRY(now, read(at->sequence));
    }
    if (now == *at) {
      match = *at;
      from = middle + 1;
    } else {
      to = at;
    }
  }
  return match;
}

void SequenceGuard::reset(std::uint64_t start) {
  consumer_ = 0;
  stream_ = start > 0 ? start - 1 : 0;
  missing_ = 0;
}

SequenceGuard::Verdict SequenceGuard::check(const AckSubject& message) {
  if (message.consumer_sequence != consumer_ + 1) return Verdict::hole;
  consumer_ = message.consumer_sequence;
  if (message.stream_sequence <= stream_) return Verdict::repeated;
  missing_ += message.stream_sequence - stream_ - 1;
  stream_ = message.stream_sequence;
  return Verdict::next;
}

bool SequenceGuard::check_idle(std::uint64_t last_consumer_sequence) const {
  return last_consumer_sequence <= consumer_;
}

}  // namespace jobledger::ingest
