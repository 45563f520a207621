// SPDX-License-Identifier: MIT
// Jobs to store and a store that can be opened again.
#pragma once

#include "base/file.h"
#include "storage/database.h"
#include "storage/store.h"
#include "test/hex.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage {

// A running job of two whole nodes.
schema::Job simple_job(std::int64_t job_id, std::int64_t start_time = 1'700'000'000,
                       std::string cluster = "fritz");
// Every member set to something, or absent, by chance; tags without numbers.
schema::Job random_job(std::mt19937_64& random);

// Small buffers, so that flushes and compactions happen.
Config small_config(const std::filesystem::path& path);

// A store in a fresh folder.
class TestStore {
 public:
  TestStore() { reopen(); }
  explicit TestStore(DatabaseHooks hooks) : hooks_(std::move(hooks)) { reopen(); }

  void reopen();
  void close() { store_.reset(); }
  Result<void> try_open();
  Store* operator->() const { return store_.get(); }
  Store& operator*() const { return *store_; }
  Config& config() { return config_; }

  // Commits at once and answers the number.
  std::int64_t add(schema::Job job);
  // Through update: get, change, replace, commit.
  template <class Change>
  void change(std::int64_t id, Change change) {
    Update update = store_->begin_update();
    auto job = update.get_job(id);
    require(job.has_value());
    change(*job);
    require(update.replace_job(*std::move(job)).has_value());
    require(store_->commit(update).has_value());
  }
  schema::Job read(std::int64_t id) const;
  std::vector<std::int64_t> due() const;

 private:
  static void require(bool ok);

  TemporaryDirectory directory_;
  Config config_ = small_config(directory_.path() / "db");
  DatabaseHooks hooks_;
  std::unique_ptr<Store> store_;
};

}  // namespace jobledger::storage
