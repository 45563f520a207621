// SPDX-License-Identifier: MIT
#include "archive/job_folder.h"

#include "archive/entries.h"
#include "archive/job_path.h"

#include <fcntl.h>

#include <cerrno>

namespace jobledger::archive {

Result<Fd> open_job_folder(const std::filesystem::path& root, const schema::NaturalKey& key) {
  TRY(check_cluster_name(key.cluster));
  Fd folder(::open((root / key.cluster).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return errno_error("open", errno);
  const auto inside = std::filesystem::path(job_path(key)).lexically_relative(key.cluster);
  for (const auto& part : inside) {
    TRY(folder, open_directory_at(folder.get(), part.c_str()));
  }
  return folder;
}

}  // namespace jobledger::archive
