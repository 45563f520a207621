// SPDX-License-Identifier: MIT
#include "archive/import_index.h"

#include "archive/job_path.h"

#include <algorithm>
#include <tuple>

namespace jobledger::archive {

std::optional<std::int64_t> find_job(const storage::Update& update, const schema::NaturalKey& key) {
  const storage::jobs::RunQuery same{key.job_id, storage::jobs::RunKind::any, key.start_time,
                                     key.start_time};
  const auto known = update.find_runs(same, key.cluster, 1);
  if (known.empty()) return std::nullopt;
  return known.front().id;
}

bool is_same_job(schema::Job a, schema::Job b) {
  for (schema::Job* job : {&a, &b}) {
    job->id = 0;
    for (schema::Tag& tag : job->tags) tag.id = 0;
    const auto key = [](const schema::Tag& tag) { return std::tie(tag.type, tag.name, tag.scope); };
    std::sort(job->tags.begin(), job->tags.end(),
              [&](const schema::Tag& x, const schema::Tag& y) { return key(x) < key(y); });
    job->tags.erase(std::unique(job->tags.begin(), job->tags.end()), job->tags.end());
  }
  return a == b;
}

ImportCounts add_jobs(storage::Update& update, std::vector<schema::Job> jobs,
                      ProblemCount& skipped) {
  ImportCounts counts;
  for (schema::Job& job : jobs) {
    const schema::NaturalKey key{job.cluster, job.job_id, job.start_time};
    const auto id = find_job(update, key);
    if (!id) {
      auto added = update.add_job(std::move(job));
      if (added)
        ++counts.imported;
      else
        skipped.add(job_path(key), "index: " + added.error().detail);
      continue;
    }
    auto known = update.get_job(*id);
    if (!known)
      skipped.add(job_path(key), "index: " + known.error().detail);
    else if (is_same_job(*std::move(known), job))
      ++counts.unchanged;
    else
      skipped.add(job_path(key), "already there, with other contents");
  }
  return counts;
}

}  // namespace jobledger::archive
