// SPDX-License-Identifier: MIT
// Series that are sent no more.
#include "storage/metrics/seen_days.h"
#include "test/storage_metrics/filled_head.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace jobledger::storage::metrics {
namespace {

// One tick a day, each sealed the day after.
void live_on(Filled& head, const std::vector<const char*>& ids, int from_day, int to_day) {
  for (int day = from_day; day < to_day; ++day) {
    std::vector<Filled::Item> items;
    for (const char* id : ids) items.push_back({"n1", "ipc", id, kTime + day * kDaySeconds, 1});
    head.put(items);
    const HostTicks now = head.host();
    const std::int64_t end = now.ticks.back()->slot;
    head.begin();
    CHECK(head.edit->seal({0, end, {now.ticks.begin(), now.first_from(end)}}));
    head.commit();
  }
}

TEST_CASE("series that are not seen for the retention give their room back") {
  Filled head;
  head.config.retention = std::chrono::hours(72);
  head.config.max_series_per_host = 3;
  live_on(head, {"0", "1"}, 0, 2);
  head.put({{"n1", "load", "", kTime + kDaySeconds, 1}});
  CHECK(head.put({{"n1", "ipc", "2", kTime + kDaySeconds, 1}}).refused_series == 1);
  live_on(head, {"0"}, 2, 6);
  CHECK(head.head.view->series == 3);  // not yet
  live_on(head, {"0"}, 6, 9);
  CHECK(head.head.view->series == 1);
  CHECK(head.host().layout->columns() == 1);
  CHECK(head.host().last_seen.size() == 1);
  CHECK(head.host().ticks.back()->layout == head.host().layout);
  CHECK(head.host().bytes() == head.head.view->bytes);
  CHECK(same(*head.load().view->hosts[0], head.host()));
  // There is room again, also for one that was dropped.
  CHECK(head.put({{"n1", "ipc", "1", kTime + 9 * kDaySeconds, 5},
                  {"n1", "ipc", "3", kTime + 9 * kDaySeconds, 6}})
            .stored == 2);
  CHECK(head.head.view->series == 3);
}

TEST_CASE("a series that came back and is not sealed yet stays") {
  Filled head;
  head.config.retention = std::chrono::hours(24);
  live_on(head, {"0", "1"}, 0, 2);
  live_on(head, {"0"}, 2, 4);
  const std::int64_t back = kTime + 20 * kDaySeconds;
  head.put({{"n1", "ipc", "0", back, 1}});
  head.put({{"n1", "ipc", "1", back + 60, 7}});
  const HostTicks now = head.host();
  head.begin();
  CHECK(head.edit->seal({0, now.ticks.back()->slot, {now.ticks.begin(), now.ticks.end() - 1}}));
  head.commit();
  CHECK(head.head.view->series == 2);
  CHECK(head.host().ticks.back()->values.at(1) == 7);
}

TEST_CASE("ticks of the log that have a column that was dropped come back without it") {
  Filled head;
  head.config.retention = std::chrono::hours(24);
  live_on(head, {"0", "1"}, 0, 2);
  head.put({{"n1", "ipc", "0", kTime + 9 * kDaySeconds, 3}});  // with an empty column for 1
  const HostTicks now = head.host();
  const std::int64_t end = now.ticks.back()->slot;
  REQUIRE(now.ticks.size() == 2);
  head.begin();
  CHECK(head.edit->seal({0, end, {now.ticks.begin(), now.first_from(end)}}));
  head.commit();
  REQUIRE(head.host().layout->columns() == 1);
  head.put({{"n1", "ipc", "5", kTime + 9 * kDaySeconds + 60, 4}});  // as wide as before, but other
  const Head loaded = head.load();
  const HostTicks& host = *loaded.view->hosts[0];
  REQUIRE(host.ticks.size() == 2);
  CHECK(host.ticks[0]->values.at(0) == 3);
  CHECK(host.ticks[1]->values.at(1) == 4);
  for (const TickPtr& tick : host.ticks) CHECK(is_within(*tick->layout, *host.layout));
}

TEST_CASE("a record of before there were days counts its series as seen") {
  Filled head;
  head.put({{"n1", "ipc", "0", kTime, 1}, {"n1", "ipc", "1", kTime, 2}});
  std::string record = head.records[0];
  record[0] = 1;
  record.erase(4, 1);                // whether a sub-cluster has the host
  record.resize(record.size() - 5);  // the day in three bytes, and two columns
  const auto host = decode_host(0, record, head.head.layouts);
  REQUIRE(host.has_value());
  CHECK(*host->seen_days == SeenDays{day_of(kTime), day_of(kTime)});
}

TEST_CASE("a record that does not say whether a sub-cluster has the host counts it as listed") {
  Filled head;
  head.put({{"n1", "ipc", "0", kTime, 1}});
  std::string record = head.records[0];
  record[0] = 2;
  record.erase(4, 1);
  const auto host = decode_host(0, record, head.head.layouts);
  REQUIRE(host.has_value());
  CHECK(host->listed);
  CHECK(host->shift == head.host().shift);
  CHECK(*host->seen_days == *head.host().seen_days);
}

}  // namespace
}  // namespace jobledger::storage::metrics
