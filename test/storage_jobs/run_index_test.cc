// SPDX-License-Identifier: MIT
#include "storage/jobs/run_index.h"

#include "storage/jobs/table.h"
#include "test/seed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>
#include <vector>

namespace jobledger::storage::jobs {
namespace {

using schema::JobState;

// Runs of few scheduler ids on few clusters, one at a time for each start.
class Runs {
 public:
  explicit Runs(std::mt19937_64& random) : random_(random) {}

  // A new run, or another state of a known one.
  JobSummary next() {
    JobSummary run;
    run.job_id = static_cast<std::int64_t>(1 + random_() % 3);
    run.cluster = static_cast<StringId>(random_() % 2);
    run.start_time = static_cast<std::int64_t>(random_() % 200);
    const JobState states[] = {JobState::running, JobState::completed, JobState::timeout};
    run.state = states[random_() % 3];
    const auto [known, is_new] = runs_.try_emplace({run.job_id, run.cluster, run.start_time}, run);
    run.id = is_new ? static_cast<std::int64_t>(runs_.size()) : known->second.id;
    known->second = run;
    return run;
  }

  RunQuery query() {
    RunQuery query{static_cast<std::int64_t>(1 + random_() % 4),
                   static_cast<RunKind>(random_() % kRunKindCount)};
    if (random_() % 2 == 0) query.since = static_cast<std::int64_t>(random_() % 200);
    if (random_() % 2 == 0) query.until = static_cast<std::int64_t>(random_() % 200);
    if (random_() % 2 == 0) query.cluster = static_cast<StringId>(random_() % 3);
    return query;
  }

  // Numbers by cluster, newest first, at most so many of each cluster.
  std::vector<std::int64_t> expected(const RunQuery& query, std::size_t limit) const {
    std::vector<JobSummary> found;
    for (const auto& [key, run] : runs_) {
      if (run.job_id == query.job_id && is_of_kind(run, query.kind) &&
          run.start_time >= query.since && run.start_time <= query.until &&
          (!query.cluster || *query.cluster == run.cluster)) {
        found.push_back(run);
      }
    }
    std::sort(found.begin(), found.end(), [](const JobSummary& a, const JobSummary& b) {
      return std::tie(a.cluster, b.start_time) < std::tie(b.cluster, a.start_time);
    });
    std::vector<std::int64_t> ids;
    std::map<StringId, std::size_t> taken;
    for (const JobSummary& run : found) {
      if (taken[run.cluster]++ < limit) ids.push_back(run.id);
    }
    return ids;
  }

 private:
  std::mt19937_64& random_;
  std::map<std::tuple<std::int64_t, StringId, std::int64_t>, JobSummary> runs_;
};

template <class Source>
std::vector<std::int64_t> visited(const Source& source, std::size_t limit) {
  std::vector<std::int64_t> ids;
  std::map<StringId, std::size_t> taken;
  source([&](const JobSummary& run) {
    ids.push_back(run.id);
    return ++taken[run.cluster] < limit;
  });
  return ids;
}

Row row_of(const JobSummary& run) {
  Row row;
  row.id = run.id;
  row.revision = 1;
  row.job_id = run.job_id;
  row.start_time = run.start_time;
  row.state = run.state;
  row.cluster = run.cluster;
  return row;
}

TEST_CASE("runs are found as by looking at all of them, be they few or many") {
  const std::uint64_t used = test::test_seed();
  CAPTURE(used);
  std::mt19937_64 random(used);
  Runs runs(random);
  RunIndex index;
  Table table;
  for (const char* cluster : {"a", "b", "c"})
    table.dictionaries().intern(Dictionary::cluster, cluster);
  for (int step = 0; step < 1500; ++step) {
    const JobSummary run = runs.next();
    index.put(run);
    Row row = row_of(run);
    row.revision = static_cast<std::uint32_t>(step + 1);
    table.apply({&row, 1});
    const RunQuery query = runs.query();
    const std::size_t limit = 1 + random() % 20;
    const auto expected = runs.expected(query, limit);
    CHECK(visited([&](const VisitRun& visit) { index.visit(query, visit); }, limit) == expected);
    CHECK(visited([&](const VisitRun& visit) { table.visit_runs(query, visit); }, limit) ==
          expected);
  }
}

TEST_CASE("of many runs no more are looked at than asked for") {
  RunIndex index;
  for (std::int64_t n = 1; n <= 5000; ++n) {
    index.put({n, 7, n * 10, 5, n % 2 == 0 ? JobState::completed : JobState::running, 0});
  }
  std::size_t looks = 0;
  index.visit({7, RunKind::running, INT64_MIN, 30'000}, [&](const JobSummary& run) {
    ++looks;
    CHECK(run.id == 2999);
    return false;
  });
  CHECK(looks == 1);
}

}  // namespace
}  // namespace jobledger::storage::jobs
