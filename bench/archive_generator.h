// SPDX-License-Identifier: MIT
// An archive tree full of generated jobs.
#pragma once

#include "base/result.h"
#include "bench/job_generator.h"

#include <cstddef>
#include <filesystem>

namespace jobledger::bench {

// version.txt and the cluster.json of fritz and alex, as the generator's jobs need them.
Result<void> make_archive_root(const std::filesystem::path& root);

// meta.json and a data.json without metrics for each job that is not running, written by that many
// threads, not synced.
Result<void> fill_archive(const std::filesystem::path& root, const JobGenerator& jobs,
                          std::size_t threads);

}  // namespace jobledger::bench
