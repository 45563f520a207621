// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/json_view.h"
#include "fake_daemon.h"
#include "report_fixture.h"

#include <doctest/doctest.h>

using namespace jobledger;
using namespace jobledger::cli;

namespace {

bool asks(const FakeDaemon::Request& request, std::string_view what) {
  return request.body.find(what) != std::string::npos;
}

std::string recorded(const FakeDaemon::Request& request) {
  if (asks(request, "jobMetrics")) return std::string(kMetricsAnswer);
  if (asks(request, "clusters")) return std::string(kHardwareAnswer);
  return asks(request, "jobs(") ? std::string(kJobsAnswer) : std::string();
}

JobOptions of_job(std::int64_t id) {
  JobOptions options;
  options.selection.job_id = id;
  options.ascii = true;
  return options;
}

}  // namespace

TEST_CASE("a report is made from four answers") {
  FakeDaemon daemon(recorded);
  int status = -1;
  const auto text = printed_by([&] { status = report_job(daemon.client(), of_job(7)); });
  CHECK(status == kExitDone);
  CHECK(text.starts_with("Job 7 on big: si?m\n"));
  CHECK(text.find("1 of its 2 accelerators is idle") != std::string::npos);
  const auto requests = daemon.requests();
  REQUIRE(requests.size() == 4);
  CHECK(requests[0].line == "POST /query HTTP/1.1");
  CHECK(asks(requests[0], R"("jobId":{"eq":"7"})"));
  CHECK(asks(requests[2], "jobMetricNotes"));
  CHECK(asks(requests[3], R"("id":"42")"));
  CHECK(asks(requests[3], R"("metrics":["cpu_user","mem_used","acc_utilization","ipc"])"));
  CHECK(asks(requests[3], R"("resolution":3)"));  // 600 s in 240 points
}

TEST_CASE("programs get JSON") {
  FakeDaemon daemon(recorded);
  JobOptions options = of_job(7);
  options.json = true;
  const auto text = printed_by([&] { CHECK(report_job(daemon.client(), options) == kExitDone); });
  auto document = parse_answer(text);
  REQUIRE(document);
  CHECK(at(*document, "jobs").size() == 1);
}

TEST_CASE("a job that is not known is status 1, an absent daemon 3") {
  FakeDaemon daemon([](const auto&) { return R"({"data":{"jobs":{"count":0,"items":[]}}})"; });
  const auto text =
      printed_by([&] { CHECK(report_job(daemon.client(), of_job(7)) == kExitFailed); });
  CHECK(text.empty());
  const HttpClient nobody({*at_url("http://127.0.0.1:1")});
  CHECK(report_job(nobody, of_job(7)) == kExitUnreachable);
}

TEST_CASE("when metrics cannot be had the facts are told, with status 1") {
  FakeDaemon daemon([](const FakeDaemon::Request& request) {
    return asks(request, "jobMetrics") ? R"({"errors":[{"message":"no source answers"}]})"
                                       : recorded(request);
  });
  const auto text =
      printed_by([&] { CHECK(report_job(daemon.client(), of_job(7)) == kExitFailed); });
  CHECK(text.find("user          eve") != std::string::npos);
  CHECK(text.find("metrics       no source answers") != std::string::npos);
}

TEST_CASE("a cluster that is not configured has facts only") {
  FakeDaemon daemon([](const FakeDaemon::Request& request) {
    return asks(request, "clusters {") ? R"({"data":{"clusters":[]}})" : recorded(request);
  });
  const auto text =
      printed_by([&] { CHECK(report_job(daemon.client(), of_job(7)) == kExitFailed); });
  CHECK(text.find("does not know this cluster's hardware") != std::string::npos);
  CHECK(daemon.requests().size() == 3);  // no metrics were asked for
}
