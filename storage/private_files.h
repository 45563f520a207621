// SPDX-License-Identifier: MIT
// What the database writes is for the service and its group: files 0640 in folders 0750, whatever
// the umask is.
//
// Executor: any.
#pragma once

#include <rocksdb/env.h>

#include <filesystem>
#include <memory>

namespace jobledger::storage {

// As `base`, which outlives it, but each file that is made gets those permissions.
std::unique_ptr<rocksdb::Env> make_private_env(rocksdb::Env* base);

// The folder, those in it and their files. What is not ours to change is left, and logged.
void make_private(const std::filesystem::path& folder);

}  // namespace jobledger::storage
