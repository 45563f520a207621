// SPDX-License-Identifier: MIT
#include "storage/jobs/job_index.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace jobledger::storage::jobs {
namespace {

// What a look-up finds of the wanted ones; others with the same hash are allowed.
std::vector<std::int64_t> found(const JobIndex& index, std::int64_t job_id, std::int64_t first,
                                std::int64_t last) {
  std::vector<std::int64_t> ids = index.find_by_job_id(job_id);
  std::erase_if(ids, [&](std::int64_t id) { return id < first || id > last; });
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST_CASE("jobs are found by scheduler id, alone or many under one, through growth") {
  JobIndex index;
  constexpr std::int64_t kJobs = 300'000;
  for (std::int64_t id = 1; id <= kJobs; ++id)
    index.put_job_id(id % 2 == 0 ? 7 : 1'000'000 + id, id);  // every second one under job id 7
  CHECK(index.find_by_job_id(7).size() == kJobs / 2);
  CHECK(index.find_by_job_id(7).front() == kJobs);
  for (std::int64_t id = 1; id <= kJobs; id += 9'998)
    CHECK(found(index, 1'000'000 + id, id, id) == std::vector<std::int64_t>{id});
  CHECK(index.find_by_job_id(-5).empty());
}

TEST_CASE("reserving first changes nothing but the work") {
  JobIndex index;
  index.reserve(1000, 1000);
  for (std::int64_t id = 1; id <= 1000; ++id) index.put_job_id(id / 10, id);
  CHECK(found(index, 50, 500, 509).size() == 10);
}

}  // namespace
}  // namespace jobledger::storage::jobs
