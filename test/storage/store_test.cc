// SPDX-License-Identifier: MIT
#include "storage/store.h"

#include "storage/record_cache.h"
#include "test/storage/support.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

namespace jobledger::storage {
namespace {

schema::Job finished(std::int64_t job_id) {
  schema::Job job = simple_job(job_id);
  job.state = schema::JobState::completed;
  job.duration = 100;
  return job;
}

TEST_CASE("files of the database are for the service and its group, old ones too") {
  namespace fs = std::filesystem;
  const mode_t before = ::umask(0);
  TestStore store;
  const fs::path folder = store.config().path;
  fs::permissions(folder, fs::perms::all);
  for (const auto& entry : fs::directory_iterator(folder)) {
    fs::permissions(entry.path(), fs::perms::all);
  }
  store.add(simple_job(1));
  store.reopen();
  store.add(simple_job(2));
  store.reopen();
  ::umask(before);
  CHECK(fs::status(folder).permissions() == fs::perms(0750));
  int tables = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    CAPTURE(entry.path().string());
    CHECK(entry.status().permissions() == fs::perms(entry.is_directory() ? 0750 : 0640));
    tables += entry.path().extension() == ".sst" ? 1 : 0;
  }
  CHECK(tables >= 1);
}

TEST_CASE("jobs of every kind are the same after a restart, in records and in the table") {
  TestStore store;
  std::mt19937_64 random(7);
  std::vector<schema::Job> jobs;
  for (int batch = 0; batch < 40; ++batch) {
    Update update = store->begin_update();
    for (int i = 0; i < 50; ++i) {
      schema::Job job = random_job(random);
      const auto id = update.add_job(job);
      REQUIRE(id.has_value());
      jobs.push_back(std::move(job));
      jobs.back().id = *id;
    }
    REQUIRE(store->commit(update, batch % 7 == 0).has_value());
  }
  std::vector<jobs::Row> rows;
  for (const schema::Job& job : jobs) rows.push_back(*store->snapshot()->jobs().find(job.id));
  store.reopen();
  CHECK(store->snapshot()->jobs().job_count() == jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    schema::Job stored = store.read(jobs[i].id);
    std::set<std::string> expected, found;
    for (const auto& tag : jobs[i].tags) expected.insert(tag.name);
    for (const auto& tag : stored.tags) found.insert(tag.name);
    CHECK(found == expected);
    stored.tags.clear();
    jobs[i].tags.clear();
    CHECK(stored == jobs[i]);
    CHECK(*store->snapshot()->jobs().find(jobs[i].id) == rows[i]);
  }
}

TEST_CASE("an old snapshot shows the old state in full") {
  TestStore store;
  store.add(simple_job(1));
  const auto old = store->snapshot();
  schema::Job tagged = simple_job(2);
  tagged.tags = {{"t", "n", "global"}};
  store.add(tagged);
  store.change(1, [](schema::Job& job) { job.state = schema::JobState::failed; });
  CHECK(old->jobs().job_count() == 1);
  CHECK((**old->read_job(1))->state == schema::JobState::running);
  CHECK_FALSE(old->read_job(2)->has_value());
  CHECK(old->tags().empty());
  const jobs::JobRef missing{2, 1};
  CHECK(old->read_jobs({&missing, 1}).has_value() == false);
  CHECK(store.read(1).state == schema::JobState::failed);
}

TEST_CASE("records come in the order asked for, repeatedly, and from the cache the second time") {
  TestStore store;
  for (int i = 1; i <= 5; ++i) store.add(simple_job(i));
  const std::vector<jobs::JobRef> refs = {{3, 1}, {1, 1}, {5, 1}, {1, 1}};
  const auto snapshot = store->snapshot();
  const auto first = snapshot->read_jobs(refs);
  REQUIRE(first.has_value());
  REQUIRE(first->size() == 4);
  for (std::size_t i = 0; i < refs.size(); ++i) CHECK((*first)[i]->id == refs[i].id);
  const auto second = snapshot->read_jobs(refs);
  CHECK((*second)[0].get() == (*first)[0].get());
  CHECK(store->stats().record_cache_bytes > 3 * sizeof(schema::Job));
  CHECK(snapshot->read_jobs({})->empty());
  const std::vector<jobs::JobRef> gone = {{1, 1}, {99, 1}};
  CHECK(snapshot->read_jobs(gone).error().kind == ErrorKind::corrupt);
}

TEST_CASE("thousands of records come in order, and leave the cache to others") {
  constexpr std::int64_t kJobs = 2500;
  TestStore store;
  Update update = store->begin_update();
  for (std::int64_t n = 1; n <= kJobs; ++n) REQUIRE(update.add_job(simple_job(n)).has_value());
  REQUIRE(store->commit(update).has_value());
  std::vector<jobs::JobRef> refs;
  for (std::int64_t id = kJobs; id >= 1; --id) refs.push_back({id, 1});
  const auto records = store->snapshot()->read_jobs(refs);
  REQUIRE(records.has_value());
  REQUIRE(records->size() == kJobs);
  bool in_order = true;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    in_order = in_order && (*records)[i]->id == refs[i].id;
  }
  CHECK(in_order);
  CHECK(store->stats().record_cache_bytes == 0);
}

