// SPDX-License-Identifier: MIT
#include "archive/job_folder.h"

#include "archive/entries.h"
#include "archive/job_path.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace jobledger::archive {

Result<Fd> open_archive_folder(int root, std::string_view path) {
  Fd folder;
  while (!path.empty()) {
    const std::string part(path.substr(0, path.find('/')));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (folder) {
      TRY(folder, open_directory_at(folder.get(), part.c_str()));
      continue;
    }
    folder = Fd(::openat(root, part.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return errno_error("open folder", errno);
  }
  return folder;
}

Result<Fd> open_job_folder(const std::filesystem::path& root, const schema::NaturalKey& key) {
  TRY(check_cluster_name(key.cluster));
  const Fd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return errno_error("open folder", errno);
  return open_archive_folder(folder.get(), job_path(key));
}

}  // namespace jobledger::archive
