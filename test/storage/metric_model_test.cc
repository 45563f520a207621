// SPDX-License-Identifier: MIT
// Random samples, early, late, twice and not at all; windows sealed, samples read, the store opened
// again: what is read is what the model says.
#include "test/storage/metric_world.h"

#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

namespace jobledger::storage::test {
namespace {

using schema::MetricScope;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr std::int64_t kModelBegin = 1'700'000'040;  // a multiple of 120

std::uint64_t seed() {
  const char* set = std::getenv("JOBLEDGER_SEED");
  return set != nullptr ? std::strtoull(set, nullptr, 10) : 20261125;
}

// What one host can measure of a metric.
std::vector<std::pair<std::string, std::string>> elements_of(const std::string& metric) {
  const auto numbered = [](const std::string& type, int count) {
    std::vector<std::pair<std::string, std::string>> all;
    for (int i = 0; i < count; ++i) all.emplace_back(type, std::to_string(i));
    return all;
  };
  if (metric == "flops" || metric == "ipc" || metric == "odd") return numbered("hwthread", 8);
  if (metric == "bw") return numbered("socket", 2);
  if (metric == "power") return {{"accelerator", "00:01.0"}, {"accelerator", "00:02.0"}};
  return {{"", ""}};
}

// Ticks of a host are at kModelBegin + n * timestep + phase, give or take a jitter.
class Model {
 public:
  explicit Model(std::uint64_t s) : random_(s) {
    for (int h = 1; h <= 3; ++h) phases_["m" + std::to_string(h)] = pick(0, 59);
  }

  std::int64_t pick(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random_);
  }
  bool chance(int percent) { return pick(1, 100) <= percent; }

  // What the hosts send for one tick; some of it now, some of it later, some of it twice.
  std::vector<Measured> tick(std::int64_t n) {
    std::vector<Measured> out;
    for (const auto& [host, phase] : phases_) {
      if (chance(5)) continue;  // the host is silent
      const std::int64_t jitter = pick(0, 6);
      for (const char* metric : {"load", "flops", "ipc", "bw", "odd", "power", "slow"}) {
        if (timestep_of(metric) == 120 && n % 2 != 0) continue;
        for (const auto& [type, id] : elements_of(metric)) {
          if (chance(4)) continue;
          out.push_back(
              {host, metric, type, id, "", "", time_of(metric, n, phase) + jitter, value()});
        }
      }
    }
    if (chance(30)) std::shuffle(out.begin(), out.end(), random_);
    for (std::size_t i = 0; i < out.size() && chance(60); ++i) {
      Measured again = out[static_cast<std::size_t>(pick(0, std::ssize(out) - 1))];
      if (chance(50)) again.value = value();
      out.push_back(std::move(again));
    }
    return out;
  }

  void know(const Measured& s) {
    const std::int64_t step = timestep_of(s.metric);
    const std::int64_t n = (s.time - kModelBegin - phases_.at(s.hostname)) / step;
    values_[{s.hostname, s.metric}][s.type + (s.id.empty() ? "" : " " + s.id)][n] = s.value;
  }

  // Ticks [from, to) of each element that has one.
  std::map<std::string, Points> elements(const std::string& host, const std::string& metric,
                                         std::int64_t from, std::int64_t to) const {
    std::map<std::string, Points> out;
    const auto found = values_.find({host, metric});
    if (found == values_.end()) return out;
    for (const auto& [element, ticks] : found->second) {
      Points points(static_cast<std::size_t>(to - from), kMissing);
      bool any = false;
      for (auto at = ticks.lower_bound(from); at != ticks.end() && at->first < to; ++at) {
        points[static_cast<std::size_t>(at->first - from)] = at->second;
        any = true;
      }
      if (any) out[element] = std::move(points);
    }
    return out;
  }

  // Just before the first of the ticks.
  TimeRange range(const std::string& host, const std::string& metric, std::int64_t from,
                  std::int64_t to) const {
    const std::int32_t step = timestep_of(metric);
    const std::int64_t begin = kModelBegin + phases_.at(host) - 10;
    return {begin + from * step, begin + to * step, step};
  }

  std::mt19937_64& random() { return random_; }
  const std::map<std::string, std::int64_t>& hosts() const { return phases_; }

 private:
  std::int64_t time_of(const std::string& metric, std::int64_t n, std::int64_t phase) const {
    const std::int64_t step = timestep_of(metric);
    return kModelBegin + (step == 120 ? n / 2 : n) * step + phase;
  }
  float value() {
    if (chance(20)) return static_cast<float>(pick(0, 3));
    if (chance(30)) return static_cast<float>(pick(-100000, 100000)) / 100;
    return std::bit_cast<float>(static_cast<std::uint32_t>(pick(0x3f000000, 0x42ffffff)));
  }

