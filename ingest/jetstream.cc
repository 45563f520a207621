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

StartPoint choose_start(const std::optional<storage::StreamPosition>& position,
                        const StreamFacts& stream) {
  const std::uint64_t first = std::max<std::uint64_t>(stream.first_sequence, 1);
  if (!position) return {StartPoint::Why::fresh, first, 0};
  const std::uint32_t epoch = position->epoch;
  if (position->created != stream.created) {
    return {StartPoint::Why::recreated, first, 0, epoch + 1};
  }
  if (stream.last_sequence < position->sequence) {
    return {StartPoint::Why::rewound, first, 0, epoch + 1};
  }
  const std::uint64_t next = position->sequence + 1;
  if (first <= next) return {StartPoint::Why::resumed, next, 0, epoch};
  return {StartPoint::Why::resumed, first, first - next, epoch};
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
