// SPDX-License-Identifier: MIT
// Who may have how much of the room for dead letters. Letters are of groups: one reason on one
// subject, and whether they are of clusters that we know. No group takes more than its part, and
// the last part of all is a reserve for those of known clusters: nonsense cannot crowd them out.
// Pure.
#pragma once

#include "base/result.h"
#include "storage/config.h"
#include "storage/events.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace jobledger::storage {

struct LetterRoom {
  std::uint64_t letters = 0, bytes = 0;  // bytes: of subjects, reasons and payloads

  bool operator==(const LetterRoom&) const = default;
};
using LetterRooms = std::map<std::string, LetterRoom, std::less<>>;  // by group

// Groups that are told apart; letters of further subjects share one for each reason.
constexpr std::size_t kMaxLetterGroups = 1000;
std::string letter_group(const DeadLetter& letter, bool with_subject);

// Whether one more letter of so many bytes finds room beside those of its group, and beside all.
bool has_room(const Config& config, const LetterRoom& group, const LetterRoom& all,
              bool of_known_cluster, std::uint64_t bytes);
// Letters are where only those of known clusters may be.
bool is_reserve_touched(const Config& config, const LetterRoom& all);

std::string encode_letter_room(const LetterRoom& room);
Result<LetterRoom> decode_letter_room(std::string_view bytes);

}  // namespace jobledger::storage
