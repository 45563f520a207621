// SPDX-License-Identifier: MIT
#include "test/storage/damage_world.h"

#include "storage/database.h"
#include "storage/event_codec.h"
#include "storage/letter_room.h"

#include <doctest/doctest.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <fstream>
#include <random>

namespace jobledger::storage::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBegin = 1'700'000'000;
constexpr std::uint64_t kFooterBytes = 53;
constexpr std::int64_t kReopened = 40;  // commits between two tables

std::string noise(std::int64_t n, std::size_t size) {
  std::mt19937_64 random(static_cast<std::uint64_t>(n));
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>('!' + random() % 90);
  return text;
}

schema::Job job_of(std::int64_t n) {
  schema::Job job = simple_job(n, kBegin + n);
  job.user = "user" + std::to_string(n);
  job.tags = {{"n", std::to_string(n % 30), "global"}};
  job.meta_data->emplace_back("script", noise(n, 700));
  return job;
}

void finish(schema::Job& job) {
  job.state = schema::JobState::completed;
  job.duration = 100;
}

void archive(schema::Job& job) {
  job.monitoring_status = schema::MonitoringStatus::archived;
  job.footprint = {{"flops_avg", static_cast<double>(job.job_id)}};
  job.energy = 1.5;
  job.statistics = {{"flops", {"F/s", "G"}, 1, 2, 3}};
}

struct Change {
  std::int64_t age;
  void (*run)(schema::Job&);
};

EventOrigin origin_of(std::int64_t n) { return {"EV", 1, static_cast<std::uint64_t>(n), 0}; }

// The members that a row has.
schema::Job known_of_row(schema::Job job) {
  job.statistics.reset();
  job.energy_footprint.reset();
  job.meta_data.reset();
  job.submit_time = job.requested_memory = 0;
  for (schema::Resource& resource : job.resources) resource = {resource.hostname, {}, {}, {}};
  return job;
}

std::vector<Part> parts_of(const fs::path& file) {
  rocksdb::SstFileReader table{rocksdb::Options()};
  REQUIRE(table.Open(file.string()).ok());
  const auto properties = table.GetTableProperties();
  const std::uint64_t data = properties->data_size, filter = properties->filter_size;
  const std::uint64_t size = fs::file_size(file);
  const std::uint64_t index = data + filter + (filter > 0 ? 5 : 0);
  std::vector<Part> parts = {{"first data", 0, std::min<std::uint64_t>(data, 2000)},
                             {"data", 0, data},
                             {"index", index, index + properties->index_size},
                             {"properties", index + properties->index_size, size - kFooterBytes},
                             {"footer", size - kFooterBytes, size}};
  if (filter > 0) parts.push_back({"filter", data, data + filter});
  return parts;
}

}  // namespace

void flip(const fs::path& file, std::uint64_t bit) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  const auto at = static_cast<std::streamoff>(bit / 8);
  bytes.seekg(at);
  const int byte = bytes.get();
  REQUIRE(bytes.good());
  bytes.seekp(at);
  bytes.put(static_cast<char>(byte ^ 1 << bit % 8));
}

World::World()
    : folder_(std::make_unique<TemporaryDirectory>()),
      config_(small_config(folder_->path() / "db")) {}

World::World(const World& other, Config config)
    : commits_(other.commits_),
      jobs_(other.jobs_),
      letters_(other.letters_),
      stops_(other.stops_),
      nodes_(other.nodes_),
      config_(std::move(config)) {}

void World::build(std::int64_t commits) {
  open();
  for (std::int64_t n = 1; n <= commits; ++n) {
    commit(n);
    if (n % kReopened == 0) open();
  }
  close();
  open();  // nothing is left in the log
  close();
}

void World::open() {
  store_.reset();
  auto opened = Store::open(config_);
  REQUIRE_MESSAGE(opened.has_value(), opened.error().detail);
  store_ = *std::move(opened);
}

std::int64_t World::position() const {
  const auto position = store_->snapshot()->position("EV");
  return position ? static_cast<std::int64_t>(position->sequence) : 0;
}

void World::go_on(std::int64_t first, std::int64_t last) {
  for (std::int64_t n = first; n <= last; ++n) commit(n);
}

