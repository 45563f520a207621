// SPDX-License-Identifier: MIT
#include "daemon/config_bind.h"

#include "daemon/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace jobledger::daemon {
namespace {

// What YAML readers of various ages take for something other than text.
constexpr std::array<std::string_view, 9> kNotText{"true", "false", "yes",  "no", "on",
                                                   "off",  "null",  "NULL", "~"};

bool looks_like_text(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(kNotText.begin(), kNotText.end(), lower) == kNotText.end();
}

// The one plain value, or a refusal that says what was expected.
std::string_view plain(const Given& given, std::string_view expected, Refusal& refusal) {
  if (given.is_list) {
    refusal.why = fmt::format("expected {}, found a list", expected);
    return {};
  }
  const Scalar& scalar = given.values.front();
  if (scalar.quoted) {
    refusal.why = fmt::format("expected {}, found the text \"{}\"", expected, scalar.text);
    return {};
  }
  return scalar.text;
}

std::string check_text(const Scalar& scalar, Refusal& refusal) {
  if (!scalar.quoted && !looks_like_text(scalar.text)) {
    refusal.why = fmt::format("expected text; write \"{}\" in quotes if it is meant", scalar.text);
  }
  return scalar.text;
}

std::uint64_t within(std::uint64_t value, Bounds bounds, std::string (*show)(std::uint64_t),
                     Refusal& refusal) {
  if (value < bounds.least) {
    refusal.why = fmt::format("{} is less than {}", show(value), show(bounds.least));
  } else if (value > bounds.most) {
    refusal.why = fmt::format("{} is more than {}", show(value), show(bounds.most));
  }
  return value;
}

}  // namespace

std::string read_text(const Given& given, Refusal& refusal) {
  if (given.is_list) {
    refusal.why = "expected text, found a list";
    return {};
  }
  return check_text(given.values.front(), refusal);
}

std::vector<std::string> read_texts_or_none(const Given& given, Refusal& refusal) {
  std::vector<std::string> out;
  for (const Scalar& scalar : given.values) out.push_back(check_text(scalar, refusal));
  return out;
}

std::vector<std::string> read_texts(const Given& given, Refusal& refusal) {
  std::vector<std::string> out = read_texts_or_none(given, refusal);
  if (out.empty()) refusal.why = "expected at least one value";
  return out;
}

bool read_bool(const Given& given, Refusal& refusal) {
  const auto text = plain(given, "true or false", refusal);
  if (!refusal.why && text != "true" && text != "false") {
    refusal.why = fmt::format("expected true or false, found \"{}\"", text);
  }
  return text == "true";
}

std::uint64_t read_count(const Given& given, Bounds bounds, Refusal& refusal) {
  const auto text = plain(given, "a whole number", refusal);
  if (refusal.why) return 0;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    refusal.why = fmt::format("expected a whole number, found \"{}\"", text);
    return 0;
  }
  return within(value, bounds, show_count, refusal);
}

std::uint64_t read_size(const Given& given, Bounds bounds, Refusal& refusal) {
  const auto text = read_text(given, refusal);
  if (refusal.why) return 0;
  auto value = parse_size(text);
  if (!value) {
    refusal.why = std::move(value).error().detail;
    return 0;
  }
  return within(*value, bounds, show_size, refusal);
}

std::uint64_t read_milliseconds(const Given& given, Bounds bounds, std::uint64_t step,
                                Refusal& refusal) {
  const auto text = read_text(given, refusal);
  if (refusal.why) return 0;
  auto value = parse_duration(text);
  if (!value) {
    refusal.why = std::move(value).error().detail;
    return 0;
  }
  const auto milliseconds = static_cast<std::uint64_t>(value->count());
  if (milliseconds % step != 0) refusal.why = "expected whole seconds";
  return within(milliseconds, bounds, show_milliseconds, refusal);
}

std::string show_text(std::string_view text) {
  const bool plain_text =
      !text.empty() && looks_like_text(text) &&
      text.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") ==
          std::string_view::npos &&
      text.front() != '-' && text.front() != '.';
  if (plain_text) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string show_texts(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& one : texts) {
    if (out.size() > 1) out += ", ";
    out += show_text(one);
  }
  return out + "]";
}

std::string show_bool(bool value) { return value ? "true" : "false"; }
std::string show_count(std::uint64_t count) { return fmt::format("{}", count); }
std::string show_size(std::uint64_t bytes) { return format_size(bytes); }
std::string show_milliseconds(std::uint64_t milliseconds) {
  return format_duration(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

}  // namespace jobledger::daemon
