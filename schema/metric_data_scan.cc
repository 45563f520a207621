// SPDX-License-Identifier: MIT
#include "schema/metric_data_scan.h"

#include "schema/json_fields.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace jobledger::schema {
namespace {

// Powers of ten that are exact as doubles.
constexpr std::array<double, 16> kTens = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr std::uint64_t kExact = std::uint64_t{1} << 53;  // whole numbers below are exact
constexpr std::ptrdiff_t kSafeDigits = 18;                // fit 64 bits

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Every function is false when the text is not of the expected form.
class Scanner {
 public:
  explicit Scanner(std::string_view json) : at_(json.data()), end_(json.data() + json.size()) {}

  bool document(MetricData& out) {
    if (!members([&](std::string_view name) { return metric(out.metrics.emplace_back(), name); }))
      return false;
    sort_last_wins(out.metrics, [](const auto& entry) -> std::string_view { return entry.name; });
    return true;
  }

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  bool take(char wanted) {
    if (at_ == end_ || *at_ != wanted) skip_space();
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  // An object; `read(name)` reads the value.
  template <class Read>
  bool members(Read read) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view name;
      if (!text(name) || !take(':') || !read(name)) return false;
    } while (take(','));
    return take('}');
  }
  // An object whose members are among `names`, each at most once; `read(place in names)`.
  template <std::size_t N, class Read>
  bool members(const std::array<std::string_view, N>& names, Read read) {
    std::uint32_t seen = 0;
    return members([&](std::string_view name) {
      for (std::size_t i = 0; i < N; ++i) {
        if (names[i] != name) continue;
        const std::uint32_t bit = 1u << i;
        return (std::exchange(seen, seen | bit) & bit) == 0 && read(i);
      }
      return false;
    });
  }
  template <class Read>
  bool elements(Read read) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!read()) return false;
    } while (take(','));
    return take(']');
  }

  bool text(std::string_view& out) {
    if (!take('"')) return false;
    const char* const begin = at_;
    for (; at_ != end_ && *at_ != '"'; ++at_)
      if (*at_ < ' ' || *at_ == '\\') return false;  // bytes beyond ASCII are negative
    if (at_ == end_) return false;
    out = {begin, at_};
    ++at_;
    return true;
  }
  bool text(std::string& out) {
    std::string_view view;
    if (!text(view)) return false;
    out = view;
    return true;
  }

  bool number(double& out);
  bool rare_number(const char* begin, double& out);
  template <class Real>
  bool samples(std::vector<Real>& out);

  bool metric(MetricSamples& out, std::string_view name);
  bool scope(ScopedMetric& out);
  bool unit(Unit& out);
  template <class Integer>
  bool whole_number(Integer& out);
  bool series(Series& out);
  bool statistics(SeriesStatistics& out);
  bool statistics_series(StatisticsSeries& out);

  const char* at_;
  const char* const end_;
  std::size_t expected_ = 0;  // samples of the next list: as many as the last one had
};

// Digits with a point at most, as nearly all numbers are: the quotient of two exact numbers.
bool Scanner::number(double& out) {
  skip_space();
  const char* const begin = at_;
  const bool negative = at_ != end_ && *at_ == '-';
  const char* p = at_ + (negative ? 1 : 0);
  const char* const digits = p;
  std::uint64_t value = 0;
  for (; p != end_ && is_digit(*p); ++p) value = value * 10 + static_cast<std::uint64_t>(*p - '0');
  const std::ptrdiff_t whole = p - digits;
  if (whole == 0 || (whole > 1 && *digits == '0')) return false;
  std::ptrdiff_t decimals = 0;
  if (p != end_ && *p == '.') {
    const char* const point = ++p;
    for (; p != end_ && is_digit(*p); ++p)
      value = value * 10 + static_cast<std::uint64_t>(*p - '0');
    decimals = p - point;
    if (decimals == 0) return false;
  }
  const bool plain = p == end_ || (*p != 'e' && *p != 'E');
  if (!plain || whole + decimals > kSafeDigits || value >= kExact ||
      decimals >= static_cast<std::ptrdiff_t>(kTens.size()))
    return rare_number(begin, out);
  const double magnitude =
      decimals == 0 ? static_cast<double>(value)
                    : static_cast<double>(value) / kTens[static_cast<std::size_t>(decimals)];
  // A whole number has no negative zero.
  out = negative && (value != 0 || decimals > 0) ? -magnitude : magnitude;
  at_ = p;
  return true;
}