void World::commit(std::int64_t n) {
  Update update = store_->begin_update();
  change_jobs(update, n);
  change_letters(update, n);
  change_stops(update, n);
  change_nodes(update, n);
  update.set_position({"EV", 1, static_cast<std::uint64_t>(n)});
  const auto committed = store_->commit(update);
  REQUIRE_MESSAGE(committed.has_value(), committed.error().detail);
  commits_ = std::max(commits_, n);
}

// Job n starts, n - 10 stops and n - 20 is archived.
void World::change_jobs(Update& update, std::int64_t n) {
  const auto id = update.add_job(job_of(n));
  REQUIRE(id.has_value());
  CHECK(*id == n);
  jobs_[n] = *update.get_job(n);
  for (const auto& [age, change] : {Change{10, &finish}, Change{20, &archive}}) {
    if (n <= age) continue;
    auto job = update.get_job(n - age);
    REQUIRE_MESSAGE(job.has_value(), job.error().detail);
    change(*job);
    REQUIRE(update.replace_job(*job).has_value());
    change(jobs_.at(n - age));
  }
}

// Every second one stays, the others go at some time.
void World::change_letters(Update& update, std::int64_t n) {
  DeadLetter letter;
  letter.origin = origin_of(n);
  letter.subject = "cc.job.event";
  letter.reason = "reason " + std::to_string(n);
  letter.kind = "kind" + std::to_string(n % 3);
  letter.of_known_cluster = n % 5 == 0;
  letter.payload = noise(n, 300);
  letter.received = kBegin + n;
  REQUIRE(update.add_dead_letter(letter).has_value());
  letter.id = n;
  letter.payload_bytes = letter.payload.size();
  letters_[n] = letter;
  if (n > 25 && n % 2 == 0) {
    CHECK(*update.drop_dead_letter(n - 25));
    letters_.erase(n - 25);
  }
}

void World::change_stops(Update& update, std::int64_t n) {
  ParkedStop stop;
  stop.origin = origin_of(n);
  stop.stop.job_id = 1'000'000 + n;
  stop.stop.stop_time = kBegin + n;
  stop.payload = noise(n, 100);
  stop.received = kBegin + n;
  REQUIRE(update.park_stop(stop).has_value());
  stops_.insert(n);
  if (n > 15) {
    update.drop_parked_stop(origin_of(n - 15));
    stops_.erase(n - 15);
  }
}

void World::change_nodes(Update& update, std::int64_t n) {
  std::vector<NodeState> states(3);
  for (int i = 0; i < 3; ++i) {
    NodeState& state = states[static_cast<std::size_t>(i)];
    state.hostname = "n" + std::to_string((n + i) % 20);
    state.sub_cluster = "main";
    state.jobs_running = static_cast<std::int32_t>(n);
    nodes_[state.hostname] = kBegin + n;
  }
  update.put_node_states("fritz", kBegin + n, std::move(states));
}

void World::scrub() const {
  for (std::uint64_t last = 0; const auto table = store_->check_table_after(last);) {
    last = table->number;
  }
}

// What readers stumble over is repaired by the next commit, as the daemon makes one for it.
void World::check() const {
  (void)store_->snapshot()->read_dead_letters(0, SIZE_MAX);
  (void)store_->snapshot()->read_jobs(refs());
  while (store_->needs_recovery()) {
    Update nothing = store_->begin_update();
    const auto repaired = store_->commit(nothing);
    REQUIRE_MESSAGE(repaired.has_value(), repaired.error().detail);
  }
  const auto snapshot = store_->snapshot();
  CHECK(position() == commits_);
  check_jobs(*snapshot);
  check_letters(*snapshot);
  check_stops();
  REQUIRE(snapshot->nodes().size() == nodes_.size());
  for (const NodeState& node : snapshot->nodes()) {
    CHECK(node.time == nodes_.at(node.hostname));
    CHECK(node.jobs_running == node.time - kBegin);
  }
}

std::vector<jobs::JobRef> World::refs() const {
  std::vector<jobs::JobRef> refs;
  for (const auto& [id, job] : jobs_) {
    const auto row = store_->snapshot()->jobs().find(id);
    REQUIRE(row.has_value());
    refs.push_back({id, row->revision});
  }
  return refs;
}

