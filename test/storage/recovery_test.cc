// SPDX-License-Identifier: MIT
// What is left after crashes, failing disks and full disks.
#include "storage/store.h"
#include "test/storage/faulty_disk.h"
#include "test/storage/support.h"

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <system_error>
#include <vector>

namespace jobledger::storage {
namespace {

namespace fs = std::filesystem;

// Writes job n, a text of its own, a tag and position n.
Result<void> write_job(Store& store, std::int64_t n, bool sync = true) {
  Update update = store.begin_update();
  schema::Job job = simple_job(n);
  job.user = "user" + std::to_string(n);
  job.tags = {{"n", std::to_string(n), "global"}};
  TRY(update.add_job(std::move(job)));
  update.set_position({"EV", 1, static_cast<std::uint64_t>(n)});
  return store.commit(update, sync);
}

// The invariant: exactly the jobs up to the position, each complete.
std::int64_t check_whole(Store& store) {
  const auto snapshot = store.snapshot();
  const auto position = snapshot->position("EV");
  const auto count = position ? static_cast<std::int64_t>(position->sequence) : 0;
  CHECK(snapshot->jobs().job_count() == static_cast<std::uint64_t>(count));
  CHECK(snapshot->tags().size() == static_cast<std::size_t>(count));
  for (std::int64_t id = 1; id <= count; ++id) {
    const auto job = snapshot->read_job(id);
    REQUIRE(job.has_value());
    REQUIRE(job->has_value());
    CHECK((**job)->user == "user" + std::to_string(id));
    const auto row = snapshot->jobs().find(id);
    REQUIRE(row.has_value());
    CHECK(snapshot->jobs().dictionaries().text(jobs::Dictionary::user, row->user) == (**job)->user);
  }
  return count;
}

// What a crashed process leaves: the files as they are while the store is open.
Config copy_of(const Config& config, const fs::path& to) {
  fs::copy(config.path, to, fs::copy_options::recursive);
  Config copy = config;
  copy.path = to;
  return copy;
}

std::map<fs::path, std::uintmax_t> files_of(const fs::path& folder) {
  std::map<fs::path, std::uintmax_t> files;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files[entry.path()] = fs::file_size(entry.path(), gone);
  }
  return files;
}

// The same of one moment, whatever RocksDB does in the background. Pre: it makes no more tables.
Config moment_of(const Config& config, const fs::path& to) {
  Config copy = config;
  copy.path = to;
  for (;;) {
    const auto before = files_of(config.path);
    std::error_code failed;
    fs::remove_all(to);
    fs::copy(config.path, to, fs::copy_options::recursive, failed);
    if (!failed && files_of(config.path) == before) return copy;
  }
}

fs::path newest_log(const fs::path& folder) {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto& path = entry.path();
    if (path.extension() == ".log" && (newest.empty() || path.filename() > newest.filename())) {
      newest = path;
    }
  }
  return newest;
}

TEST_CASE("after a crash everything that was committed is there, synced or not") {
  TestStore store;
  TemporaryDirectory folder;
  for (std::int64_t n = 1; n <= 400; ++n) {
    REQUIRE(write_job(*store, n, n % 10 == 0).has_value());
    if (n % 100 != 50) continue;
    auto crashed = Store::open(copy_of(store.config(), folder.path() / std::to_string(n)));
    REQUIRE(crashed.has_value());
    CHECK(check_whole(**crashed) == n);
    REQUIRE(write_job(**crashed, n + 1).has_value());
    CHECK(check_whole(**crashed) == n + 1);
  }
}

TEST_CASE("a log torn anywhere loses whole commits from the end only") {
  TestStore store;
  for (std::int64_t n = 1; n <= 30; ++n) REQUIRE(write_job(*store, n).has_value());
  std::mt19937_64 random(3);
  std::int64_t least = 30;
  for (int round = 0; round < 12; ++round) {
    TemporaryDirectory folder;
    const Config copy = copy_of(store.config(), folder.path() / "db");
    const fs::path log = newest_log(copy.path);
    const auto size = fs::file_size(log);
    REQUIRE(size > 0);
    fs::resize_file(log, size - 1 - random() % (size / 2));
    auto torn = Store::open(copy);
    REQUIRE(torn.has_value());
    const std::int64_t left = check_whole(**torn);
    CHECK(left < 30);
    least = std::min(least, left);
    REQUIRE(write_job(**torn, left + 1).has_value());
  }
  CHECK(least < 25);
}

