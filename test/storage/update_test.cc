// SPDX-License-Identifier: MIT
#include "storage/update.h"

#include "storage/record_codec.h"
#include "test/storage/support.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace jobledger::storage {
namespace {

const schema::Tag kTag{"quality", "good", "global"};

ParkedStop stop_of(std::int64_t job_id, std::uint64_t sequence, std::int64_t received) {
  ParkedStop stop;
  stop.origin = {"EV", 1, sequence, 0};
  stop.stop.job_id = job_id;
  stop.stop.stop_time = 99;
  stop.subject = "cc.job.event";
  stop.payload = "payload " + std::to_string(sequence);
  stop.received = received;
  return stop;
}

DeadLetter letter_of(std::uint64_t sequence, std::string payload = "junk") {
  DeadLetter letter;
  letter.origin = {"EV", 1, sequence, 0};
  letter.subject = "cc.job.event";
  letter.reason = "no JSON";
  letter.payload = std::move(payload);
  letter.received = 100;
  return letter;
}

std::vector<std::int64_t> ids_of(const Update& update, std::int64_t job_id) {
  std::vector<std::int64_t> ids;
  for (const auto& match : update.find_jobs(job_id)) ids.push_back(match.id);
  return ids;
}

TEST_CASE("of long texts the beginning is kept in memory, the record has the whole") {
  TestStore store;
  const std::string name = std::string(254, 'a') + "\u00e9" + std::string(900'000, 'b');
  const std::size_t before = store->stats().dictionary_bytes;
  std::int64_t last = 0;
  for (const std::int64_t job_id : {7, 8}) {
    schema::Job job = simple_job(job_id);
    job.meta_data = {{{"jobName", name + std::to_string(job_id)}}};
    job.project = name;
    last = store.add(std::move(job));
  }
  CHECK(store->stats().dictionary_bytes < before + 256 * 1024);
  store.reopen();
  CHECK(store.read(last).meta("jobName") == name + "8");
  CHECK(store.read(last).project == name);
  const auto snapshot = store->snapshot();
  const auto found = [&](jobs::StringMatch::Kind kind, const std::string& text) {
    jobs::JobFilter filter;
    filter.job_name = jobs::StringMatch{kind, {text}};
    return jobs::find_jobs(snapshot->jobs(), {filter}, {}, {}, 0)->items.size();
  };
  using Kind = jobs::StringMatch::Kind;
  CHECK(found(Kind::eq, name + "8") == 2);  // what differs is not kept
  CHECK(found(Kind::starts_with, name) == 2);
  CHECK(found(Kind::eq, std::string(254, 'a')) == 2);  // no half of a character
  CHECK(found(Kind::contains, "aaa") == 2);
  CHECK(found(Kind::contains, "bbb") == 0);
}

TEST_CASE("tags beyond their number, and long ones, are refused; the job is stored") {
  TestStore store;
  store.config().max_tags = 2;
  store.config().max_text_bytes = 64;
  store.reopen();
  schema::Job job = simple_job(7);
  job.tags = {{"t", "one"}, {"t", std::string(65, 'x')}, {"t", "two"}, {"t", "three"}};
  const std::int64_t id = store.add(job);
  CHECK(store.read(id).tags.size() == 2);
  CHECK(store->stats().refused_tags == 2);
  store.reopen();
  job.job_id = 8;
  CHECK(store.read(store.add(job)).tags.size() == 2);  // the known ones
  CHECK(store->snapshot()->tags().size() == 2);
}

TEST_CASE("an update sees its own jobs; others see them after the commit only") {
  TestStore store;
  Update update = store->begin_update();
  CHECK(update.empty());
  const auto id = update.add_job(simple_job(7));
  REQUIRE(id.has_value());
  CHECK(*id == 1);
  CHECK_FALSE(update.empty());
  CHECK(ids_of(update, 7) == std::vector<std::int64_t>{1});
  auto job = update.get_job(1);
  REQUIRE(job.has_value());
  job->state = schema::JobState::completed;
  job->duration = 5;
  REQUIRE(update.replace_job(*job).has_value());
  CHECK(update.find_jobs(7)[0].state == schema::JobState::completed);
  CHECK(store->snapshot()->jobs().job_count() == 0);
  CHECK_FALSE(store->snapshot()->read_job(1)->has_value());
  REQUIRE(store->commit(update).has_value());
  CHECK(update.empty());
  CHECK(store->snapshot()->jobs().job_count() == 1);
  CHECK(store.read(1).duration == 5);
  CHECK(store->snapshot()->jobs().find(1)->revision == 1);
}

TEST_CASE("an update that is given up leaves nothing behind") {
  TestStore store;
  {
    Update update = store->begin_update();
    REQUIRE(update.add_job(simple_job(7)).has_value());
  }
  CHECK(store.add(simple_job(8)) == 1);
  store.reopen();
  CHECK(store->snapshot()->jobs().job_count() == 1);
  CHECK(store.read(1).job_id == 8);
}

TEST_CASE("matches are those of all clusters and runs, oldest start first, as changed here") {
  TestStore store;
  store.add(simple_job(7, 2000));
  store.add(simple_job(7, 1000, "alex"));
  store.add(simple_job(8, 1000));
  Update update = store->begin_update();
  REQUIRE(update.add_job(simple_job(7, 1500)).has_value());
  auto job = update.get_job(1);
  REQUIRE(job.has_value());
  job->state = schema::JobState::failed;
  REQUIRE(update.replace_job(*job).has_value());
  const auto matches = update.find_jobs(7);
  REQUIRE(matches.size() == 3);
  CHECK(matches[0].cluster == "alex");
  CHECK(matches[1].id == 4);
  CHECK(matches[2].state == schema::JobState::failed);
}

TEST_CASE("a job of more hardware threads than a record holds is refused, not written") {
  TestStore store;
  schema::Job job = simple_job(7);
  for (schema::Resource& resource : job.resources) {
    resource.hwthreads.assign(kMaxRecordHwthreads / 2, 3);
  }
  const std::int64_t id = store.add(job);
  CHECK(store.read(id).resources[1].hwthreads.size() == kMaxRecordHwthreads / 2);
  Update update = store->begin_update();
  job.resources[0].hwthreads.push_back(4);
  job.id = id;
  CHECK(update.replace_job(job).error().kind == ErrorKind::invalid);
  job.job_id = 8;
  CHECK(update.add_job(job).error().kind == ErrorKind::invalid);
  CHECK(update.empty());
}

TEST_CASE("the same natural key is a conflict, committed or not") {
  TestStore store;
  store.add(simple_job(7));
  Update update = store->begin_update();
  CHECK(update.add_job(simple_job(7)).error().kind == ErrorKind::conflict);
  CHECK(update.empty());
  REQUIRE(update.add_job(simple_job(7, 5)).has_value());
  CHECK(update.add_job(simple_job(7, 5)).error().kind == ErrorKind::conflict);
  CHECK(update.add_job(simple_job(7, 5, "alex")).has_value());
}

TEST_CASE("a replaced job keeps its natural key and must exist") {
  TestStore store;
  store.add(simple_job(7));
  Update update = store->begin_update();
  schema::Job job = simple_job(7, 1);
  job.id = 1;
  CHECK(update.replace_job(job).error().kind == ErrorKind::conflict);
  job.id = 2;
  CHECK(update.replace_job(job).error().kind == ErrorKind::not_found);
  CHECK(update.get_job(2).error().kind == ErrorKind::not_found);
  CHECK(update.empty());
  job = simple_job(7);
  job.id = 1;
  job.duration = 3;
  REQUIRE(update.replace_job(job).has_value());
  REQUIRE(store->commit(update).has_value());
  CHECK(store->snapshot()->jobs().find(1)->revision == 2);
}

TEST_CASE("tags get one number by type, name and scope, which lasts") {
  TestStore store;
  schema::Job job = simple_job(1);
  job.tags = {kTag, {"quality", "good", "admin"}, kTag};
  store.add(job);
  CHECK(store.read(1).tags.size() == 2);
  store.reopen();
  job = simple_job(2);
  job.tags = {{"new", "one", "global"}, kTag};
  store.add(job);
  const auto tags = store.read(2).tags;
  REQUIRE(tags.size() == 2);
  CHECK(tags[0].id == 3);
  CHECK(tags[1].id == 1);
  const auto snapshot = store->snapshot();
  REQUIRE(snapshot->tags().size() == 3);
  CHECK(snapshot->tags()[2].type == "new");
  CHECK(snapshot->jobs().find(2)->tags == std::vector<std::uint32_t>{1, 3});
}

TEST_CASE("a parked stop waits over a restart until it is dropped") {
  TestStore store;
  Update update = store->begin_update();
  REQUIRE(update.park_stop(stop_of(7, 20, 200)).has_value());
  REQUIRE(update.park_stop(stop_of(7, 10, 100)).has_value());
  REQUIRE(update.park_stop(stop_of(8, 30, 300)).has_value());
  auto found = update.find_parked_stops(7);
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 2);
  CHECK((*found)[0].received == 100);
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  CHECK(store->snapshot()->parked_stop_count() == 3);
  update = store->begin_update();
  REQUIRE(update.park_stop(stop_of(7, 40, 150)).has_value());
  found = update.find_parked_stops(7);
  REQUIRE(found->size() == 3);
  CHECK((*found)[0].payload == "payload 10");
  CHECK((*found)[1].payload == "payload 40");
  CHECK((*found)[2].stop.stop_time == 99);
  update.drop_parked_stop(stop_of(7, 10, 100).origin);
  update.drop_parked_stop(stop_of(7, 40, 150).origin);
  CHECK(update.find_parked_stops(7)->size() == 1);
  CHECK(update.find_parked_stops(9)->empty());
  const auto old = update.parked_stops_received_before(300, 10);
  REQUIRE(old->size() == 1);
  CHECK((*old)[0].origin.sequence == 20);
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  CHECK(store->snapshot()->parked_stop_count() == 2);
  CHECK(store->begin_update().parked_stops_received_before(1000, 1)->size() == 1);
}

TEST_CASE("beyond its limits a stop is not parked, committed ones counted in") {
  TestStore store;
  store.config().max_parked_stops = 4;
  store.config().max_parked_stops_per_job = 2;
  store.config().max_parked_stop_bytes = 9;  // "payload 1"
  store.reopen();
  Update update = store->begin_update();
  REQUIRE(update.park_stop(stop_of(7, 1, 100)).has_value());
  CHECK(update.park_stop(stop_of(7, 10, 100)).error().kind == ErrorKind::too_large);
  REQUIRE(store->commit(update).has_value());
  REQUIRE(update.park_stop(stop_of(7, 1, 100)).has_value());  // in its own place
  REQUIRE(update.park_stop(stop_of(7, 2, 100)).has_value());
  const auto third = update.park_stop(stop_of(7, 3, 100));
  REQUIRE_FALSE(third.has_value());
  CHECK(third.error().kind == ErrorKind::too_large);
  CHECK(third.error().detail.find("2 stops of job 7") != std::string::npos);
  REQUIRE(update.park_stop(stop_of(8, 4, 100)).has_value());
  REQUIRE(update.park_stop(stop_of(9, 5, 100)).has_value());
  CHECK(update.park_stop(stop_of(10, 6, 100)).error().kind == ErrorKind::too_large);
  update.drop_parked_stop(stop_of(7, 1, 100).origin);
  CHECK(update.park_stop(stop_of(7, 7, 100)).has_value());
  REQUIRE(store->commit(update).has_value());
  CHECK(store->snapshot()->parked_stop_count() == 4);
  CHECK(update.find_parked_stops(7)->size() == 2);
}

TEST_CASE("old stops are found page by page while those before them are dropped") {
  TestStore store;
  Update update = store->begin_update();
  for (std::uint64_t n = 1; n <= 9; n += 2) {
    REQUIRE(update.park_stop(stop_of(7, n, static_cast<std::int64_t>(100 + n))).has_value());
  }
  REQUIRE(store->commit(update).has_value());
  for (std::uint64_t n = 2; n <= 8; n += 2) {
    REQUIRE(update.park_stop(stop_of(8, n, static_cast<std::int64_t>(100 + n))).has_value());
  }
  std::vector<std::uint64_t> seen;
  for (int page = 0; page < 4; ++page) {
    const auto old = update.parked_stops_received_before(109, 2);
    REQUIRE(old->size() == 2);
    for (const ParkedStop& stop : *old) {
      seen.push_back(stop.origin.sequence);
      update.drop_parked_stop(stop.origin);
    }
  }
  CHECK(seen == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(update.parked_stops_received_before(109, 2)->empty());
  REQUIRE(store->commit(update).has_value());
  CHECK(store->snapshot()->parked_stop_count() == 1);
}

TEST_CASE("dead letters are numbered in order, once for each origin, and can be dropped") {
  TestStore store;
  Update update = store->begin_update();
  REQUIRE(update.add_dead_letter(letter_of(1)).has_value());
  REQUIRE(update.add_dead_letter(letter_of(1)).has_value());
  REQUIRE(update.add_dead_letter(letter_of(2)).has_value());
  CHECK((*update.find_dead_letter(2))->origin.sequence == 2);
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  update = store->begin_update();
  REQUIRE(update.add_dead_letter(letter_of(2)).has_value());
  CHECK(update.empty());
  REQUIRE(update.add_dead_letter(letter_of(3)).has_value());
  CHECK(*update.drop_dead_letter(1));
  CHECK_FALSE(*update.drop_dead_letter(1));
  CHECK_FALSE(*update.drop_dead_letter(9));
  CHECK_FALSE(update.find_dead_letter(1)->has_value());
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  const auto snapshot = store->snapshot();
  CHECK(snapshot->dead_letter_count() == 2);
  const auto letters = snapshot->read_dead_letters(0, 10);
  REQUIRE(letters.has_value());
  REQUIRE(letters->size() == 2);
  CHECK((*letters)[0].id == 2);
  CHECK((*letters)[0].payload == "junk");
  CHECK((*letters)[1].id == 3);
  CHECK(snapshot->read_dead_letters(2, 10)->size() == 1);
  CHECK(snapshot->read_dead_letters(0, 1)->size() == 1);
  CHECK_FALSE(snapshot->read_dead_letter(1)->has_value());
  CHECK((*snapshot->read_dead_letter(3))->reason == "no JSON");
}

TEST_CASE("what an update adds and drops itself is gone, but its number is used up") {
  TestStore store;
  Update update = store->begin_update();
  REQUIRE(update.add_dead_letter(letter_of(1)).has_value());
  CHECK(*update.drop_dead_letter(1));
  REQUIRE(update.add_dead_letter(letter_of(1)).has_value());
  REQUIRE(store->commit(update).has_value());
  CHECK(store->snapshot()->dead_letter_count() == 1);
  CHECK((*store->snapshot()->read_dead_letters(0, 5))[0].id == 2);
  update = store->begin_update();
  CHECK(*update.drop_dead_letter(2));
  REQUIRE(update.add_dead_letter(letter_of(1)).has_value());  // a retry that failed again
  REQUIRE(store->commit(update).has_value());
  CHECK((*store->snapshot()->read_dead_letters(0, 5))[0].id == 3);
  update = store->begin_update();
  REQUIRE(update.add_dead_letter(letter_of(1)).has_value());
  CHECK(update.empty());
}

TEST_CASE("beyond the limits dead letters are cut or counted and dropped") {
  TestStore store;
  store.config().max_dead_letters = 2;
  store.config().dead_letter_reserve = 0;
  store.config().max_dead_letter_bytes = 4;
  store.reopen();
  Update update = store->begin_update();
  REQUIRE(update.add_dead_letter(letter_of(1, "1234")).has_value());
  REQUIRE(update.add_dead_letter(letter_of(2, "12345")).has_value());
  REQUIRE(update.add_dead_letter(letter_of(3)).has_value());
  REQUIRE(store->commit(update).has_value());
  update = store->begin_update();
  REQUIRE(update.add_dead_letter(letter_of(4)).has_value());
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  const auto letters = store->snapshot()->read_dead_letters(0, 10);
  REQUIRE(letters->size() == 2);
  CHECK_FALSE((*letters)[0].payload_cut);
  CHECK((*letters)[1].payload_cut);
  CHECK((*letters)[1].payload == "1234");
  CHECK(store->stats().dead_letters == 2);
  CHECK(store->stats().dead_letters_dropped == 2);
}

TEST_CASE("dead letters are bounded by their bytes too, and dropping one makes room") {
  const std::uint64_t each = letter_of(1).subject.size() + letter_of(1).reason.size() + 10;
  TestStore store;
  store.config().max_dead_letter_total_bytes = 2 * each;
  store.config().dead_letter_reserve = 0;
  store.reopen();
  const std::string payload(10, 'x');
  Update update = store->begin_update();
  for (std::uint64_t n = 1; n <= 3; ++n) {
    REQUIRE(update.add_dead_letter(letter_of(n, payload)).has_value());
  }
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  CHECK(store->stats().dead_letters == 2);
  CHECK(store->stats().dead_letters_dropped == 1);
  update = store->begin_update();
  REQUIRE(*update.drop_dead_letter(1));
  REQUIRE(update.add_dead_letter(letter_of(4, payload)).has_value());
  REQUIRE(update.add_dead_letter(letter_of(5, "")).has_value());
  CHECK_FALSE(update.find_dead_letter(4)->has_value());  // no room
  REQUIRE(*update.drop_dead_letter(3));                  // one of its own
  REQUIRE(update.add_dead_letter(letter_of(6, payload)).has_value());
  REQUIRE(store->commit(update).has_value());
  const auto letters = store->snapshot()->read_dead_letters(0, 10, false);
  REQUIRE(letters->size() == 2);
  CHECK((*letters)[1].origin.sequence == 6);
  CHECK((*letters)[1].payload.empty());
  CHECK((*letters)[1].payload_bytes == 10);
}

TEST_CASE("positions are seen at once and last") {
  TestStore store;
  Update update = store->begin_update();
  update.set_position({"EV", 5, 10});
  CHECK(update.position("EV")->sequence == 10);
  CHECK_FALSE(update.position("E").has_value());
  REQUIRE(store->commit(update).has_value());
  update.set_position({"EV", 6, 1});
  update.set_position({"other", 0, 3});
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  CHECK(*store->snapshot()->position("EV") == StreamPosition{"EV", 6, 1});
  CHECK(store->begin_update().position("other")->sequence == 3);
}

}  // namespace
}  // namespace jobledger::storage
