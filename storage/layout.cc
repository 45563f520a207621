// SPDX-License-Identifier: MIT
#include "storage/layout.h"

#include "storage/bytes.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace jobledger::storage {
namespace {

constexpr std::string_view kPeriodPrefix = "metrics_";

// Signed numbers sort as they count once the sign bit is turned.
constexpr std::uint64_t kSignBit = UINT64_C(1) << 63;
std::uint64_t ordered(std::int64_t value) { return static_cast<std::uint64_t>(value) ^ kSignBit; }
std::int64_t unordered(std::uint64_t value) { return static_cast<std::int64_t>(value ^ kSignBit); }

std::string number_key(char prefix, std::int64_t id) {
  std::string key(1, prefix);
  ByteWriter(key).be64(static_cast<std::uint64_t>(id));
  return key;
}

bool parse_number_key(std::string_view key, char prefix, std::int64_t& id) {
  if (key.size() != 9 || key[0] != prefix) return false;
  id = static_cast<std::int64_t>(ByteReader(key.substr(1)).be64());
  return id > 0;
}

std::string small_number_key(char prefix, std::uint32_t number) {
  std::string key(1, prefix);
  ByteWriter(key).be32(number);
  return key;
}

bool parse_small_number_key(std::string_view key, char prefix, std::uint32_t& number) {
  if (key.size() != 5 || key[0] != prefix) return false;
  number = ByteReader(key.substr(1)).be32();
  return true;
}

std::string origin_key(char prefix, const EventOrigin& origin) {
  std::string key(1, prefix);
  ByteWriter out(key);
  out.text(origin.stream);
  out.be64(ordered(origin.created));
  out.be64(origin.sequence);
  out.be32(origin.line);
  // Behind the rest: keys from before epochs were counted keep their bytes.
  if (origin.epoch != 0) out.be32(origin.epoch);
  return key;
}

bool parse_origin_key(std::string_view key, char prefix, EventOrigin& origin) {
  if (key.empty() || key[0] != prefix) return false;
  ByteReader in(key.substr(1));
  origin.stream = in.text();
  origin.created = unordered(in.be64());
  origin.sequence = in.be64();
  origin.line = in.be32();
  origin.epoch = in.left() > 0 ? in.be32() : 0;
  return in.complete();
}

}  // namespace

std::string_view family_name(Family family) {
  switch (family) {
    case Family::state:
      return "default";
    case Family::jobs:
      return "jobs";
    case Family::rows:
      return "rows";
    case Family::dead_letters:
      return "dead_letters";
    case Family::node_history:
      return "node_history";
    case Family::metric_log:
      return "metric_log";
    case Family::state_copy:
      return "state_copy";
  }
  return "";
}

std::string job_key(std::int64_t id) {
  std::string key;
  ByteWriter(key).be64(static_cast<std::uint64_t>(id));
  return key;
}

std::string dictionary_key(jobs::Dictionary dictionary, jobs::StringId number) {
  std::string key(1, kDictionaryPrefix);
  ByteWriter out(key);
  out.u8(static_cast<std::uint8_t>(dictionary));
  out.be32(number);
  return key;
}

std::string tag_key(std::int64_t id) { return number_key(kTagPrefix, id); }

std::string position_key(std::string_view stream) { return kPositionPrefix + std::string(stream); }

std::string clock_key(std::string_view stream) { return kClockPrefix + std::string(stream); }

std::string letter_room_key(std::string_view group) {
  return kLetterRoomPrefix + std::string(group);
}

std::string node_key(std::string_view cluster, std::string_view hostname) {
  std::string key(1, kNodePrefix);
  ByteWriter(key).text(cluster);
  return key.append(hostname);
}

std::string parked_key(const EventOrigin& origin) { return origin_key(kParkedPrefix, origin); }

std::string mark_key(std::string_view stream, std::uint64_t sequence) {
  std::string key(1, kMarkPrefix);
  ByteWriter out(key);
  out.text(stream);
  out.be64(sequence);
  return key;
}

std::string letter_key(std::int64_t id) { return number_key(kLetterPrefix, id); }

std::string letter_origin_key(const EventOrigin& origin) {
  return origin_key(kLetterOriginPrefix, origin);
}

std::string damage_key(std::int64_t id) { return number_key(kDamagePrefix, id); }

std::string history_key(std::int64_t time, std::string_view cluster) {
  std::string key;
  ByteWriter(key).be64(ordered(time));
  return key.append(cluster);
}

std::string tick_layout_key(std::uint32_t number) {
  return small_number_key(kTickLayoutPrefix, number);
}

