// SPDX-License-Identifier: MIT
// A store with something of everything, made by numbered commits; what must be in it is known.
#pragma once

#include "base/file.h"
#include "storage/store.h"
#include "test/storage/support.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace jobledger::storage::test {

// Bytes of a table file that belong together.
struct Part {
  std::string name;
  std::uint64_t from = 0, to = 0;
};
struct TableFile {
  std::string name, family;
  std::vector<Part> parts;
};

void flip(const std::filesystem::path& file, std::uint64_t bit);

class World {
 public:
  World();
  // The same contents in another place; not open.
  World(const World& other, Config config);

  const Config& config() const { return config_; }
  Store& store() { return *store_; }

  void build(std::int64_t commits);  // and closes
  void open();
  void close() { store_.reset(); }
  void go_on(std::int64_t first, std::int64_t last);
  std::int64_t position() const;
  void scrub() const;  // damage is noted
  void check() const;
  void compact();                         // all families, while it is closed; it stays closed
  std::vector<TableFile> tables() const;  // pre: closed

 private:
  void commit(std::int64_t n);
  void change_jobs(Update& update, std::int64_t n);
  void change_letters(Update& update, std::int64_t n);
  void change_stops(Update& update, std::int64_t n);
  void change_nodes(Update& update, std::int64_t n);
  std::vector<jobs::JobRef> refs() const;
  void check_jobs(const Snapshot& snapshot) const;
  void check_letters(const Snapshot& snapshot) const;
  void check_stops() const;
  static void check_rooms(const Database& database);

  // The expected contents after the last commit.
  std::int64_t commits_ = 0;
  std::map<std::int64_t, schema::Job> jobs_;
  std::map<std::int64_t, DeadLetter> letters_;
  std::set<std::int64_t> stops_;
  std::map<std::string, std::int64_t> nodes_;  // time of the last report

  std::unique_ptr<TemporaryDirectory> folder_;
  Config config_;
  std::unique_ptr<Store> store_;
};

}  // namespace jobledger::storage::test
