// SPDX-License-Identifier: MIT
#include "archive/data_cache.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>

namespace jobledger::archive {
namespace {

schema::MetricData data_of(std::size_t samples) {
  schema::Series series{"n1", {}, {}, std::vector<float>(samples, 1.5F)};
  schema::ScopedMetric metric{schema::MetricScope::node, {}, 60, {std::move(series)}, {}};
  schema::MetricData data;
  data.metrics.push_back({"load", {std::move(metric)}});
  return data;
}

TEST_CASE("decoded data is kept by number and revision, within its bytes") {
  Telemetry telemetry;
  const std::size_t one = memory_bytes(data_of(1000));
  CHECK(one > 4000);
  DataCache cache(2 * one + 100, telemetry);
  int loads = 0;
  const auto load = [&]() -> Result<schema::MetricData> {
    ++loads;
    return data_of(1000);
  };
  const auto first = cache.get({1, 1}, {}, load);
  REQUIRE(first);
  CHECK(*cache.get({1, 1}, {}, load) == *first);
  CHECK(loads == 1);
  CHECK(*cache.get({1, 2}, {}, load) != *first);  // the record changed
  CHECK(loads == 2);
  CHECK(cache.get({2, 1}, {}, load).has_value());  // no room for three
  CHECK(cache.get({1, 1}, {}, load).has_value());
  CHECK(loads == 4);
  const std::string text = telemetry.text();
  CHECK(text.find("jobledger_data_cache_reads_total{found=\"yes\"} 1") != std::string::npos);
  CHECK(text.find("jobledger_data_cache_reads_total{found=\"no\"} 4") != std::string::npos);
}

TEST_CASE("an error is told and not kept") {
  Telemetry telemetry;
  DataCache cache(1 << 20, telemetry);
  const auto failed = cache.get({1, 1}, {}, []() -> Result<schema::MetricData> {
    return Error{ErrorKind::corrupt, "torn"};
  });
  REQUIRE(!failed);
  CHECK(failed.error().kind == ErrorKind::corrupt);
  CHECK(cache.get({1, 1}, {}, [] { return Result<schema::MetricData>(data_of(1)); }).has_value());
}

TEST_CASE("who asks for what is just being decoded waits for it, or is stopped") {
  Telemetry telemetry;
  DataCache cache(1 << 20, telemetry);
  std::promise<void> decoding, go_on;
  auto may_go_on = go_on.get_future();
  std::thread decoder([&] {
    const auto data = cache.get({1, 1}, {}, [&]() -> Result<schema::MetricData> {
      decoding.set_value();
      may_go_on.wait();
      return data_of(7);
    });
    CHECK(data.has_value());
  });
  decoding.get_future().wait();
  const auto never = []() -> Result<schema::MetricData> {
    FAIL_CHECK("decoded twice");
    return schema::MetricData();
  };
  std::atomic<bool> stop = true;
  const auto stopped = cache.get({1, 1}, {&stop}, never);
  REQUIRE(!stopped);
  CHECK(stopped.error().kind == ErrorKind::cancelled);
  std::thread waiter([&] {
    const auto data = cache.get({1, 1}, {}, never);
    REQUIRE(data);
    CHECK((*data)->metrics.at(0).scopes.at(0).series.at(0).data.size() == 7);
  });
  go_on.set_value();
  decoder.join();
  waiter.join();
}

}  // namespace
}  // namespace jobledger::archive
