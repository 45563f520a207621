// SPDX-License-Identifier: MIT
#include "storage/format.h"

#include "storage/event_codec.h"
#include "test/storage/support.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace jobledger::storage {
namespace {

void put(const Config& config, Family family, std::string_view key, std::string_view value) {
  auto database = Database::open(config);
  REQUIRE(database.has_value());
  rocksdb::WriteBatch batch;
  (*database)->put(batch, family, key, value);
  REQUIRE((*database)->write(batch, true).has_value());
}

std::string newer_than_known() {
  return "format version " + std::to_string(kFormatVersion + 1) + " is newer than " +
         std::to_string(kFormatVersion);
}

TEST_CASE("a database of a newer format is refused with both versions") {
  TestStore store;
  store.close();
  put(store.config(), Family::state, kFormatKey, std::to_string(kFormatVersion + 1));
  const auto opened = store.try_open();
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().kind == ErrorKind::invalid);
  CHECK(opened.error().detail.find(newer_than_known()) != std::string::npos);
  CHECK(opened.error().detail.find(store.config().path.string()) != std::string::npos);
}

TEST_CASE("a newer format that has another key space is refused by its version, too") {
  TestStore store;
  store.close();
  {
    auto database = Database::open(store.config());
    REQUIRE(database.has_value());
    rocksdb::ColumnFamilyHandle* later = nullptr;
    rocksdb::DB& db = (*database)->db();
    REQUIRE(db.CreateColumnFamily(rocksdb::ColumnFamilyOptions(), "later", &later).ok());
    REQUIRE(db.DestroyColumnFamilyHandle(later).ok());
  }
  put(store.config(), Family::state, kFormatKey, std::to_string(kFormatVersion + 1));
  const auto opened = store.try_open();
  REQUIRE_FALSE(opened.has_value());
  CHECK_MESSAGE(opened.error().detail.find(newer_than_known()) != std::string::npos,
                opened.error().detail);
}

TEST_CASE(
    "what was stored before streams had epochs is read, kept apart from later epochs, and goes") {
  TestStore store;
  {
    Update update = store->begin_update();
    REQUIRE(
        update.add_dead_letter({0, {"EV", 5, 258, 3}, "su", "re", "pl", false, 60}).has_value());
    REQUIRE(store->commit(update).has_value());
  }
  store.close();
  put(store.config(), Family::state, kFormatKey, "2");
  put(store.config(), Family::state, position_key("EV"), unhex("010aac02"));
  put(store.config(), Family::dead_letters, letter_key(1),
      unhex("010245560a820203780002737502726502706c"));
  store.reopen();
  CHECK(*store->snapshot()->position("EV") == StreamPosition{"EV", 5, 300});
  Update update = store->begin_update();
  REQUIRE(
      update.add_dead_letter({0, {"EV", 5, 258, 3}, "su", "re", "other", false, 60}).has_value());
  REQUIRE(update.add_dead_letter({0, {"EV", 5, 258, 3, 1}, "su", "re", "other", false, 60})
              .has_value());
  REQUIRE(store->commit(update).has_value());
  CHECK(store->stats().dead_letters == 2);
  REQUIRE(*update.drop_dead_letter(1));
  REQUIRE(store->commit(update).has_value());
  REQUIRE(update.add_dead_letter({0, {"EV", 5, 258, 3}, "su", "re", "pl", false, 60}).has_value());
  REQUIRE(store->commit(update).has_value());
  CHECK(store->stats().dead_letters == 2);
}

TEST_CASE("a database without a copy of the state gets one, and the list of its dead letters") {
  TestStore store;
  Update update = store->begin_update();
  DeadLetter letter;
  letter.origin = {"EV", 1, 7, 0};
  REQUIRE(update.add_dead_letter(letter).has_value());
  REQUIRE(store->commit(update).has_value());
  store.close();
  {  // as version 2 left it
    auto database = Database::open(store.config());
    REQUIRE(database.has_value());
    rocksdb::DB& db = (*database)->db();
    auto* const copy = (*database)->family(Family::state_copy);
    REQUIRE(db.DeleteRange({}, copy, "a", "z").ok());
    rocksdb::WriteBatch batch;
    const std::string origin = letter_origin_key(letter.origin);
    (*database)->erase(batch, Family::state, origin);
    (*database)->put(batch, Family::dead_letters, origin, encode_letter_id(1));
    (*database)->put(batch, Family::state, kFormatKey, "2");
    REQUIRE((*database)->write(batch, true).has_value());
  }
  store.reopen();
  Update again = store->begin_update();
  REQUIRE(again.add_dead_letter(letter).has_value());
  REQUIRE(store->commit(again).has_value());
  CHECK(store->snapshot()->dead_letter_count() == 1);
  store.close();
  auto database = Database::open(store.config());
  REQUIRE(database.has_value());
  std::map<std::string, std::string> first, second;
  for (auto* const contents : {&first, &second}) {
    const Family family = contents == &first ? Family::state : Family::state_copy;
    const auto take = [&](std::string_view key, std::string_view value) -> Result<void> {
      contents->emplace(key, value);
      return {};
    };
    REQUIRE((*database)->scan(family, {}, {}, take).has_value());
  }
  CHECK(first == second);
  CHECK(first.contains(letter_origin_key(letter.origin)));
}