std::vector<fs::path> logs_of(const fs::path& folder) {
  std::vector<fs::path> logs;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::error_code gone;
    const bool is_log = entry.path().extension() == ".log" && entry.file_size(gone) > 0;
    if (is_log && !gone) logs.push_back(entry.path());
  }
  std::sort(logs.begin(), logs.end());
  return logs;
}

void change_byte(const fs::path& file, std::uintmax_t at) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(at));
  const int byte = bytes.get();
  bytes.seekp(static_cast<std::streamoff>(at));
  bytes.put(static_cast<char>(byte ^ 0xff));
}

// Jobs with large records: their family's memtable is full long before the others are.
Result<void> write_large_job(Store& store, std::int64_t n) {
  Update update = store.begin_update();
  schema::Job job = simple_job(n);
  job.user = "user" + std::to_string(n);
  job.tags = {{"n", std::to_string(n), "global"}};
  std::string script(20'000, '\0');
  std::mt19937_64 random(static_cast<std::uint64_t>(n));
  for (char& c : script) c = static_cast<char>(random());
  job.meta_data->emplace_back("script", std::move(script));
  TRY(update.add_job(std::move(job)));
  update.set_position({"EV", 1, static_cast<std::uint64_t>(n)});
  return store.commit(update);
}

TEST_CASE(
    "a damaged log that is not the newest never stops the start, and positions tell the truth") {
  FaultyDisk disk;
  DatabaseHooks hooks;
  hooks.env = disk.env();
  TestStore store(hooks);
  TemporaryDirectory folder;
  std::int64_t n = 0;
  for (int round = 0; round < 8; ++round) {
    for (int i = 0; i < 5; ++i) REQUIRE(write_large_job(*store, ++n).has_value());
    // What a crash leaves before a flush has come to its end: a second log.
    disk.hold_tables(true);
    while (logs_of(store.config().path).size() < 2) {
      REQUIRE(write_large_job(*store, ++n).has_value());
    }
    const Config copy = moment_of(store.config(), folder.path() / std::to_string(round));
    disk.hold_tables(false);
    const fs::path oldest = logs_of(copy.path).at(0);
    change_byte(oldest, fs::file_size(oldest) / 2);
    auto opened = Store::open(copy);
    REQUIRE_MESSAGE(opened.has_value(), opened.error().detail);
    const std::int64_t left = check_whole(**opened);
    CHECK(left <= n);
    // The log of events is read again from there.
    for (std::int64_t again = left + 1; again <= n; ++again) {
      REQUIRE(write_large_job(**opened, again).has_value());
    }
    CHECK(check_whole(**opened) == n);
  }
}

TEST_CASE("a commit that fails changes nothing, and succeeds once the disk works again") {
  for (const Fault fault : {Fault::append, Fault::torn_append, Fault::sync}) {
    CAPTURE(static_cast<int>(fault));
    FaultyDisk disk;
    DatabaseHooks hooks;
    hooks.env = disk.env();
    TestStore store(hooks);
    for (std::int64_t n = 1; n <= 5; ++n) REQUIRE(write_job(*store, n).has_value());
    Update update = store->begin_update();
    schema::Job job = simple_job(6);
    job.user = "user6";
    job.tags = {{"n", "6", "global"}};
    REQUIRE(update.add_job(std::move(job)).has_value());
    update.set_position({"EV", 1, 6});
    disk.fail(fault);
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto failed = store->commit(update);
      REQUIRE_FALSE(failed.has_value());
      CHECK(failed.error().detail.find("disk") != std::string::npos);
      CHECK(check_whole(*store) == 5);
      CHECK(store->begin_update().find_jobs(6).empty());
    }
    TemporaryDirectory folder;
    auto crashed = Store::open(copy_of(store.config(), folder.path() / "db"));
    REQUIRE(crashed.has_value());
    CHECK(check_whole(**crashed) >= 5);  // of a failed batch all may be found, or nothing
    disk.fail(Fault::none);
    const auto committed = store->commit(update);
    REQUIRE_MESSAGE(committed.has_value(), committed.error().detail);
    CHECK(check_whole(*store) == 6);
    REQUIRE(write_job(*store, 7).has_value());
    store.reopen();
    CHECK(check_whole(*store) == 7);
  }
}

