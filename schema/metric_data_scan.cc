// SPDX-License-Identifier: MIT
#include "schema/metric_data_scan.h"

#include "base/ascii.h"
#include "schema/json_fields.h"
#include "schema/json_scan.h"
#include "schema/metric_data_stream.h"

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

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = utf8_sequence(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

// Of a text that comes piece by piece so much is there from the beginning of each member and
// element on, unless it is the end: texts and numbers are shorter.
constexpr std::ptrdiff_t kAhead = 32 << 10;
constexpr std::size_t kRoom = 256u << 10;

// The part of a text that is in memory.
class TextWindow {
 public:
  explicit TextWindow(const MoreText& more) : more_(more), room_(kRoom) {}

  // What is left from `at` on, and what comes behind it.
  Result<std::string_view> refill(std::string_view left) {
    std::copy(left.begin(), left.end(), room_.begin());
    std::size_t size = left.size();
    while (!ended_ && size < room_.size()) {
      TRY(const std::size_t got, more_(std::span(room_).subspan(size)));
      size += got;
      ended_ = got == 0;
    }
    return std::string_view(room_.data(), size);
  }
  bool ended() const { return ended_; }

 private:
  const MoreText& more_;
  std::vector<char> room_;
  bool ended_ = false;
};

// Who wants series one by one instead of all of them in the end.
struct SeriesReceiver {
  MetricDataVisitor& visitor;
  std::size_t max_samples = 0;  // of one series
  DataOutline found = {};       // in the order of the file
  std::size_t scopes = 0;       // so far
};

// Every function is false when the text is not of the expected form.
class SampleScanner {
 public:
  explicit SampleScanner(std::string_view json)
      : at_(json.data()), end_(json.data() + json.size()) {}
  SampleScanner(TextWindow& window, SeriesReceiver& receiver)
      : window_(&window), receiver_(&receiver) {
    (void)refill();
  }

  // What else than the form was wrong.
  const std::optional<Error>& failure() const { return failure_; }

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
      if (!look_ahead() || !text(name) || !take(':') || !read(name)) return false;
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
      if (!look_ahead() || !read()) return false;
    } while (take(','));
    return take(']');
  }

  // Before each member and element; views of the text before it are void then.
  bool look_ahead() {
    return window_ == nullptr || end_ - at_ >= kAhead || window_->ended() || refill();
  }
  bool refill();

  bool text(std::string_view& out) {
    if (!take('"')) return false;
    const char* const begin = at_;
    bool ascii = true;  // bytes beyond it are negative
    for (; at_ != end_ && *at_ != '"'; ++at_) {
      if (*at_ == '\\' || (*at_ >= 0 && *at_ < ' ')) return false;
      ascii = ascii && *at_ >= 0;
    }
    if (at_ == end_) return false;
    out = {begin, at_};
    if (!ascii && (window_ == nullptr || !is_utf8(out))) return false;
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
  bool members_of_scope(ScopedMetric& out);
  bool one_series(ScopedMetric& out);
  bool fail_by_length();
  bool unit(Unit& out);
  template <class Integer>
  bool whole_number(Integer& out);
  bool series(Series& out);
  bool statistics(SeriesStatistics& out);
  bool statistics_series(StatisticsSeries& out);

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  TextWindow* const window_ = nullptr;
  SeriesReceiver* const receiver_ = nullptr;
  bool wanted_ = true;  // samples of the present scope
  std::optional<Error> failure_;
  std::size_t samples_ = 0;   // of the last list
  std::size_t expected_ = 0;  // ... of the next one: as many
};

