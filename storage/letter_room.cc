// SPDX-License-Identifier: MIT
#include "storage/letter_room.h"

#include "storage/bytes.h"

#include <fmt/format.h>

namespace jobledger::storage {
namespace {

constexpr std::uint8_t kRoomVersion = 1;

// Without the reserve.
std::uint64_t general_part(const Config& config, std::uint64_t whole) {
  return whole - whole / 100 * config.dead_letter_reserve -
         whole % 100 * config.dead_letter_reserve / 100;
}

LetterRoom general_room(const Config& config) {
  return {general_part(config, config.max_dead_letters),
          general_part(config, config.max_dead_letter_total_bytes)};
}

bool fits(const LetterRoom& taken, std::uint64_t bytes, const LetterRoom& limit) {
  return taken.letters < limit.letters && taken.bytes + bytes <= limit.bytes;
}

}  // namespace

std::string letter_group(const DeadLetter& letter, bool with_subject) {
  return fmt::format("{}{} {}", letter.of_known_cluster ? '+' : '-', letter.kind,
                     with_subject ? letter.subject : "");
}

bool has_room(const Config& config, const LetterRoom& group, const LetterRoom& all,
              bool of_known_cluster, std::uint64_t bytes) {
  const LetterRoom whole{config.max_dead_letters, config.max_dead_letter_total_bytes};
  const LetterRoom one{config.max_dead_letters_per_group, config.max_dead_letter_group_bytes};
  return fits(group, bytes, one) &&
         fits(all, bytes, of_known_cluster ? whole : general_room(config));
}

bool is_reserve_touched(const Config& config, const LetterRoom& all) {
  const LetterRoom general = general_room(config);
  return all.letters > general.letters || all.bytes > general.bytes;
}

std::string encode_letter_room(const LetterRoom& room) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kRoomVersion);
  out.varint(room.letters);
  out.varint(room.bytes);
  return bytes;
}

Result<LetterRoom> decode_letter_room(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kRoomVersion) in.fail();
  LetterRoom room;
  room.letters = in.varint();
  room.bytes = in.varint();
  if (!in.complete()) return Error{ErrorKind::corrupt, "room of dead letters: not well formed"};
  return room;
}

}  // namespace jobledger::storage
