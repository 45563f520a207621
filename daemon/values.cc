// SPDX-License-Identifier: MIT
#include "daemon/values.h"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace jobledger::daemon {
namespace {

constexpr std::int64_t kMaxMilliseconds = 1000LL * 86400 * 365 * 1000;  // a thousand years

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 5> kTimeUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 9> kSizeUnits{{{"TiB", 1ull << 40},
                                          {"TB", 1'000'000'000'000},
                                          {"GiB", 1ull << 30},
                                          {"GB", 1'000'000'000},
                                          {"MiB", 1ull << 20},
                                          {"MB", 1'000'000},
                                          {"KiB", 1ull << 10},
                                          {"kB", 1000},
                                          {"B", 1}}};

// The number at the front, taken off the text.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && (text[n] < '0' || text[n] > '9')) ++n;
  const auto letters = text.substr(0, n);
  text.remove_prefix(n);
  return letters;
}

template <std::size_t N>
std::optional<std::uint64_t> factor_of(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto refuse = [text] {
    return invalid(fmt::format(
        "expected a duration such as 90s, 5m, 1h30m or 7d (units d, h, m, s, ms), found \"{}\"",
        text));
  };
  if (text.empty()) return refuse();
  std::uint64_t total = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto number = take_number(rest);
    const auto factor = number ? factor_of(kTimeUnits, take_letters(rest)) : std::nullopt;
    if (!factor) return refuse();
    std::uint64_t part = 0;
    if (__builtin_mul_overflow(*number, *factor, &part) ||
        __builtin_add_overflow(total, part, &total) || total > kMaxMilliseconds) {
      return invalid(fmt::format("\"{}\" is longer than a thousand years", text));
    }
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

std::string format_duration(std::chrono::milliseconds duration) {
  auto rest = static_cast<std::uint64_t>(duration.count());
  std::string out;
  for (const Unit& unit : kTimeUnits) {
    if (rest < unit.factor) continue;
    out += fmt::format("{}{}", rest / unit.factor, unit.name);
    rest %= unit.factor;
  }
  return out.empty() ? "0s" : out;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const auto factor = number ? factor_of(kSizeUnits, rest) : std::nullopt;
  if (!factor) {
    return invalid(fmt::format(
        "expected a size such as 512MiB or 64MB (units B, kB, MB, GB, TB, KiB, MiB, GiB, TiB), "
        "found \"{}\"",
        text));
  }
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(*number, *factor, &bytes)) {
    return invalid(fmt::format("\"{}\" is too large", text));
  }
  return bytes;
}

std::string format_size(std::uint64_t bytes) {
  for (const Unit& unit : kSizeUnits) {
    if (bytes != 0 && bytes % unit.factor == 0) {
      return fmt::format("{}{}", bytes / unit.factor, unit.name);
    }
  }
  return "0B";
}

Result<Listen> parse_listen(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return invalid(
        fmt::format("expected ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, found \"{}\" ({})",
                    text, why));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse("no port");
  std::string_view host = text.substr(0, colon), port = text.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) {
    return refuse("IPv6 addresses stand in brackets");
  }
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error) return refuse("not a numeric address");
  Listen out{std::string(host), 0, address.is_loopback()};
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (failed != std::errc{} || end != port.data() + port.size()) {
    return refuse("the port is a number from 0 to 65535");
  }
  return out;
}

}  // namespace jobledger::daemon
