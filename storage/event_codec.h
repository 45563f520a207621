// SPDX-License-Identifier: MIT
// Everything stored besides jobs, as bytes (docs/formats.md, "Storage"): tags, stream positions,
// counters, node states and their history, parked stops, dead letters. Every value begins with its
// version. Decoders answer `corrupt`; what the key says is passed in. Pure; any thread.
#pragma once

#include "base/result.h"
#include "schema/job.h"
#include "storage/events.h"
#include "storage/jobs/dictionaries.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage {

// Numbers that only grow, and counts that would be costly to take.
struct Counters {
  std::int64_t next_job = 1, next_tag = 1, next_dead_letter = 1;
  std::uint64_t dead_letters = 0;          // stored now
  std::uint64_t dead_letters_dropped = 0;  // beyond the limit, ever
  std::uint64_t commits = 0;               // batches written
  std::uint64_t dead_letter_bytes = 0;     // subjects, reasons and payloads of those stored now

  bool operator==(const Counters&) const = default;
};
std::string encode_counters(const Counters& counters);
Result<Counters> decode_counters(std::string_view bytes);

std::string encode_tag(const schema::Tag& tag);
Result<schema::Tag> decode_tag(std::int64_t id, std::string_view bytes);

std::string encode_position(const StreamPosition& position);
Result<StreamPosition> decode_position(std::string_view stream, std::string_view bytes);

std::string encode_mark(const StreamMark& mark);
Result<StreamMark> decode_mark(std::uint64_t sequence, std::string_view bytes);

// Cluster and hostname again, as the key gives them only together.
std::string encode_node(const NodeState& node);
Result<NodeState> decode_node(std::string_view bytes);

// All nodes of one report, sorted by hostname; texts as dictionary numbers.
std::string encode_report(const std::vector<NodeState>& nodes, jobs::Dictionaries& dictionaries);
Result<std::vector<NodeState>> decode_report(std::string_view cluster, std::int64_t time,
                                             std::string_view bytes,
                                             const jobs::Dictionaries& dictionaries);

std::string encode_parked(const ParkedStop& parked);
Result<ParkedStop> decode_parked(const EventOrigin& origin, std::string_view bytes);

std::string encode_letter(const DeadLetter& letter);
Result<DeadLetter> decode_letter(std::int64_t id, std::string_view bytes);

// Of its texts, which are what its size is counted by.
std::uint64_t text_bytes(const DeadLetter& letter);

std::string encode_letter_id(std::int64_t id);
Result<std::int64_t> decode_letter_id(std::string_view bytes);

}  // namespace jobledger::storage