TEST_CASE("an update given up after a failed commit does not come back") {
  FaultyDisk disk;
  DatabaseHooks hooks;
  hooks.env = disk.env();
  TestStore store(hooks);
  REQUIRE(write_job(*store, 1).has_value());
  disk.fail(Fault::append);
  {
    Update update = store->begin_update();
    schema::Job job = simple_job(99);
    job.user = "given up";  // enters the dictionary, and goes with the next batch
    REQUIRE(update.add_job(std::move(job)).has_value());
    REQUIRE_FALSE(store->commit(update).has_value());
  }
  disk.fail(Fault::none);
  REQUIRE(write_job(*store, 2).has_value());
  store.reopen();
  CHECK(check_whole(*store) == 2);
  REQUIRE(write_job(*store, 3).has_value());
  CHECK(check_whole(*store) == 3);
}

TEST_CASE("below the free space asked for, commits are refused and nothing changes") {
  std::uintmax_t free = 1000;
  DatabaseHooks hooks;
  hooks.free_bytes = [&](const fs::path&) -> Result<std::uintmax_t> { return free; };
  TestStore store(hooks);
  store.config().min_free_bytes = 500;
  store.reopen();
  REQUIRE(write_job(*store, 1).has_value());
  free = 499;
  const auto refused = write_job(*store, 2);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(refused.error().detail.find("disk:") == 0);
  CHECK(check_whole(*store) == 1);
  free = 500;
  REQUIRE(write_job(*store, 2).has_value());
  CHECK(check_whole(*store) == 2);
}

TEST_CASE("a file system that is really full stops commits until there is room") {
  TemporaryDirectory folder;
  const fs::path mount_point = folder.path() / "small";
  fs::create_directory(mount_point);
  if (::mount("tmpfs", mount_point.c_str(), "tmpfs", 0, "size=24m") != 0) {
    MESSAGE("skipped: mounting a tmpfs needs root");
    return;
  }
  {
    Config config = small_config(mount_point / "db");
    config.min_free_bytes = 0;  // down to the last block
    auto opened = Store::open(config);
    REQUIRE(opened.has_value());
    Store& store = **opened;
    REQUIRE(write_job(store, 1).has_value());
    REQUIRE(write_file(mount_point / "ballast", std::string(12u << 20, 'x'), false).has_value());
    std::int64_t next = 2;
    Result<void> written;
    Update update = store.begin_update();
    for (; next < 100'000; ++next) {
      schema::Job job = simple_job(next);
      job.user = "user" + std::to_string(next);
      job.tags = {{"n", std::to_string(next), "global"}};
      std::string script(20'000, '\0');
      std::mt19937_64 random(static_cast<std::uint64_t>(next));
      for (char& c : script) c = static_cast<char>(random());  // does not compress
      job.meta_data->emplace_back("script", std::move(script));
      REQUIRE(update.add_job(std::move(job)).has_value());
      update.set_position({"EV", 1, static_cast<std::uint64_t>(next)});
      written = store.commit(update);
      if (!written) break;
    }
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error().detail.find("disk") != std::string::npos);
    CHECK(check_whole(store) == next - 1);
    fs::remove(mount_point / "ballast");
    const auto again = store.commit(update);
    REQUIRE_MESSAGE(again.has_value(), again.error().detail);
    CHECK(check_whole(store) == next);
    opened = Store::open(small_config(folder.path() / "elsewhere"));  // closes the full one
    auto reopened = Store::open(config);
    REQUIRE(reopened.has_value());
    CHECK(check_whole(**reopened) == next);
  }
  CHECK(::umount(mount_point.c_str()) == 0);
}

}  // namespace
}  // namespace jobledger::storage