std::string head_host_key(std::uint32_t number) {
  return small_number_key(kHeadHostPrefix, number);
}

std::string metric_log_key(std::uint64_t entry) {
  std::string key;
  ByteWriter(key).be64(entry);
  return key;
}

std::string block_key(const BlockKey& block) {
  std::string key(1, static_cast<char>(block.kind));
  ByteWriter out(key);
  out.be32(block.cluster);
  out.be32(block.host);
  out.be32(block.metric);
  out.be64(ordered(block.start));
  out.be32(static_cast<std::uint32_t>(block.timestep));
  return key;
}

std::int64_t period_of(std::int64_t time) {
  return std::chrono::floor<std::chrono::days>(std::chrono::seconds(time)).count();
}

std::string period_name(std::int64_t period) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(period))};
  return fmt::format("{}{:04}{:02}{:02}", kPeriodPrefix, static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::optional<std::int64_t> parse_period_name(std::string_view name) {
  if (!name.starts_with(kPeriodPrefix)) return std::nullopt;
  const std::string_view digits = name.substr(kPeriodPrefix.size());
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(number / 10000),
      std::chrono::month(static_cast<unsigned>(number / 100 % 100)),
      std::chrono::day(static_cast<unsigned>(number % 100))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t period = std::chrono::sys_days(date).time_since_epoch().count();
  if (period_name(period) != name) return std::nullopt;
  return period;
}

bool parse_job_key(std::string_view key, std::int64_t& id) {
  if (key.size() != 8) return false;
  id = static_cast<std::int64_t>(ByteReader(key).be64());
  return id > 0;
}

bool parse_dictionary_key(std::string_view key, jobs::Dictionary& dictionary,
                          jobs::StringId& number) {
  if (key.size() != 6 || key[0] != kDictionaryPrefix) return false;
  ByteReader in(key.substr(1));
  dictionary = in.enumerator<jobs::Dictionary>(jobs::kDictionaryCount);
  number = in.be32();
  return !in.failed();
}

bool parse_tag_key(std::string_view key, std::int64_t& id) {
  return parse_number_key(key, kTagPrefix, id);
}

bool parse_parked_key(std::string_view key, EventOrigin& origin) {
  return parse_origin_key(key, kParkedPrefix, origin);
}

bool parse_letter_origin_key(std::string_view key, EventOrigin& origin) {
  return parse_origin_key(key, kLetterOriginPrefix, origin);
}

bool parse_mark_key(std::string_view key, std::string_view& stream, std::uint64_t& sequence) {
  if (key.empty() || key[0] != kMarkPrefix) return false;
  ByteReader in(key.substr(1));
  stream = in.text();
  sequence = in.be64();
  return in.complete();
}

bool parse_damage_key(std::string_view key, std::int64_t& id) {
  return parse_number_key(key, kDamagePrefix, id);
}

bool parse_letter_key(std::string_view key, std::int64_t& id) {
  return parse_number_key(key, kLetterPrefix, id);
}

bool parse_history_key(std::string_view key, std::int64_t& time, std::string_view& cluster) {
  if (key.size() < 8) return false;
  time = unordered(ByteReader(key).be64());
  cluster = key.substr(8);
  return true;
}

bool parse_tick_layout_key(std::string_view key, std::uint32_t& number) {
  return parse_small_number_key(key, kTickLayoutPrefix, number);
}

bool parse_head_host_key(std::string_view key, std::uint32_t& number) {
  return parse_small_number_key(key, kHeadHostPrefix, number);
}

bool parse_metric_log_key(std::string_view key, std::uint64_t& entry) {
  if (key.size() != 8) return false;
  entry = ByteReader(key).be64();
  return true;
}

bool parse_block_key(std::string_view key, BlockKey& block) {
  ByteReader in(key);
  block.kind = static_cast<BlockKind>(in.u8());
  block.cluster = in.be32();
  block.host = in.be32();
  block.metric = in.be32();
  block.start = unordered(in.be64());
  block.timestep = static_cast<std::int32_t>(in.be32());
  return in.complete() && (block.kind == BlockKind::rollup || block.kind == BlockKind::raw);
}

std::string describe_key(Family family, std::string_view key) {
  std::int64_t id = 0;
  if ((family == Family::jobs || family == Family::rows) && parse_job_key(key, id)) {
    return fmt::format("{}/{}", family_name(family), id);
  }
  std::string text(family_name(family));
  text += '/';
  for (const char c : key) {
    if (c >= ' ' && c < 127 && c != '\\') {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

}  // namespace jobledger::storage
