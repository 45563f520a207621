// SPDX-License-Identifier: MIT
// Ties a key to a struct member by the member's type: how it is read, checked and shown.
#pragma once

#include "daemon/config_keys.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace jobledger::daemon {

inline constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB, kTiB = kMiB * kMiB;
inline constexpr std::uint64_t kSecond = 1000, kHour = 3600 * kSecond, kDay = 24 * kHour;

// Inclusive; of a duration in milliseconds, of a size in bytes.
struct Bounds {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::int64_t>::max();
};

// Each gives the value, or sets `refused`.
struct Refusal {
  std::optional<std::string> why;
};
std::string read_text(const Given& given, Refusal& refusal);
std::vector<std::string> read_texts(const Given& given, Refusal& refusal);  // one counts as a list
std::vector<std::string> read_texts_or_none(const Given& given, Refusal& refusal);
bool read_bool(const Given& given, Refusal& refusal);
std::uint64_t read_count(const Given& given, Bounds bounds, Refusal& refusal);
std::uint64_t read_size(const Given& given, Bounds bounds, Refusal& refusal);
std::uint64_t read_milliseconds(const Given& given, Bounds bounds, std::uint64_t step,
                                Refusal& refusal);

std::string show_text(std::string_view text);
std::string show_texts(const std::vector<std::string>& texts);
std::string show_bool(bool value);
std::string show_count(std::uint64_t count);
std::string show_size(std::uint64_t bytes);
std::string show_milliseconds(std::uint64_t milliseconds);

// `member`: Root& -> the member, by reference. `read`: (Given, Refusal&) -> its new value.
template <class Root = Settings, class Member, class Read, class Show>
BasicKey<Root> bind_key(std::string_view path, Member member, Read read, Show show,
                        std::string_view help) {
  return {path,
          [member, read](Root& root, const Given& given) {
            Refusal refusal;
            auto value = read(given, refusal);
            if (!refusal.why) member(root) = std::move(value);
            return refusal.why;
          },
          [member, show](const Root& root) { return show(member(const_cast<Root&>(root))); }, help};
}

template <class Root, class Member>
using MemberType = std::remove_cvref_t<std::invoke_result_t<Member, Root&>>;

template <class Root = Settings, class Member>
BasicKey<Root> text(std::string_view path, Member member, std::string_view help) {
  using T = MemberType<Root, Member>;  // string or path
  return bind_key<Root>(
      path, member, [](const Given& given, Refusal& r) { return T(read_text(given, r)); },
      [](const T& value) { return show_text(std::filesystem::path(value).native()); }, help);
}

template <class Root = Settings, class Member>
BasicKey<Root> texts(std::string_view path, Member member, std::string_view help) {
  return bind_key<Root>(path, member, read_texts, show_texts, help);
}

// A list that may be empty.
template <class Root = Settings, class Member>
BasicKey<Root> texts_or_none(std::string_view path, Member member, std::string_view help) {
  return bind_key<Root>(path, member, read_texts_or_none, show_texts, help);
}

template <class Root = Settings, class Member>
BasicKey<Root> flag(std::string_view path, Member member, std::string_view help) {
  return bind_key<Root>(path, member, read_bool, show_bool, help);
}

template <class Root = Settings, class Member>
BasicKey<Root> count(std::string_view path, Member member, Bounds bounds, std::string_view help) {
  using T = MemberType<Root, Member>;
  bounds.most = std::min(bounds.most, static_cast<std::uint64_t>(std::numeric_limits<T>::max()));
  return bind_key<Root>(
      path, member,
      [bounds](const Given& given, Refusal& r) {
        return static_cast<T>(read_count(given, bounds, r));
      },
      [](T value) { return show_count(static_cast<std::uint64_t>(value)); }, help);
}

template <class Root = Settings, class Member>
BasicKey<Root> size(std::string_view path, Member member, Bounds bounds, std::string_view help) {
  using T = MemberType<Root, Member>;
  return bind_key<Root>(
      path, member,
      [bounds](const Given& given, Refusal& r) {
        return static_cast<T>(read_size(given, bounds, r));
      },
      [](T value) { return show_size(static_cast<std::uint64_t>(value)); }, help);
}

template <class Root = Settings, class Member>
BasicKey<Root> duration(std::string_view path, Member member, Bounds bounds,
                        std::string_view help) {
  using T = MemberType<Root, Member>;
  constexpr auto step =
      static_cast<std::uint64_t>(std::chrono::milliseconds(T(1)).count());  // 1 ms, or 1 s
  return bind_key<Root>(
      path, member,
      [bounds](const Given& given, Refusal& r) {
        return T(static_cast<typename T::rep>(read_milliseconds(given, bounds, step, r) / step));
      },
      [](T value) {
        return show_milliseconds(
            static_cast<std::uint64_t>(std::chrono::milliseconds(value).count()));
      },
      help);
}

// A whole number of seconds in the struct, a duration in the file.
template <class Root = Settings, class Member>
BasicKey<Root> seconds(std::string_view path, Member member, Bounds bounds, std::string_view help) {
  using T = MemberType<Root, Member>;
  return bind_key<Root>(
      path, member,
      [bounds](const Given& given, Refusal& r) {
        return static_cast<T>(read_milliseconds(given, bounds, 1000, r) / 1000);
      },
      [](T value) { return show_milliseconds(static_cast<std::uint64_t>(value) * 1000); }, help);
}

// A list of records. `list`: Settings& -> the vector, by reference.
template <class Record, class List>
Key records(std::string_view path, List list, const std::vector<BasicKey<Record>>& members,
            std::string_view help) {
  auto keys = std::make_shared<RecordKeys>();
  keys->add = [list](Settings& settings) { list(settings).emplace_back(); };
  keys->count = [list](const Settings& settings) {
    return list(const_cast<Settings&>(settings)).size();
  };
  for (const BasicKey<Record>& member : members) {
    keys->members.push_back(
        {member.path,
         [list, read = member.read](Settings& settings, std::size_t record, const Given& given) {
           return read(list(settings).at(record), given);
         },
         [list, show = member.show](const Settings& settings, std::size_t record) {
           return show(list(const_cast<Settings&>(settings)).at(record));
         },
         member.show(Record()), std::string(member.help)});
  }
  return {path, nullptr, nullptr, help, std::move(keys)};
}

}  // namespace jobledger::daemon
