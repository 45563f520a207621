// SPDX-License-Identifier: MIT
// Ties a key to a struct member by the member's type: how it is read, checked and shown.
#pragma once

#include "daemon/config_keys.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
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

// `member`: Settings& -> the member, by reference. `read`: (Given, Refusal&) -> its new value.
template <class Member, class Read, class Show>
Key bind(std::string_view path, Member member, Read read, Show show, std::string_view help) {
  return {path,
          [member, read](Settings& settings, const Given& given) {
            Refusal refusal;
            auto value = read(given, refusal);
            if (!refusal.why) member(settings) = std::move(value);
            return refusal.why;
          },
          [member, show](const Settings& settings) {
            return show(member(const_cast<Settings&>(settings)));
          },
          help};
}

template <class Member>
using MemberType = std::remove_cvref_t<std::invoke_result_t<Member, Settings&>>;

template <class Member>
Key text(std::string_view path, Member member, std::string_view help) {
  using T = MemberType<Member>;  // string or path
  return bind(
      path, member, [](const Given& given, Refusal& r) { return T(read_text(given, r)); },
      [](const T& value) { return show_text(std::filesystem::path(value).native()); }, help);
}

template <class Member>
Key texts(std::string_view path, Member member, std::string_view help) {
  return bind(path, member, read_texts, show_texts, help);
}

// A list that may be empty.
template <class Member>
Key texts_or_none(std::string_view path, Member member, std::string_view help) {
  return bind(path, member, read_texts_or_none, show_texts, help);
}

template <class Member>
Key flag(std::string_view path, Member member, std::string_view help) {
  return bind(path, member, read_bool, show_bool, help);
}

template <class Member>
Key count(std::string_view path, Member member, Bounds bounds, std::string_view help) {
  using T = MemberType<Member>;
  bounds.most = std::min(bounds.most, static_cast<std::uint64_t>(std::numeric_limits<T>::max()));
  return bind(
      path, member,
      [bounds](const Given& given, Refusal& r) {
        return static_cast<T>(read_count(given, bounds, r));
      },
      [](T value) { return show_count(static_cast<std::uint64_t>(value)); }, help);
}

template <class Member>
Key size(std::string_view path, Member member, Bounds bounds, std::string_view help) {
  using T = MemberType<Member>;
  return bind(
      path, member,
      [bounds](const Given& given, Refusal& r) {
        return static_cast<T>(read_size(given, bounds, r));
      },
      [](T value) { return show_size(static_cast<std::uint64_t>(value)); }, help);
}

template <class Member>
Key duration(std::string_view path, Member member, Bounds bounds, std::string_view help) {
  using T = MemberType<Member>;
  constexpr auto step =
      static_cast<std::uint64_t>(std::chrono::milliseconds(T(1)).count());  // 1 ms, or 1 s
  return bind(
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
template <class Member>
Key seconds(std::string_view path, Member member, Bounds bounds, std::string_view help) {
  using T = MemberType<Member>;
  return bind(
      path, member,
      [bounds](const Given& given, Refusal& r) {
        return static_cast<T>(read_milliseconds(given, bounds, 1000, r) / 1000);
      },
      [](T value) { return show_milliseconds(static_cast<std::uint64_t>(value) * 1000); }, help);
}

}  // namespace jobledger::daemon
