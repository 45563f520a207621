// SPDX-License-Identifier: MIT
#include "base/telemetry.h"

#include <doctest/doctest.h>

namespace jobledger {
namespace {

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line) != std::string::npos;
}

TEST_CASE("counters, gauges and latencies appear in the text") {
  Telemetry telemetry;
  telemetry.counter("jobledger_x_total", "x", {{"kind", "a"}}).add();
  telemetry.counter("jobledger_x_total", "x", {{"kind", "a"}}).add(2);
  telemetry.latency("jobledger_query_seconds", "q").observe_seconds(0.002);
  auto depth = telemetry.gauge("jobledger_depth", "d");
  int scrapes = 0;
  telemetry.before_scrape([&] { depth.set(++scrapes * 10); });
  CHECK(has(telemetry.text(), "jobledger_depth 10"));
  const std::string text = telemetry.text();
  CHECK(has(text, "jobledger_depth 20"));
  CHECK(has(text, "jobledger_x_total{kind=\"a\"} 3"));
  CHECK(has(text, "jobledger_query_seconds_bucket{le=\"0.0025\"} 1"));
  CHECK(has(text, "jobledger_query_seconds_count 1"));
}

}  // namespace
}  // namespace jobledger
