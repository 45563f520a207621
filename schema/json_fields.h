// SPDX-License-Identifier: MIT
// What the decoders of this folder share: reading one member into one field. `null` leaves a scalar
// as it is and clears a list; everything else of the wrong type or range is an error.
#pragma once

#include "base/result.h"
#include "schema/job_json.h"
#include "schema/json_read.h"
#include "schema/unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::schema {

// The last second of the year 9999: beyond it a time has no text form (RFC 3339).
constexpr std::int64_t kLastSecond = 253402300799;
// Integers up to here are exact as doubles, and sums of a few do not overflow.
constexpr std::int64_t kLargestAmount = std::int64_t{1} << 53;

Result<void> read_field(JsonValue value, bool& out);
Result<void> read_field(JsonValue value, std::int32_t& out);
Result<void> read_field(JsonValue value, std::int64_t& out);
Result<void> read_field(JsonValue value, double& out);
Result<void> read_field(JsonValue value, std::string& out);
Result<void> read_field(JsonValue value, std::vector<std::int32_t>& out);
Result<void> read_field(JsonValue value, std::vector<std::string>& out);
Result<void> read_field(JsonValue value, Unit& out);
// Epoch seconds, 0 to kLastSecond.
Result<void> read_time(JsonValue value, std::int64_t& out);
// -kLargestAmount to kLargestAmount.
Result<void> read_amount(JsonValue value, std::int64_t& out);

// A text of a closed set; empty counts as absent.
template <class Enum>
Result<void> read_choice(JsonValue value, std::optional<Enum> (*parse)(std::string_view),
                         std::string_view what, Enum& out) {
  if (value.is_null()) return {};
  TRY(const std::string_view text, value.as_string());
  if (text.empty()) return {};
  const std::optional<Enum> known = parse(text);
  if (!known) return invalid(fmt::format("not a valid {}: {}", what, value.describe()));
  out = *known;
  return {};
}

// What a decoder does with members that it cannot use.
struct LeftOut {
  UnknownMembers* unknown = nullptr;
  DroppedMembers* dropped = nullptr;  // null: they refuse the document

  bool is_kind() const { return dropped != nullptr; }
  // What became of reading that member: an error is noted and forgotten, if we are kind.
  Result<void> drop(std::string_view name, Result<void> read) const;
};

// A list, each element read by read(value, element). One of no use is left out, if we are kind.
template <class Element, class Read>
Result<void> read_list(JsonValue value, std::vector<Element>& list, LeftOut out,
                       std::string_view name, Read read) {
  list.clear();
  if (value.is_null()) return {};
  list.reserve(value.size());
  return value.each_element([&](std::size_t, JsonValue member) -> Result<void> {
    Element element{};
    Result<void> done = read(member, element);
    if (!done) return out.drop(name, std::move(done));
    list.push_back(std::move(element));
    return {};
  });
}

// Sorts by name; of repetitions the last one stays.
template <class Entry, class Name>
void sort_last_wins(std::vector<Entry>& entries, Name name) {
  const auto less = [name](const Entry& a, const Entry& b) { return name(a) < name(b); };
  const auto unordered = [name](const Entry& a, const Entry& b) { return !(name(a) < name(b)); };
  if (std::adjacent_find(entries.begin(), entries.end(), unordered) == entries.end()) return;
  std::stable_sort(entries.begin(), entries.end(), less);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i + 1 < entries.size() && name(entries[i]) == name(entries[i + 1])) continue;
    if (kept != i) entries[kept] = std::move(entries[i]);
    ++kept;
  }
  entries.resize(kept);
}

// Collects ignored members; `prefix` is the path of records inside the document, "resources.".
void note_unknown(UnknownMembers* unknown, std::string_view prefix, std::string_view name);

}  // namespace jobledger::schema