void World::check_jobs(const Snapshot& snapshot) const {
  CHECK(snapshot.jobs().job_count() == jobs_.size());
  const auto read = snapshot.read_jobs(refs());
  REQUIRE_MESSAGE(read.has_value(), read.error().detail);
  for (const JobPtr& job : *read) {
    const schema::Job& expected = jobs_.at(job->id);
    if (*job == expected) continue;
    CAPTURE(job->id);
    CHECK_FALSE(job->meta(kDamageEntry).empty());
    CHECK(snapshot.damaged_jobs().contains(job->id));
    CHECK(known_of_row(*job) == known_of_row(expected));
  }
}

void World::check_letters(const Snapshot& snapshot) const {
  const auto letters = snapshot.read_dead_letters(0, SIZE_MAX);
  REQUIRE_MESSAGE(letters.has_value(), letters.error().detail);
  CHECK(snapshot.dead_letter_count() == letters_.size());
  CHECK(letters->size() == letters_.size());
  for (const DeadLetter& letter : *letters) {
    REQUIRE(letters_.contains(letter.id));
    const DeadLetter& expected = letters_.at(letter.id);
    CHECK(letter.origin == expected.origin);
    if (letter.reason != "the disk lost this letter") CHECK(letter.payload == expected.payload);
  }
}

void World::check_stops() const {
  Update update = store_->begin_update();
  const auto stops = update.parked_stops_received_before(INT64_MAX, SIZE_MAX / 2);
  REQUIRE_MESSAGE(stops.has_value(), stops.error().detail);
  std::set<std::int64_t> found;
  for (const ParkedStop& stop : *stops) {
    const auto n = static_cast<std::int64_t>(stop.origin.sequence);
    found.insert(n);
    CHECK(stop.payload == noise(n, 100));
  }
  CHECK(found == stops_);
}

// What groups of letters take is what their letters take.
void World::check_rooms(const Database& database) {
  LetterRooms counted, stored;
  const auto count = [&](std::string_view, std::string_view value) -> Result<void> {
    TRY(const DeadLetter letter, decode_letter(1, value));
    if (letter.group.empty()) return {};  // a word about a lost one
    LetterRoom& room = counted[letter.group];
    ++room.letters;
    room.bytes += text_bytes(letter);
    return {};
  };
  REQUIRE(database.scan(Family::dead_letters, {}, {}, count).has_value());
  const auto take = [&](std::string_view key, std::string_view value) -> Result<void> {
    TRY(stored[std::string(key.substr(1))], decode_letter_room(value));
    return {};
  };
  const std::string from(1, kLetterRoomPrefix), to(1, static_cast<char>(kLetterRoomPrefix + 1));
  REQUIRE(database.scan(Family::state, from, to, take).has_value());
  CHECK(counted == stored);
}

// Until no compaction stumbles over damage any more.
void World::compact() {
  close();
  const auto database = Database::open(config_);
  REQUIRE_MESSAGE(database.has_value(), database.error().detail);
  if ((*database)->lost_tables().empty()) check_rooms(**database);
  rocksdb::CompactRangeOptions all;
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (int i = 0; i < kFamilyCount;) {
    auto* const family = (*database)->family(static_cast<Family>(i));
    if ((*database)->db().CompactRange(all, family, nullptr, nullptr).ok()) {
      ++i;
      continue;
    }
    const auto recovered = (*database)->recover();
    REQUIRE_MESSAGE(recovered.has_value(), recovered.error().detail);
    REQUIRE(*recovered);
  }
}

std::vector<TableFile> World::tables() const {
  const auto database = Database::open(config_);
  REQUIRE(database.has_value());
  std::vector<rocksdb::LiveFileMetaData> files;
  (*database)->db().GetLiveFilesMetaData(&files);
  std::vector<TableFile> tables;
  for (const auto& file : files) {
    const fs::path path = config_.path / file.relative_filename;
    tables.push_back({path.filename().string(), file.column_family_name, parts_of(path)});
  }
  return tables;
}

}  // namespace jobledger::storage::test
