// SPDX-License-Identifier: MIT
#include "storage/layout.h"

#include "storage/bytes.h"

#include <fmt/format.h>

namespace jobledger::storage {
namespace {

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

std::string origin_key(char prefix, const EventOrigin& origin) {
  std::string key(1, prefix);
  ByteWriter out(key);
  out.text(origin.stream);
  out.be64(ordered(origin.created));
  out.be64(origin.sequence);
  out.be32(origin.line);
  return key;
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

std::string node_key(std::string_view cluster, std::string_view hostname) {
  std::string key(1, kNodePrefix);
  ByteWriter(key).text(cluster);
  return key.append(hostname);
}

std::string parked_key(const EventOrigin& origin) { return origin_key(kParkedPrefix, origin); }

std::string letter_key(std::int64_t id) { return number_key(kLetterPrefix, id); }

std::string letter_origin_key(const EventOrigin& origin) {
  return origin_key(kLetterOriginPrefix, origin);
}

std::string history_key(std::int64_t time, std::string_view cluster) {
  std::string key;
  ByteWriter(key).be64(ordered(time));
  return key.append(cluster);
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
  if (key.empty() || key[0] != kParkedPrefix) return false;
  ByteReader in(key.substr(1));
  origin.stream = in.text();
  origin.created = unordered(in.be64());
  origin.sequence = in.be64();
  origin.line = in.be32();
  return in.complete();
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