  std::mt19937_64 random_;
  std::map<std::string, std::int64_t> phases_;
  std::map<std::pair<std::string, std::string>,
           std::map<std::string, std::map<std::int64_t, float>>>
      values_;
};

// The aggregate of some elements, by hand.
Points aggregate(const std::map<std::string, Points>& elements, const std::vector<std::string>& of,
                 bool mean) {
  Points out;
  for (const std::string& name : of) {
    const auto found = elements.find(name);
    if (found == elements.end()) continue;
    if (out.empty()) out.assign(found->second.size(), kMissing);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    double sum = 0;
    int count = 0;
    for (const std::string& name : of) {
      const auto found = elements.find(name);
      if (found == elements.end() || std::isnan(found->second[i])) continue;
      sum += double{found->second[i]};
      ++count;
    }
    if (count > 0) out[i] = static_cast<float>(mean ? sum / count : sum);
  }
  return out;
}

bool near(const Points& a, const Points& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) != std::isnan(b[i])) return false;
    if (!std::isnan(a[i]) && std::abs(a[i] - b[i]) > 1e-5F * (1 + std::abs(a[i]))) return false;
  }
  return true;
}

struct Group {
  MetricScope scope;
  std::uint32_t index;
  std::vector<std::string> of;
};

std::vector<Group> groups_of(const std::string& metric) {
  std::vector<std::string> all;
  for (const auto& [type, id] : elements_of(metric)) {
    all.push_back(type + (id.empty() ? "" : " " + id));
  }
  std::vector<Group> groups;
  if (metric != "odd") groups.push_back({MetricScope::node, 0, all});
  if (metric == "bw") {
    groups.push_back({MetricScope::socket, 0, {"socket 0"}});
    groups.push_back({MetricScope::socket, 1, {"socket 1"}});
  }
  if (metric == "flops" || metric == "ipc") {
    const auto threads = [](std::vector<int> numbers) {
      std::vector<std::string> names;
      for (const int n : numbers) names.push_back("hwthread " + std::to_string(n));
      return names;
    };
    groups.push_back({MetricScope::socket, 0, threads({0, 1, 4, 5})});
    groups.push_back({MetricScope::socket, 1, threads({2, 3, 6, 7})});
    for (int d = 0; d < 4; ++d) {
      groups.push_back(
          {MetricScope::memory_domain, static_cast<std::uint32_t>(d), threads({d, d + 4})});
    }
  }
  return groups;
}

void compare(const Store& store, const Model& model, const std::string& host,
             const std::string& metric, std::int64_t from, std::int64_t to) {
  CAPTURE(host);
  CAPTURE(metric);
  CAPTURE(from);
  CAPTURE(to);
  const TimeRange range = model.range(host, metric, from, to);
  const auto expected = model.elements(host, metric, from, to);
  const auto read = read_elements(store, host, metric, range);
  REQUIRE(read.size() == expected.size());
  for (const auto& [element, points] : expected) {
    REQUIRE(read.contains(element));
    REQUIRE_MESSAGE(
        same(read.at(element), points),
        fmt::format("{}\n  read {}\n  sent {}", element, print(read.at(element)), print(points)));
  }
  const bool mean = metric == "ipc" || metric == "load" || metric == "slow";
  for (const Group& group : groups_of(metric)) {
    CAPTURE(group.index);
    const Points by_hand = aggregate(expected, group.of, mean);
    const bool any =
        std::any_of(by_hand.begin(), by_hand.end(), [](float v) { return !std::isnan(v); });
    const auto rollups = read_rollups(store, host, metric, group.scope, range);
    REQUIRE(rollups.contains(group.index) == any);
    if (!any) continue;
    const MeasuredSeries& series = rollups.at(group.index);
    REQUIRE_MESSAGE(near(series.values, by_hand),
                    fmt::format("read {}\n  sent {}", print(series.values), print(by_hand)));
  }
}

TEST_CASE("samples in any order are read back, sealed or not, before and after a restart") {
  const std::uint64_t s = seed();
  MESSAGE("JOBLEDGER_SEED=" << s);
  for (std::uint64_t round = 0; round < 4; ++round) {
    CAPTURE(round);
    Model model(s + round);
    TestStore store;
    store.config().metrics.seal_grace = std::chrono::seconds(240);
    store.reopen();
    std::vector<Measured> delayed;
    constexpr std::int64_t kTicks = 300;
    for (std::int64_t n = 0; n < kTicks; ++n) {
      std::vector<Measured> now;
      for (Measured& sample : model.tick(n)) {
        // The first of all tells the phase of the host's clock.
        if (n > 2 && model.chance(3)) {
          delayed.push_back(std::move(sample));
        } else {
          now.push_back(std::move(sample));
        }
      }
      if (model.chance(4)) now.insert(now.begin(), delayed.begin(), delayed.end()), delayed.clear();
      for (const Measured& sample : now) model.know(sample);
      put(*store, now, kModelBegin + n * 60 + 70);
      if (model.chance(10)) keep(*store, store.config().metrics);
      if (model.chance(3)) store.reopen();
      if (!model.chance(8)) continue;
      const std::string host = "m" + std::to_string(model.pick(1, 3));
      const std::int64_t from = model.pick(0, n), to = model.pick(from + 1, n + 2);
      for (const char* metric : {"load", "flops", "ipc", "bw", "odd", "power", "slow"}) {
        compare(*store, model, host, metric, from, to);
      }
    }
    keep(*store, store.config().metrics);
    store.reopen();
    for (const auto& [host, phase] : model.hosts()) {
      for (const char* metric : {"load", "flops", "ipc", "bw", "odd", "power"}) {
        compare(*store, model, host, metric, 0, kTicks);
      }
      compare(*store, model, host, "slow", 0, kTicks / 2);
    }
  }
}

}  // namespace
}  // namespace jobledger::storage::test