TEST_CASE("a changed job is read anew, not from the cache") {
  TestStore store;
  store.add(simple_job(1));
  const jobs::JobRef before{1, 1}, after{1, 2};
  CHECK((*store->snapshot()->read_jobs({&before, 1}))[0]->is_running());
  store.change(1, [](schema::Job& job) { job.state = schema::JobState::failed; });
  CHECK((*store->snapshot()->read_jobs({&after, 1}))[0]->state == schema::JobState::failed);
}

TEST_CASE("the cache keeps its bound and lets the least recently used go") {
  const auto job = std::make_shared<const schema::Job>(simple_job(1));
  const std::size_t one = memory_bytes(*job);
  RecordCache cache(16 * 8 * one);
  for (std::int64_t id = 1; id <= 2000; ++id) {
    cache.put({id, 1}, job);
    CHECK(cache.find({1, 1}) != nullptr);  // used all the time
  }
  CHECK(cache.bytes() <= 16 * 8 * one);
  CHECK(cache.bytes() > 16 * 4 * one);
  CHECK(cache.find({2, 1}) == nullptr);
  CHECK(cache.find({2000, 1}) != nullptr);
  CHECK(cache.find({2000, 2}) == nullptr);
  RecordCache none(0);
  none.put({1, 1}, job);
  CHECK(none.find({1, 1}) == nullptr);
}

TEST_CASE("a job without a partition adds none to those of its cluster") {
  TestStore store;
  schema::Job job = simple_job(1);
  job.partition = "";
  store.add(job);
  CHECK(jobs::partitions_of(store->snapshot()->jobs(), "fritz").empty());
  store.add(simple_job(2));
  CHECK(jobs::partitions_of(store->snapshot()->jobs(), "fritz").size() == 1);
}

TEST_CASE("a job is due from its stop until its archive is settled, over a restart") {
  TestStore store;
  CHECK(store.add(simple_job(1)) == 1);
  CHECK(store.due().empty());
  store.change(1, [](schema::Job& job) { job.state = schema::JobState::completed; });
  CHECK(store.add(finished(2)) == 2);
  schema::Job imported = finished(3);
  imported.monitoring_status = schema::MonitoringStatus::archived;
  store.add(imported);
  CHECK(store.due() == std::vector<std::int64_t>{1, 2});
  store.reopen();
  CHECK(store.due() == std::vector<std::int64_t>{1, 2});
  CHECK(store->archive_due(1, 10).size() == 1);
  CHECK(store->archive_due(0, 1)[0] == jobs::JobRef{1, 2});
  CHECK(store->archive_due(2, 10).empty());
  store.change(1, [](schema::Job& job) {
    job.monitoring_status = schema::MonitoringStatus::archiving_failed;
  });
  CHECK(store.due() == std::vector<std::int64_t>{2});
  CHECK(store->stats().table.due == 1);
}

TEST_CASE("each reader sees one state while the writer goes on") {
  TestStore store;
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0, rounds = 0;
  const auto read = [&] {
    while (!stop) {
      const auto snapshot = store->snapshot();
      const auto position = snapshot->position("EV");
      const std::uint64_t count = position ? position->sequence : 0;
      if (snapshot->jobs().job_count() != count || snapshot->tags().size() != count) ++torn;
      if (count > 0) {
        const auto job = snapshot->read_job(static_cast<std::int64_t>(count));
        if (!job || !*job || (**job)->tags.size() != 1) ++torn;
        if (*snapshot->read_job(static_cast<std::int64_t>(count) + 1)) ++torn;
      }
      ++rounds;
    }
  };
  std::thread first(read), second(read);
  for (int i = 1; i <= 500 || rounds < 20; ++i) {
    Update update = store->begin_update();
    schema::Job job = simple_job(i);
    job.tags = {{"n", std::to_string(i), "global"}};
    REQUIRE(update.add_job(std::move(job)).has_value());
    update.set_position({"EV", 1, static_cast<std::uint64_t>(i)});
    REQUIRE(store->commit(update, false).has_value());
    CHECK_FALSE(store->archive_due(0, 1).size() > 1);
  }
  stop = true;
  first.join();
  second.join();
  CHECK(torn == 0);
}

TEST_CASE("the numbers of an empty and a used store") {
  TestStore store;
  CHECK(store->stats().table.jobs == 0);
  store.add(simple_job(1));
  const StoreStats stats = store->stats();
  CHECK(stats.table.running == 1);
  CHECK(stats.dictionary_bytes > 0);
  CHECK(stats.rocksdb.contains("block-cache-usage"));
  CHECK(stats.rocksdb.contains("actual-delayed-write-rate"));
}

}  // namespace
}  // namespace jobledger::storage
