// SPDX-License-Identifier: MIT
// Events recorded from a real Slurm with the field's adapter. Skipped where there are none.
#include "schema/cluster.h"
#include "test/ingest/support.h"
#include "test/schema/archive_files.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace jobledger::ingest {
namespace {

using schema::JobState;

// The cluster that the recorded events are of.
ClustersNow recorded_clusters(const std::filesystem::path& folder) {
  auto cluster = schema::parse_cluster(test::file_text(folder / "cluster.json"));
  REQUIRE_MESSAGE(cluster.has_value(), cluster.error().detail);
  const auto clusters =
      std::make_shared<const schema::Clusters>(std::vector<schema::Cluster>{*std::move(cluster)});
  return [clusters] { return clusters; };
}

// One message a line, taken by the log at the time that its line says.
std::vector<LogEntry> recorded_log(const std::filesystem::path& file) {
  std::vector<LogEntry> log;
  const std::string text = test::file_text(file);
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    const std::string line = text.substr(from, end - from);
    const std::size_t stamp = line.rfind(' ');
    log.push_back({line, std::stoll(line.substr(stamp + 1)) / 1'000'000'000});
    from = end + 1;
  }
  return log;
}

TEST_CASE("a job that was requeued has two runs") {
  const std::filesystem::path folder = test::slurm_files();
  if (folder.empty()) return;
  Bench bench({}, {}, recorded_clusters(folder));
  const std::vector<LogEntry> log = recorded_log(folder / "requeue.events");
  for (int times = 0; times < 2; ++times) {
    bench.apply(log);
    const auto jobs = bench.jobs();
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].resources[0].hostname == "f2");
    CHECK(jobs[0].duration == 22);
    CHECK(jobs[0].state == JobState::preempted);
    CHECK(jobs[0].meta("schedulerState") == "pending");
    CHECK(jobs[1].resources[0].hostname == "f1");
    CHECK(jobs[1].duration == 41);
    CHECK(jobs[1].state == JobState::completed);
    CHECK(bench.letters().empty());
    CHECK(bench.parked() == 0);
  }
}

TEST_CASE("a job that was requeued, held and cancelled has one run") {
  const std::filesystem::path folder = test::slurm_files();
  if (folder.empty()) return;
  RulesConfig rules;
  Bench bench(rules, {}, recorded_clusters(folder));
  std::vector<LogEntry> log = recorded_log(folder / "requeuehold.events");
  bench.apply(log);
  // Something else, when the limit has passed.
  LogEntry later = recorded_log(folder / "requeue.events").front();
  later.time = log.back().time + rules.park_limit + 1;
  const Tally tally = bench.apply({later, later});
  CHECK(tally.parked_dropped == 1);
  const auto jobs = bench.jobs();
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[1].job_id == 42);
  CHECK(jobs[1].duration == 16);
  CHECK(jobs[1].state == JobState::preempted);
  CHECK(bench.parked() == 0);
  CHECK(bench.letters().empty());
}

}  // namespace
}  // namespace jobledger::ingest
