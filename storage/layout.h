// SPDX-License-Identifier: MIT
// Where everything lies in RocksDB: column families and keys. The values are in record_codec.h,
// row_codec.h and event_codec.h; docs/formats.md, "Storage", is the specification of both.
//
//   state        small key spaces, told apart by their first byte; read whole at start
//   jobs         id -> full record
//   rows         id -> table row
//   dead_letters 'l' id -> letter
//   node_history time, cluster -> all nodes of one report
//   metric_log   entry -> samples that are not sealed yet
//   state_copy   all of state once more (state_copy.h)
//   metrics_<date>  sealed blocks of the windows that begin on that day (UTC): one family a day,
//                dropped whole
#pragma once

#include "storage/events.h"
#include "storage/jobs/row.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jobledger::storage {

enum class Family : std::uint8_t {
  state,
  jobs,
  rows,
  dead_letters,
  node_history,
  metric_log,
  state_copy
};
constexpr int kFamilyCount = 7;
// `state` is RocksDB's "default", which always exists.
std::string_view family_name(Family family);

// First bytes of the keys of `state`.
constexpr char kMetaPrefix = 'm';
constexpr char kDictionaryPrefix = 'd';
constexpr char kTagPrefix = 't';
constexpr char kPositionPrefix = 'p';
constexpr char kClockPrefix = 'c';
constexpr char kNodePrefix = 'n';
constexpr char kLetterRoomPrefix = 'q';
constexpr char kParkedPrefix = 's';
constexpr char kMarkPrefix = 'k';
constexpr char kTickLayoutPrefix = 'y';
constexpr char kHeadHostPrefix = 'h';
constexpr char kLetterOriginPrefix = 'o';  // which dead letters there are
constexpr char kDamagePrefix = 'x';
// Of `dead_letters`.
constexpr char kLetterPrefix = 'l';

constexpr std::string_view kFormatKey = "mformat";
constexpr std::string_view kCountersKey = "mcounters";
constexpr std::string_view kHeadCountersKey = "mhead";

std::string job_key(std::int64_t id);  // of `jobs` and `rows`
std::string dictionary_key(jobs::Dictionary dictionary, jobs::StringId number);
std::string tag_key(std::int64_t id);
std::string position_key(std::string_view stream);
std::string clock_key(std::string_view stream);
std::string node_key(std::string_view cluster, std::string_view hostname);
std::string parked_key(const EventOrigin& origin);
std::string mark_key(std::string_view stream, std::uint64_t sequence);
std::string letter_room_key(std::string_view group);
std::string letter_key(std::int64_t id);
std::string letter_origin_key(const EventOrigin& origin);
std::string damage_key(std::int64_t id);
std::string history_key(std::int64_t time, std::string_view cluster);
std::string tick_layout_key(std::uint32_t number);
std::string head_host_key(std::uint32_t number);
std::string metric_log_key(std::uint64_t entry);

// Sealed blocks of metrics, in the family of their day.
enum class BlockKind : char { rollup = 'r', raw = 'w' };
struct BlockKey {
  BlockKind kind = BlockKind::rollup;
  jobs::StringId cluster = 0, host = 0, metric = 0;
  std::int64_t start = 0;     // of the window: its first slot's, epoch seconds
  std::int32_t timestep = 0;  // of its samples: settings may change it
};
std::string block_key(const BlockKey& key);
// The day of a time, from 1970-01-01 on, and its family's name; nullopt: not such a name.
std::int64_t period_of(std::int64_t time);
std::string period_name(std::int64_t period);
std::optional<std::int64_t> parse_period_name(std::string_view name);

// False when the key is not of that shape.
bool parse_job_key(std::string_view key, std::int64_t& id);
bool parse_dictionary_key(std::string_view key, jobs::Dictionary& dictionary,
                          jobs::StringId& number);
bool parse_tag_key(std::string_view key, std::int64_t& id);
bool parse_parked_key(std::string_view key, EventOrigin& origin);
bool parse_mark_key(std::string_view key, std::string_view& stream, std::uint64_t& sequence);
bool parse_letter_origin_key(std::string_view key, EventOrigin& origin);
bool parse_damage_key(std::string_view key, std::int64_t& id);
bool parse_letter_key(std::string_view key, std::int64_t& id);
bool parse_history_key(std::string_view key, std::int64_t& time, std::string_view& cluster);
bool parse_tick_layout_key(std::string_view key, std::uint32_t& number);
bool parse_head_host_key(std::string_view key, std::uint32_t& number);
bool parse_metric_log_key(std::string_view key, std::uint64_t& entry);
bool parse_block_key(std::string_view key, BlockKey& block);

// For messages: prefix and numbers readable, other bytes escaped.
std::string describe_key(Family family, std::string_view key);

}  // namespace jobledger::storage