// `begin`: a number whose whole part is right.
bool Scanner::rare_number(const char* begin, double& out) {
  const char* p = begin;
  while (p != end_ &&
         (is_digit(*p) || *p == '-' || *p == '+' || *p == '.' || *p == 'e' || *p == 'E'))
    ++p;
  if (!is_digit(*(p - 1))) return false;
  const auto [last, status] = std::from_chars(begin, p, out);
  if (status != std::errc() || last != p || !std::isfinite(out)) return false;
  at_ = p;
  return true;
}

template <class Real>
bool Scanner::samples(std::vector<Real>& out) {
  constexpr std::string_view kNull = "null";
  constexpr double kLargest = std::numeric_limits<Real>::max();
  out.reserve(expected_);
  const bool read = elements([&] {
    double sample = std::numeric_limits<double>::quiet_NaN();
    skip_space();
    if (at_ != end_ && *at_ == 'n') {
      if (!std::string_view(at_, end_).starts_with(kNull)) return false;
      at_ += kNull.size();
    } else if (!number(sample)) {
      return false;
    }
    out.push_back(std::abs(sample) <= kLargest ? static_cast<Real>(sample)
                                               : std::numeric_limits<Real>::quiet_NaN());
    return true;
  });
  if (out.size() < out.capacity() / 2) out.shrink_to_fit();
  expected_ = out.size();
  return read;
}

bool Scanner::metric(MetricSamples& out, std::string_view name) {
  out.name = name;
  const bool read = members([&](std::string_view key) {
    const auto known = parse_metric_scope(key);
    if (!known) return false;
    ScopedMetric& scoped = out.scopes.emplace_back();
    scoped.scope = *known;
    return scope(scoped);
  });
  sort_last_wins(out.scopes, [](const ScopedMetric& entry) { return to_string(entry.scope); });
  return read;
}

bool Scanner::scope(ScopedMetric& out) {
  static constexpr std::array<std::string_view, 5> kNames = {"unit", "timestep", "series",
                                                             "statisticsSeries", "startTime"};
  const bool read = members(kNames, [&](std::size_t member) {
    switch (member) {
      case 0:
        return unit(out.unit);
      case 1:
        return whole_number(out.timestep);
      case 2:
        return elements([&] { return series(out.series.emplace_back()); });
      case 3:
        return statistics_series(out.statistics_series.emplace());
      default:
        return whole_number(out.start_time.emplace());
    }
  });
  return read && out.timestep >= 1;
}

bool Scanner::unit(Unit& out) {
  static constexpr std::array<std::string_view, 2> kNames = {"base", "prefix"};
  return members(kNames,
                 [&](std::size_t member) { return text(member == 0 ? out.base : out.prefix); });
}

template <class Integer>
bool Scanner::whole_number(Integer& out) {
  double value = 0;
  skip_space();
  const char* const begin = at_;
  if (!number(value)) return false;
  const auto [last, status] = std::from_chars(begin, at_, out);
  return status == std::errc() && last == at_;
}

bool Scanner::series(Series& out) {
  static constexpr std::array<std::string_view, 4> kNames = {"hostname", "id", "statistics",
                                                             "data"};
  return members(kNames, [&](std::size_t member) {
    switch (member) {
      case 0:
        return text(out.hostname);
      case 1:
        return text(out.id.emplace());
      case 2:
        return statistics(out.statistics);
      default:
        return samples(out.data);
    }
  });
}

bool Scanner::statistics(SeriesStatistics& out) {
  static constexpr std::array<std::string_view, 3> kNames = {"min", "avg", "max"};
  return members(kNames, [&](std::size_t member) {
    return number(member == 0 ? out.min : member == 1 ? out.avg : out.max);
  });
}

bool Scanner::statistics_series(StatisticsSeries& out) {
  static constexpr std::array<std::string_view, 4> kNames = {"mean", "median", "min", "max"};
  return members(kNames, [&](std::size_t member) {
    switch (member) {
      case 0:
        return samples(out.mean.emplace());
      case 1:
        return samples(out.median.emplace());
      case 2:
        return samples(out.min.emplace());
      default:
        return samples(out.max.emplace());
    }
  });
}

}  // namespace

std::optional<MetricData> scan_metric_data(std::string_view json) {
  MetricData data;
  if (!Scanner(json).document(data)) return std::nullopt;
  return data;
}

}  // namespace jobledger::schema
