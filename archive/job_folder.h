// SPDX-License-Identifier: MIT
// The folder of a job in the tree, opened. Executor: any thread that may read the disk.
#pragma once

#include "base/file.h"
#include "base/result.h"
#include "schema/job.h"

#include <filesystem>
#include <string_view>

namespace jobledger::archive {

// The cluster's folder may be a link, as clusters may lie on other disks; below it nothing may.
Result<Fd> open_job_folder(const std::filesystem::path& root, const schema::NaturalKey& key);

// A folder by its path below the opened root, "cluster/...", in the same way.
Result<Fd> open_archive_folder(int root, std::string_view path);

}  // namespace jobledger::archive