// Digits with a point at most, as nearly all numbers are: the quotient of two exact numbers.
bool SampleScanner::number(double& out) {
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
bool SampleScanner::rare_number(const char* begin, double& out) {
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

bool SampleScanner::refill() {
  auto text = window_->refill({at_, end_});
  if (!text) {
    failure_ = std::move(text).error();
    return false;
  }
  at_ = text->data();
  end_ = text->data() + text->size();
  return true;
}

template <class Real>
bool SampleScanner::samples(std::vector<Real>& out) {
  constexpr std::string_view kNull = "null";
  constexpr double kLargest = std::numeric_limits<Real>::max();
  if (wanted_)
    out.reserve(receiver_ != nullptr ? std::min(expected_, receiver_->max_samples) : expected_);
  std::size_t count = 0;
  const bool read = elements([&] {
    double sample = std::numeric_limits<double>::quiet_NaN();
    skip_space();
    if (at_ != end_ && *at_ == 'n') {
      if (!std::string_view(at_, end_).starts_with(kNull)) return false;
      at_ += kNull.size();
    } else if (!number(sample)) {
      return false;
    }
    ++count;
    if (!wanted_) return true;
    if (receiver_ != nullptr && count > receiver_->max_samples) return fail_by_length();
    out.push_back(std::abs(sample) <= kLargest ? static_cast<Real>(sample)
                                               : std::numeric_limits<Real>::quiet_NaN());
    return true;
  });
  if (out.size() < out.capacity() / 2) out.shrink_to_fit();
  expected_ = samples_ = count;
  return read;
}

bool SampleScanner::metric(MetricSamples& out, std::string_view name) {
  out.name = name;
  if (receiver_ != nullptr) receiver_->found.push_back({out.name, {}});
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

bool SampleScanner::scope(ScopedMetric& out) {
  if (receiver_ == nullptr) return members_of_scope(out);
  const std::size_t number = receiver_->scopes++;
  receiver_->found.back().scopes.emplace_back().number = number;
  wanted_ = receiver_->visitor.begin_scope(number);
  if (!members_of_scope(out)) return false;
  ScopeOutline& outline = receiver_->found.back().scopes.back();
  outline.statistics_series = out.statistics_series.has_value();
  if (wanted_) receiver_->visitor.end_scope(number, out);
  out.statistics_series.reset();
  outline.head = out;
  return true;
}

bool SampleScanner::members_of_scope(ScopedMetric& out) {
  static constexpr std::array<std::string_view, 5> kNames = {"unit", "timestep", "series",
                                                             "statisticsSeries", "startTime"};
  const bool read = members(kNames, [&](std::size_t member) {
    switch (member) {
      case 0:
        return unit(out.unit);
      case 1:
        return whole_number(out.timestep);
      case 2:
        return elements([&] { return one_series(out); });
      case 3:
        return statistics_series(out.statistics_series.emplace());
      default:
        return whole_number(out.start_time.emplace());
    }
  });
  return read && out.timestep >= 1;
}

bool SampleScanner::one_series(ScopedMetric& out) {
  if (receiver_ == nullptr) return series(out.series.emplace_back());
  Series one;
  samples_ = 0;
  if (!series(one)) return false;
  ScopeOutline& outline = receiver_->found.back().scopes.back();
  ++outline.series;
  outline.longest = std::max(outline.longest, samples_);
  outline.samples += samples_;
  if (wanted_) receiver_->visitor.add_series(outline.number, std::move(one));
  return true;
}

bool SampleScanner::fail_by_length() {
  failure_ = Error{ErrorKind::too_large,
                   "a series of more than " + std::to_string(receiver_->max_samples) + " samples"};
  return false;
}

bool SampleScanner::unit(Unit& out) {
  static constexpr std::array<std::string_view, 2> kNames = {"base", "prefix"};
  return members(kNames,
                 [&](std::size_t member) { return text(member == 0 ? out.base : out.prefix); });
}

template <class Integer>
bool SampleScanner::whole_number(Integer& out) {
  double value = 0;
  skip_space();
  const char* const begin = at_;
  if (!number(value)) return false;
  const auto [last, status] = std::from_chars(begin, at_, out);
  return status == std::errc() && last == at_;
}

bool SampleScanner::series(Series& out) {
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

bool SampleScanner::statistics(SeriesStatistics& out) {
  static constexpr std::array<std::string_view, 3> kNames = {"min", "avg", "max"};
  return members(kNames, [&](std::size_t member) {
    return number(member == 0 ? out.min : member == 1 ? out.avg : out.max);
  });
}

bool SampleScanner::statistics_series(StatisticsSeries& out) {
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

namespace {

// Nobody: for who wants to know what there is.
class NoSeries : public MetricDataVisitor {
 public:
  bool begin_scope(std::size_t) override { return false; }
  void add_series(std::size_t, Series) override {}
  void end_scope(std::size_t, ScopedMetric) override {}
};

Result<void> visit(const MoreText& more, SeriesReceiver& receiver) {
  TextWindow window(more);
  SampleScanner scanner(window, receiver);
  MetricData heads;
  if (scanner.document(heads)) return {};
  if (scanner.failure()) return *scanner.failure();
  return invalid("an unusual spelling, or no metric data, in a file that is too long for both");
}

}  // namespace

Result<DataOutline> read_data_outline(const MoreText& more) {
  NoSeries nobody;
  SeriesReceiver receiver{nobody};
  TRY(visit(more, receiver));
  for (MetricOutline& metric : receiver.found)
    sort_last_wins(metric.scopes, [](const auto& entry) { return to_string(entry.head.scope); });
  sort_last_wins(receiver.found, [](const auto& entry) -> std::string_view { return entry.name; });
  return std::move(receiver.found);
}

Result<void> visit_metric_data(const MoreText& more, std::size_t max_series_samples,
                               MetricDataVisitor& visitor) {
  SeriesReceiver receiver{visitor, max_series_samples};
  TRY(visit(more, receiver));
  return {};
}

std::optional<MetricData> scan_metric_data(std::string_view json) {
  MetricData data;
  if (!SampleScanner(json).document(data)) return std::nullopt;
  return data;
}

}  // namespace jobledger::schema
