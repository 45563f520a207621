// SPDX-License-Identifier: MIT
// The bytes that docs/formats.md promises. A change here is a change of the format.
#include "storage/event_codec.h"
#include "storage/layout.h"
#include "storage/record_codec.h"
#include "storage/row_codec.h"
#include "test/storage/support.h"

#include <doctest/doctest.h>

namespace jobledger::storage {
namespace {

const EventOrigin kOrigin{"EV", 5, 258, 3};

DictionarySizes all_known() {
  DictionarySizes sizes;
  sizes.fill(1'000'000);
  return sizes;
}

TEST_CASE("keys have exactly these bytes") {
  CHECK(hex(job_key(0x0102030405060708)) == "0102030405060708");
  CHECK(hex(dictionary_key(jobs::Dictionary::host, 258)) == "640600000102");
  CHECK(hex(tag_key(7)) == "740000000000000007");
  CHECK(hex(position_key("EV")) == "704556");
  CHECK(hex(node_key("fritz", "f01")) == "6e05667269747a663031");
  CHECK(hex(parked_key(kOrigin)) ==
        "73024556800000000000000500000000000001020000"
        "0003");
  CHECK(hex(mark_key("EV", 258)) == "6b0245560000000000000102");
  CHECK(hex(parked_key({"EV", 5, 258, 3, 7})) ==
        "730245568000000000000005000000000000010200000003"
        "00000007");
  CHECK(hex(letter_key(9)) == "6c0000000000000009");
  CHECK(hex(letter_origin_key(kOrigin)) ==
        "6f024556800000000000000500000000000001020000"
        "0003");
  CHECK(hex(history_key(-1, "al")) == "7fffffffffffffff616c");
  CHECK(hex(history_key(1, "al")) == "8000000000000001616c");
  CHECK(hex(tick_layout_key(0x10203)) == "7900010203");
  CHECK(hex(head_host_key(7)) == "6800000007");
  CHECK(hex(metric_log_key(258)) == "0000000000000102");
  CHECK(hex(block_key({BlockKind::raw, 1, 2, 3, 1'700'000'040, 60})) ==
        "77"
        "00000001"
        "00000002"
        "00000003"
        "800000006553f128"
        "0000003c");
  CHECK(period_name(period_of(1'700'000'040)) == "metrics_20231114");
  CHECK(period_name(period_of(-1)) == "metrics_19691231");
  CHECK(kHeadCountersKey == "mhead");
  CHECK(kFormatKey == "mformat");
  CHECK(kCountersKey == "mcounters");
}

TEST_CASE("a key read back says the same; one of another shape is refused") {
  std::int64_t id = 0;
  CHECK(parse_job_key(job_key(77), id));
  CHECK(id == 77);
  CHECK_FALSE(parse_job_key("1234567", id));
  CHECK_FALSE(parse_job_key(job_key(0), id));
  EventOrigin origin;
  CHECK(parse_parked_key(parked_key(kOrigin), origin));
  CHECK(origin == kOrigin);
  const EventOrigin later{"EV", 5, 258, 3, 7};
  CHECK(parse_parked_key(parked_key(later), origin));
  CHECK(origin == later);
  CHECK_FALSE(parse_parked_key(parked_key(kOrigin) + "x", origin));
  jobs::Dictionary dictionary{};
  jobs::StringId number = 0;
  CHECK(parse_dictionary_key(dictionary_key(jobs::Dictionary::user, 5), dictionary, number));
  CHECK(dictionary == jobs::Dictionary::user);
  CHECK(number == 5);
  CHECK_FALSE(parse_dictionary_key(unhex("640a00000000"), dictionary, number));
  BlockKey block;
  CHECK(parse_block_key(block_key({BlockKind::rollup, 1, 2, 3, -60, 30}), block));
  CHECK(block.kind == BlockKind::rollup);
  CHECK(block.metric == 3);
  CHECK(block.start == -60);
  CHECK(block.timestep == 30);
  CHECK_FALSE(parse_block_key(block_key({BlockKind::rollup, 1, 2, 3, 4, 30}) + "x", block));
  CHECK_FALSE(
      parse_block_key("x" + block_key({BlockKind::rollup, 1, 2, 3, 4, 30}).substr(1), block));
  CHECK(parse_period_name("metrics_20261125") == period_of(1'795'564'800));
  for (const char* name : {"metrics_", "metrics_2026112", "metrics_20261325", "metrics_20260230",
                           "jobs", "metrics_20261125x", "metrics_-0261125"}) {
    CHECK_FALSE(parse_period_name(name).has_value());
  }
  CHECK(describe_key(Family::jobs, job_key(12)) == "jobs/12");
  CHECK(describe_key(Family::state, position_key("a\n")) == "default/pa\\x0a");
}

TEST_CASE("a record has exactly these bytes") {
  schema::Job job = simple_job(300, 2, "fr");
  job.energy = 1.5;
  job.state = schema::JobState::completed;
  job.resources[0].hwthreads = {0, 1, 2, 8};
  job.resources[0].accelerators = {"a"};
  job.tags.push_back({"t", "n", "global", 4});
  job.footprint.emplace().push_back({"f_avg", 2});
  job.statistics.emplace().push_back({"m", {"B", "G"}, 1, 0, 2});
  std::string bytes;
  encode_record(bytes, job, 200);
  CHECK(hex(bytes) ==
        hex(unhex("01 c801 0d 02 00 01"                   // version, revision, maps, states
                  "d804 00 04 00 80c60a"                  // job 300, array, start 2, duration, wall
                  "00 00 00 04 00 a002 000000000000f83f"  // ... nodes 2, acc 0, threads 144, energy
                  "02 6672 04 6d61696e 09 6d756c74696e6f6465 06 6b3130366562 08 6b31303665623130"
                  "02 05 6630323031 04 00 02 0a 00 01 01 61 00"  // two runs: 0 to 2, and 8
                  "05 6630323032 00 00 00"
                  "01 04"                              // tag 4
                  "01 05 665f617667 0000000000000040"  // footprint
                  "01 07 6a6f624e616d65 03 73696d"     // metaData
                  "01 01 6d 01 42 01 47 000000000000f03f 0000000000000000 0000000000000040")));
}

TEST_CASE("a row has exactly these bytes") {
  jobs::Row row;
  row.revision = 3;
  row.job_id = 300;
  row.start_time = -1;
  row.duration = 60;
  row.num_nodes = 2;
  row.energy = 1.5;
  row.state = schema::JobState::timeout;
  row.shared = schema::Sharing::multi_user;
  row.monitoring_status = schema::MonitoringStatus::archived;
  row.cluster = 0;
  row.user = 200;
  row.hosts = {1, 2, 300};
  row.tags = {7};
  row.footprint = {{0, 2.0}, {2, 0.0}};
  std::string bytes;
  encode_row(bytes, row);
  CHECK(hex(bytes) == hex(unhex("01 03 0b 1e d804 00 01 00 78 04 00 00 00 000000000000f83f"
                                "01 00 00 00 c901 00 03 01 00 a902 01 07"
                                "02 00 0000000000000040 01 0000000000000000")));
  jobs::Row again;
  CHECK(decode_row(0, bytes, all_known(), 1000, again));
  CHECK(again == row);
}

TEST_CASE("other values have exactly these bytes") {
  CHECK(hex(encode_counters({300, 2, 3, 4, 5, 6, 7})) == "01d804040604050607");
  CHECK(hex(encode_tag({"ty", "na", "global", 3})) == "01027479026e6106676c6f62616c");
  CHECK(hex(encode_position({"EV", -1, 300, 2, 5, 129})) == "0201ac02020a8101");
  CHECK(hex(encode_mark({300, -1, 129})) == "01018101");
  NodeState node{
      "al", "a1", "s", schema::SchedulerState::mixed, schema::MonitoringState::failed, 128, 2,
      3,    1000, 60};
  CHECK(hex(encode_node(node)) ==
        "0102616c02613101737823800204"
        "06d00f");
  ParkedStop parked{kOrigin, {}, "su", "pl", 60};
  parked.stop.job_id = 9;
  parked.stop.cluster = "al";
  parked.stop.stop_time = 5;
  CHECK(hex(encode_parked(parked)) ==
        "02120102616c0a020078027375"
        "02706c");
  parked.stop.scheduler_state = "pe";
  CHECK(hex(encode_parked(parked)) ==
        "02120102616c0a0202706578027375"
        "02706c");
  DeadLetter letter{0, kOrigin, "su", "re", "pl", true, 60};
  CHECK(hex(encode_letter(letter)) == "030245560a82020300780102737502726502706c00");
  letter.origin.epoch = 5;
  CHECK(hex(encode_letter(letter)) == "030245560a82020305780102737502726502706c00");
  CHECK(hex(encode_letter_id(300)) == "01ac02");
}

TEST_CASE("positions and dead letters from before epochs were counted are read") {
  const auto position = decode_position("EV", unhex("0101ac02"));
  REQUIRE(position.has_value());
  CHECK(*position == StreamPosition{"EV", -1, 300});
  const auto letter = decode_letter(4, unhex("010245560a820203780102737502726502706c"));
  REQUIRE(letter.has_value());
  CHECK(letter->origin == kOrigin);
  CHECK(letter->payload == "pl");
  CHECK_FALSE(decode_position("EV", unhex("0301ac02020a8101")).has_value());
}

TEST_CASE("a dead letter of a version before has no group") {
  const auto old = decode_letter(7, unhex("020245560a82020305780102737502726502706c"));
  REQUIRE(old.has_value());
  CHECK(old->group.empty());
  CHECK(old->origin.epoch == 5);
  DeadLetter letter = *old;
  letter.group = "+syntax su";
  const auto again = decode_letter(7, encode_letter(letter));
  REQUIRE(again.has_value());
  CHECK(again->group == letter.group);
  CHECK(again->payload == "pl");
  CHECK_FALSE(decode_letter(7, unhex("040245560a82020305780102737502726502706c00")).has_value());
}

TEST_CASE("a parked stop of the version before has no word of the scheduler") {
  const auto old = decode_parked(kOrigin, unhex("01120102616c0a027802737502706c"));
  REQUIRE(old.has_value());
  CHECK(old->stop == schema::StopEvent{9, "al", std::nullopt, 5, schema::JobState::completed, ""});
  CHECK(old->received == 60);
  ParkedStop parked = *old;
  parked.stop.scheduler_state = "requeued";
  const auto again = decode_parked(kOrigin, encode_parked(parked));
  REQUIRE(again.has_value());
  CHECK(again->stop == parked.stop);
  CHECK(again->payload == "pl");
  CHECK_FALSE(decode_parked(kOrigin, unhex("03120102616c0a02007802737502706c")).has_value());
}

TEST_CASE("a node report keeps names as dictionary numbers") {
  jobs::Dictionaries dictionaries;
  dictionaries.intern(jobs::Dictionary::host, "other");
  std::vector<NodeState> nodes;
  for (const char* host : {"a1", "a2"}) {
    nodes.push_back({"al", host, "s", schema::SchedulerState::idle, schema::MonitoringState::full,
                     1, 0, 2, 3, 60});
  }
  const std::string bytes = encode_report(nodes, dictionaries);
  CHECK(hex(bytes) ==
        "0102"
        "02000202000406"
        "02000202000406");
  const auto again = decode_report("al", 60, bytes, dictionaries);
  REQUIRE(again.has_value());
  CHECK(*again == nodes);
}

TEST_CASE("any job survives the way to bytes and back; no shorter bytes are taken for one") {
  std::mt19937_64 random(42);
  std::vector<schema::Tag> tags;
  for (int i = 0; i < 9; ++i) tags.push_back({"type", std::to_string(i), "global", i + 1});
  for (int round = 0; round < 300; ++round) {
    schema::Job job = random_job(random);
    job.id = round + 1;
    for (auto& tag : job.tags) tag = tags[static_cast<std::size_t>(std::stoi(tag.name))];
    std::string bytes;
    encode_record(bytes, job, static_cast<std::uint32_t>(round));
    const auto record = decode_record(job.id, bytes, tags);
    REQUIRE_MESSAGE(record.has_value(), record.error().detail);
    CHECK(record->job == job);
    CHECK(record->revision == static_cast<std::uint32_t>(round));
    const std::size_t cut = random() % bytes.size();
    const auto torn = decode_record(job.id, std::string_view(bytes).substr(0, cut), tags);
    REQUIRE_FALSE(torn.has_value());
    CHECK(torn.error().kind == ErrorKind::corrupt);
    CHECK_FALSE(decode_record(job.id, bytes + "x", tags).has_value());
  }
}

TEST_CASE("any row survives the way to bytes and back; no shorter bytes are taken for one") {
  std::mt19937_64 random(43);
  jobs::Dictionaries dictionaries;
  for (int round = 0; round < 300; ++round) {
    schema::Job job = random_job(random);
    job.id = round + 1;
    for (auto& tag : job.tags) tag.id = std::stoi(tag.name) + 1;
    const jobs::Row row = make_row(job, 5, dictionaries);
    std::string bytes;
    encode_row(bytes, row);
    jobs::Row again = row;  // decoding must not depend on what was there
    REQUIRE(decode_row(job.id, bytes, all_known(), 1000, again));
    CHECK(again == row);
    const std::size_t cut = random() % bytes.size();
    CHECK_FALSE(
        decode_row(job.id, std::string_view(bytes).substr(0, cut), all_known(), 1000, again));
    CHECK_FALSE(decode_row(job.id, bytes + "x", all_known(), 1000, again));
    if (row.cluster + 1 > 1) CHECK_FALSE(decode_row(job.id, bytes, DictionarySizes{}, 1000, again));
  }
}

TEST_CASE("a row holds each host, tag and footprint key once, in order, and only finite numbers") {
  schema::Job job = simple_job(1);
  job.resources = {{"b", {}, {}, {}}, {"a", {}, {}, {}}, {"b", {}, {}, {}}};
  job.footprint.emplace() = {{"x", 1}, {"x", 2}, {"y", std::numeric_limits<double>::infinity()}};
  job.energy = std::numeric_limits<double>::quiet_NaN();
  job.tags = {{"t", "b", "global", 2}, {"t", "a", "global", 1}, {"t", "b", "global", 2}};
  jobs::Dictionaries dictionaries;
  const jobs::Row row = make_row(job, 1, dictionaries);
  CHECK(row.hosts == std::vector<jobs::StringId>{0, 1});
  CHECK(row.tags == std::vector<std::uint32_t>{1, 2});
  REQUIRE(row.footprint.size() == 1);
  CHECK(row.footprint[0].second == 1);
  CHECK(row.energy == 0);
}

TEST_CASE("a few bytes that promise millions of hardware threads are refused") {
  schema::Job job;
  job.resources.resize(1);
  job.resources[0].hwthreads.resize(3000);
  for (int i = 0; i < 3000; ++i) job.resources[0].hwthreads[static_cast<std::size_t>(i)] = i;
  std::string bytes;
  encode_record(bytes, job, 1);
  const std::string run = unhex("b817 00 b717");  // 3000 threads, from 0, one run
  const auto at = bytes.find(run);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, run.size(), unhex("ffffffff07 00 feffffff07"));
  CHECK_FALSE(decode_record(1, bytes, {}).has_value());
}

TEST_CASE("a row that names a tag beyond those there are is refused") {
  jobs::Row row;
  row.tags = {2, 5};
  std::string bytes;
  encode_row(bytes, row);
  jobs::Row again;
  CHECK(decode_row(1, bytes, all_known(), 5, again));
  CHECK_FALSE(decode_row(1, bytes, all_known(), 4, again));
  row.tags = {0xfffffff0};
  bytes.clear();
  encode_row(bytes, row);
  CHECK_FALSE(decode_row(1, bytes, all_known(), 5, again));
}

TEST_CASE("a record of a later version is refused by name") {
  const auto record = decode_record(1, unhex("09 01"), {});
  REQUIRE_FALSE(record.has_value());
  CHECK(record.error().detail.find("version 9") != std::string::npos);
}

}  // namespace
}  // namespace jobledger::storage
