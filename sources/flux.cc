// SPDX-License-Identifier: MIT
#include "sources/flux.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace jobledger::sources {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t kDay = 86'400;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-' ||
         c == '.';
}

// r["column"] is one of the texts.
std::string any_of(std::string_view column, std::span<const std::string_view> texts) {
  std::string out;
  for (const std::string_view text : texts) {
    if (!out.empty()) out += " or ";
    out += fmt::format("r[{}] == {}", flux_string(column), flux_string(text));
  }
  return out;
}

std::string filter(std::string_view condition) {
  return fmt::format("  |> filter(fn: (r) => {})\n", condition);
}

std::string from(const FluxRange& range) {
  return fmt::format("from(bucket: {})\n  |> range(start: {}, stop: {})\n",
                     flux_string(range.bucket), flux_time(range.from), flux_time(range.to)) +
         filter(
             fmt::format("r._field == \"value\" and r.cluster == {}", flux_string(range.cluster)));
}

// Takes so many digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + digits, value);
  if (ec != std::errc() || end != text.data() + digits || value < 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto y = take_number(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, '-')) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d) return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  return std::int64_t{sys_days(date).time_since_epoch().count()} * kDay;
}

std::optional<std::int64_t> take_clock(std::string_view& text, bool seconds) {
  const auto h = take_number(text, 2);
  if (!h || *h > 23 || !take(text, ':')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || *m > 59) return std::nullopt;
  if (!seconds) return *h * 3600 + *m * 60;
  if (!take(text, ':')) return std::nullopt;
  const auto s = take_number(text, 2);
  if (!s || *s > 60) return std::nullopt;
  return *h * 3600 + *m * 60 + *s;
}

}  // namespace

std::string flux_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out + "\"";
}

std::string flux_time(std::int64_t seconds) {
  const std::chrono::days days(seconds / kDay);
  const year_month_day date{sys_days(days)};
  const std::int64_t clock = seconds % kDay;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock / 3600, clock / 60 % 60, clock % 60);
}

std::optional<std::int64_t> parse_flux_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !take(text, 'T')) return std::nullopt;
  const auto clock = take_clock(text, true);
  if (!clock) return std::nullopt;
  if (take(text, '.')) {
    const auto digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    text.remove_prefix(digits);
  }
  if (text == "Z") return *date + *clock;
  const bool east = text.starts_with('+');
  if (!take(text, east ? '+' : '-')) return std::nullopt;
  const auto offset = take_clock(text, false);
  if (!offset || !text.empty()) return std::nullopt;
  return *date + *clock + (east ? -*offset : *offset);
}

std::string flux_samples(const FluxSamples& query) {
  std::string out = from(query.range);
  out +=
      filter(fmt::format("r._measurement == {} and not exists r.stype", flux_string(query.metric)));
  out += filter(query.type == "node" ? std::string("not exists r.type or r.type == \"node\"")
                                     : fmt::format("r.type == {}", flux_string(query.type)));
  out += filter(any_of("hostname", query.hostnames));
  if (!query.ids.empty()) out += filter(any_of("type-id", query.ids));
  out += fmt::format(
      "  |> aggregateWindow(every: {}s, offset: {}s, fn: mean, createEmpty: true, timeSrc: "
      "\"_start\")\n",
      query.timestep, query.range.from % query.timestep);
  const std::string_view id = query.type == "node" ? "" : ", \"type-id\"";
  return out + fmt::format("  |> keep(columns: [\"_time\", \"_value\", \"hostname\"{}])\n", id);
}

std::string flux_hosts(const FluxRange& range) {
  return from(range) +
         "  |> keep(columns: [\"hostname\"])\n  |> group()\n  |> distinct(column: \"hostname\")\n";
}

std::string flux_last(const FluxLast& query) {
  return from(query.range) + filter("not exists r.stype") +
         filter(any_of("_measurement", query.metrics)) +
         filter(any_of("hostname", query.hostnames)) +
         "  |> last()\n"
         "  |> keep(columns: [\"_time\", \"_measurement\", \"hostname\"])\n"
         "  |> group(columns: [\"_measurement\", \"hostname\"])\n" +
         fmt::format("  |> sort(columns: [\"_time\"], desc: {})\n  |> limit(n: 1)\n",
                     query.oldest ? "false" : "true");
}

}  // namespace jobledger::sources
