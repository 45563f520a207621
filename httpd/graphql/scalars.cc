// SPDX-License-Identifier: MIT
#include "httpd/graphql/scalars.h"

#include "httpd/graphql/bindings.h"
#include "httpd/graphql/job_fields.h"
#include "schema/cluster.h"
#include "schema/node_state.h"

#include <algorithm>
#include <chrono>

namespace jobledger::httpd {
using graphql::Expected;
using graphql::Failure;
using graphql::Value;
using graphql::Writer;

namespace {

constexpr std::int64_t kSecondsOfDay = 86400;
constexpr std::int64_t kYearOne = -62'135'596'800;

// Exactly `digits` decimal digits from the front; removes them.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// "hh:mm" or "hh:mm:ss", each part within its bound; seconds of the day.
std::optional<std::int64_t> take_clock(std::string_view& text, bool with_seconds) {
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const std::int64_t seconds = *hours * 3600 + *minutes * 60;
  if (!with_seconds) return seconds;
  if (!take(text, ':')) return std::nullopt;
  const auto last = take_number(text, 2);
  if (!last || *last > 59) return std::nullopt;
  return seconds + *last;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * kSecondsOfDay;
}

// "Z" or "+02:00": seconds east of Greenwich.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const bool east = take(text, '+');
  if (!east && !take(text, '-')) return std::nullopt;
  const auto offset = take_clock(text, false);
  if (!offset) return std::nullopt;
  return east ? *offset : -*offset;
}

Expected<Value> time_input(const Value& input) {
  if (input.is_string()) {
    if (const auto seconds = parse_time(input.string())) return Value(*seconds);
  }
  return Failure{"Time: expected RFC 3339 such as 2024-02-29T12:00:00Z", "BAD_USER_INPUT"};
}

// A scalar whose values are the words of a C++ enum. `known` decides about input: a word that is
// none is an error, or passes where the field takes any word and finds nothing by it.
template <class E>
void bind_words(graphql::Binder& binder, std::string_view name, bool (*known)(std::string_view)) {
  binder.scalar(name)
      .output<E>([](const E& value, Writer& out) { out.string(to_string(value)); })
      .input([type = std::string(name), known](const Value& input) -> Expected<Value> {
        if ((!input.is_string() && !input.is_word()) || !known(input.string())) {
          return Failure{type + ": not one of its values", "BAD_USER_INPUT"};
        }
        return Value(input.string());
      });
}

bool any_word(std::string_view) { return true; }
bool is_job_state(std::string_view text) { return schema::parse_job_state(text).has_value(); }
bool is_scope(std::string_view text) { return schema::parse_metric_scope(text).has_value(); }

void append_digits(std::string& out, std::int64_t number, int digits) {
  for (std::int64_t unit = digits == 4 ? 1000 : 10; unit > 0; unit /= 10) {
    out.push_back(static_cast<char>('0' + number / unit % 10));
  }
}

void write_meta_data(const MetaData& data, Writer& out) {
  char separator = '{';
  for (const auto& [name, value] : *data.entries) {
    out.buffer() += separator;
    out.string(name);
    out.buffer() += ':';
    out.string(value);
    separator = ',';
  }
  out.raw(separator == '{' ? "{}" : "}");
}

}  // namespace

void append_time(std::string& out, UtcTime time) {
  std::int64_t days = time.seconds / kSecondsOfDay, rest = time.seconds % kSecondsOfDay;
  if (rest < 0) {
    rest += kSecondsOfDay;
    --days;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  append_digits(out, static_cast<int>(date.year()), 4);
  out.push_back('-');
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out.push_back('-');
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out.push_back('T');
  append_digits(out, rest / 3600, 2);
  out.push_back(':');
  append_digits(out, rest / 60 % 60, 2);
  out.push_back(':');
  append_digits(out, rest % 60, 2);
  out.push_back('Z');
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  if (text.empty()) return kYearOne;
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  const bool plain = take(text, ' ');
  if (!plain && !take(text, 'T') && !take(text, 't')) return std::nullopt;
  const auto clock = take_clock(text, true);
  if (!clock) return std::nullopt;
  if (plain && text.empty()) return *date + *clock;
  if (take(text, '.')) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
  }
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return *date + *clock - *offset;
}

void bind_scalars(graphql::Binder& binder) {
  binder.scalar("Time")
      .output<UtcTime>([](const UtcTime& time, Writer& out) {
        out.buffer() += '"';
        append_time(out.buffer(), time);
        out.buffer() += '"';
      })
      .input(time_input);
  binder.scalar("Any").output<MetaData>(write_meta_data);
  bind_words<schema::JobState>(binder, "JobState", is_job_state);
  bind_words<schema::MetricScope>(binder, "MetricScope", is_scope);
  bind_words<schema::SchedulerState>(binder, "SchedulerState", any_word);
  bind_words<schema::MonitoringState>(binder, "MonitoringState", any_word);
}

}  // namespace jobledger::httpd