TEST_CASE("data without a format version is not ours") {
  TemporaryDirectory directory;
  const Config config = small_config(directory.path());
  put(config, Family::jobs, job_key(1), "x");
  const auto opened = Store::open(config);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().kind == ErrorKind::corrupt);
}

TEST_CASE("an unreadable format version is corrupt") {
  TestStore store;
  store.close();
  put(store.config(), Family::state, kFormatKey, "1x");
  CHECK(store.try_open().error().kind == ErrorKind::corrupt);
}

TEST_CASE("an older database is migrated step by step, and goes on where a step failed") {
  TemporaryDirectory directory;
  auto opened = Database::open(small_config(directory.path()));
  REQUIRE(opened.has_value());
  Database& database = **opened;
  REQUIRE(check_format(database, 1, {}).has_value());
  int first_runs = 0;
  bool second_fails = true;
  const std::vector<Migration> steps = {
      {1, "adds a",
       [&](Database& d) {
         ++first_runs;
         rocksdb::WriteBatch batch;
         d.put(batch, Family::state, "ma", "1");
         return d.write(batch, true);
       }},
      {2, "may fail",
       [&](Database&) -> Result<void> {
         if (second_fails) return io_error("no luck");
         return {};
       }},
  };
  const auto failed = check_format(database, 3, steps);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().detail == "migrate from format 2: no luck");
  CHECK(**database.get(Family::state, kFormatKey) == "2");
  second_fails = false;
  REQUIRE(check_format(database, 3, steps).has_value());
  CHECK(first_runs == 1);
  CHECK(**database.get(Family::state, kFormatKey) == "3");
  CHECK(**database.get(Family::state, "ma") == "1");
}

TEST_CASE("a database too old for any migration is refused") {
  TemporaryDirectory directory;
  auto database = Database::open(small_config(directory.path()));
  REQUIRE(check_format(**database, 1, {}).has_value());
  const std::vector<Migration> steps = {{2, "later", [](Database&) { return Result<void>(); }}};
  CHECK(check_format(**database, 3, steps).error().kind == ErrorKind::invalid);
}

TEST_CASE("whatever cannot be read at start is named by its key") {
  struct Case {
    const char* name;
    Family family;
    std::string key, value, says;
  };
  const std::vector<Case> cases = {
      {"row", Family::rows, job_key(1), "junk", "rows/1"},
      {"row beyond the counter", Family::rows, job_key(999), "junk", "rows/999"},
      {"counters", Family::state, std::string(kCountersKey), "junk", "default/mcounters"},
      {"text with a gap", Family::state, dictionary_key(jobs::Dictionary::user, 9), "u",
       "default/d"},
      {"tag with a gap", Family::state, tag_key(5), unhex("01 00 00 00"), "default/t"},
      {"position", Family::state, position_key("EV"), "junk", "default/pEV"},
      {"node", Family::state, node_key("fritz", "f1"), "junk", "default/n"},
      {"parked stop", Family::state, parked_key({"EV", 1, 1, 1}), "junk", "default/s"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    TestStore store;
    store.add(simple_job(1));
    store.close();
    put(store.config(), c.family, c.key, c.value);
    const auto opened = store.try_open();
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().kind == ErrorKind::corrupt);
    CHECK_MESSAGE(opened.error().detail.find(c.says) != std::string::npos, opened.error().detail);
  }
}

TEST_CASE("a record that cannot be read is named when it is asked for") {
  TestStore store;
  store.add(simple_job(1));
  store.close();
  put(store.config(), Family::jobs, job_key(1), "junk");
  store.reopen();
  const auto job = store->snapshot()->read_job(1);
  REQUIRE_FALSE(job.has_value());
  CHECK(job.error().kind == ErrorKind::corrupt);
  CHECK(job.error().detail.find("jobs/1") == 0);
  const jobs::JobRef ref{1, 1};
  CHECK(store->snapshot()->read_jobs({&ref, 1}).error().kind == ErrorKind::corrupt);
  CHECK(store->begin_update().get_job(1).error().kind == ErrorKind::corrupt);
}

TEST_CASE("a node report that cannot be read is written over, and counted") {
  TestStore store;
  store.close();
  put(store.config(), Family::node_history, history_key(100, "fritz"), "junk");
  store.reopen();
  Update update = store->begin_update();
  NodeState node;
  node.hostname = "f1";
  update.put_node_states("fritz", 100, {node});
  REQUIRE(store->commit(update).has_value());
  CHECK(store->stats().unreadable_reports == 1);
  const auto history = store->snapshot()->read_node_history({}, 10);
  REQUIRE(history.has_value());
  REQUIRE(history->size() == 1);
  CHECK((*history)[0].hostname == "f1");
}

TEST_CASE("a folder that another process uses is refused") {
  TestStore store;
  const auto second = Store::open(store.config());
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().detail.find("another jobledgerd") != std::string::npos);
}

}  // namespace
}  // namespace jobledger::storage
