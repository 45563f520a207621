// SPDX-License-Identifier: MIT
#include "sources/failure_log.h"

#include <doctest/doctest.h>

namespace jobledger::sources {
namespace {

MetricAnswer answer(std::vector<std::string> metrics, std::vector<ReadFailure> failures) {
  MetricAnswer out;
  for (std::string& name : metrics) out.data.metrics.push_back({std::move(name), {}});
  out.failures = std::move(failures);
  return out;
}

bool counted(Telemetry& telemetry, int n) {
  return telemetry.text().find("jobledger_metric_read_failures_total " + std::to_string(n) +
                               "\n") != std::string::npos;
}

TEST_CASE("what there is is accepted, and what is missing counted") {
  Telemetry telemetry;
  FailureLog log(telemetry);
  const auto all = log.accept(answer({"load"}, {}), "job 1");
  REQUIRE(all);
  CHECK(all->metrics.size() == 1);
  CHECK(counted(telemetry, 0));
  const auto some =
      log.accept(answer({"load"}, {{"power", "n1", "torn"}, {"", "n2", "gone"}}), "job 1");
  CHECK(some.has_value());
  CHECK(counted(telemetry, 2));
  log.note("job 2", "no such file");
  CHECK(counted(telemetry, 3));
}

TEST_CASE("nothing at all is an error only when something failed") {
  Telemetry telemetry;
  FailureLog log(telemetry);
  CHECK(log.accept(answer({}, {}), "job 1").has_value());
  const auto nothing = log.accept(answer({}, {{"power", "n1", "torn"}}), "job 1");
  REQUIRE(!nothing);
  CHECK(nothing.error().kind == ErrorKind::unavailable);
  CHECK(nothing.error().detail.find("power of n1: torn") != std::string::npos);
  const auto stopped = log.accept(Error{ErrorKind::cancelled, "stopped"}, "job 1");
  REQUIRE(!stopped);
  CHECK(stopped.error().kind == ErrorKind::cancelled);
}

}  // namespace
}  // namespace jobledger::sources
