// SPDX-License-Identifier: MIT
// What the database writes is for the service and its group: files 0640 in folders 0750, whatever
// the umask is.
//
// Executor: any.
#pragma once

#include <rocksdb/file_system.h>

#include <filesystem>
#include <memory>

namespace jobledger::storage {

// As `base`, but each file that is made gets those permissions.
std::shared_ptr<rocksdb::FileSystem> with_private_files(std::shared_ptr<rocksdb::FileSystem> base);

// The folder, those in it and their files. What is not ours to change is left, and logged.
void make_private(const std::filesystem::path& folder);

}  // namespace jobledger::storage
