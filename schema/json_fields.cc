// SPDX-License-Identifier: MIT
#include "schema/json_fields.h"

#include "schema/member_names.h"

namespace jobledger::schema {
namespace {

constexpr std::size_t kMaxUnknownBytes = 64;

constexpr std::string_view kUnitNames[] = {"base", "prefix"};
constexpr MemberNames kUnitMembers(kUnitNames);

}  // namespace

Result<void> read_field(JsonValue value, bool& out) {
  if (value.is_null()) return {};
  TRY(out, value.as_bool());
  return {};
}

Result<void> read_field(JsonValue value, std::int32_t& out) {
  if (value.is_null()) return {};
  TRY(out, value.as_int32());
  return {};
}

Result<void> read_field(JsonValue value, std::int64_t& out) {
  if (value.is_null()) return {};
  TRY(out, value.as_int64());
  return {};
}

Result<void> read_field(JsonValue value, double& out) {
  if (value.is_null()) return {};
  TRY(out, value.as_double());
  return {};
}

Result<void> read_field(JsonValue value, std::string& out) {
  if (value.is_null()) return {};
  TRY(out, value.as_string());
  return {};
}

Result<void> read_field(JsonValue value, std::vector<std::int32_t>& out) {
  out.clear();
  if (value.is_null()) return {};
  out.reserve(value.size());
  return value.each_element([&out](std::size_t, JsonValue element) -> Result<void> {
    return read_field(element, out.emplace_back());
  });
}

Result<void> read_field(JsonValue value, std::vector<std::string>& out) {
  out.clear();
  if (value.is_null()) return {};
  out.reserve(value.size());
  return value.each_element([&out](std::size_t, JsonValue element) -> Result<void> {
    return read_field(element, out.emplace_back());
  });
}

Result<void> read_field(JsonValue value, Unit& out) {
  if (value.is_null()) return {};
  return value.each_member([&out](std::string_view name, JsonValue member) -> Result<void> {
    switch (kUnitMembers.find(name)) {
      case 0:
        return read_field(member, out.base);
      case 1:
        return read_field(member, out.prefix);
      default:
        return {};
    }
  });
}

Result<void> read_time(JsonValue value, std::int64_t& out) {
  std::int64_t seconds = out;
  TRY(read_field(value, seconds));
  if (seconds < 0 || seconds > kLastSecond)
    return invalid(fmt::format("expected epoch seconds from 0 to {}, found {}", kLastSecond,
                               value.describe()));
  out = seconds;
  return {};
}

Result<void> read_amount(JsonValue value, std::int64_t& out) {
  std::int64_t amount = out;
  TRY(read_field(value, amount));
  if (amount < -kLargestAmount || amount > kLargestAmount)
    return invalid(
        fmt::format("expected at most {} either way, found {}", kLargestAmount, value.describe()));
  out = amount;
  return {};
}

Result<void> LeftOut::drop(std::string_view name, Result<void> read) const {
  if (read || dropped == nullptr) return read;
  const std::string& wrong = read.error().detail;
  const bool has_path = wrong.starts_with('.') || wrong.starts_with('[');
  note_dropped(*dropped, name, fmt::format("{}{}{}", name, has_path ? "" : ": ", wrong));
  return {};
}

void note_dropped(DroppedMembers& dropped, std::string_view name, std::string example) {
  auto known = std::find_if(dropped.begin(), dropped.end(),
                            [name](const DroppedMember& member) { return member.name == name; });
  if (known == dropped.end()) {
    known = dropped.insert(known, DroppedMember{std::string(name), 0, {}});
  }
  ++known->count;
  known->example = std::move(example);
}

void note_unknown(UnknownMembers* unknown, std::string_view prefix, std::string_view name) {
  if (unknown == nullptr || unknown->size() >= kMaxUnknownNames) return;
  std::string full(prefix);
  full += name.substr(0, kMaxUnknownBytes);
  full.resize(std::min(full.size(), kMaxUnknownBytes));
  if (std::find(unknown->begin(), unknown->end(), full) == unknown->end())
    unknown->push_back(std::move(full));
}

}  // namespace jobledger::schema
