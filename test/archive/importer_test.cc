// SPDX-License-Identifier: MIT
#include "archive/importer.h"

#include "archive/import_index.h"
#include "archive/job_path.h"
#include "schema/job_json.h"
#include "test/archive/support.h"
#include "test/schema/archive_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>

namespace jobledger::archive {
namespace {

namespace fs = std::filesystem;
using schema::MonitoringStatus;

schema::Job archived_job(std::int64_t job_id, std::int64_t start_time = 1'700'000'000) {
  auto job = finished_job(job_id, start_time);
  job.monitoring_status = MonitoringStatus::archived;
  return job;
}

ImportReport must_import(World& world, const fs::path& from) {
  auto report = world.import(from);
  REQUIRE_MESSAGE(report, report.error().detail);
  return *std::move(report);
}

// reason -> number
std::map<std::string, std::uint64_t> counts(const std::vector<ImportProblem>& problems) {
  std::map<std::string, std::uint64_t> out;
  for (const auto& problem : problems) out[problem.reason] = problem.count;
  return out;
}

std::string three_digits(int id) {
  const std::string text = std::to_string(id);
  return std::string(3 - text.size(), '0') + text;
}

using Counts = std::map<std::string, std::uint64_t>;

}  // namespace

TEST_CASE("every job of a tree comes into the index as it stands in its file") {
  TemporaryDirectory directory;
  World world(directory.path());
  std::map<std::int64_t, schema::Job> written;
  for (int i = 0; i < 57; ++i) {
    auto job = archived_job(900 + 113 * i);
    job.user = "user" + std::to_string(i % 5);
    put_job(world.root, job);
    written[job.job_id] = job;
  }
  const auto report = must_import(world, world.root);
  CHECK(report.found == written.size());
  CHECK(report.imported == written.size());
  CHECK(report.skipped == 0);
  CHECK(report.ignored.empty());
  const auto jobs = world.all_indexed();
  CHECK(jobs.size() == written.size());
  for (const auto& job : jobs) CHECK(is_same_job(job, written[job.job_id]));
  CHECK(world.due() == 0);

  const auto progress = world.importer->progress();
  CHECK(!progress.running);
  CHECK(progress.imported == written.size());
  CHECK(progress.units_done == progress.units);
}

TEST_CASE("an import survives a restart of the index") {
  TemporaryDirectory directory;
  {
    World world(directory.path());
    for (int i = 0; i < 20; ++i) put_job(world.root, archived_job(i));
    must_import(world, world.root);
  }
  World world(directory.path());
  CHECK(world.all_indexed().size() == 20);
}

TEST_CASE("what an old or sparse record leaves out is filled in") {
  TemporaryDirectory directory;
  World world(directory.path());
  const auto file = world.root / "testcluster" / "0" / "005" / "100" / "meta.json";
  write_text(file, R"({"cluster":"testcluster","user":"eve","project":"p","jobState":"timeout",
    "resources":[{"hostname":"n017"}],"jobId":5,"duration":3600,"numNodes":1,"startTime":100,"stopTime":3700,
    "footprint":{"old":1},"energy":7,"tags":[{"type":"t","name":"private","scope":"eve","id":9},
    {"type":"t","name":"none"}]})");
  REQUIRE(must_import(world, world.root).imported == 1);
  const auto job = world.all_indexed().at(0);
  CHECK(job.sub_cluster == "main");
  CHECK(job.shared == schema::Sharing::none);
  CHECK(job.monitoring_status == MonitoringStatus::archived);
  CHECK(job.state == schema::JobState::timeout);
  REQUIRE(job.tags.size() == 2);
  CHECK(job.tags[0].scope == "eve");
  CHECK(job.tags[1].scope == "global");
  // Without statistics the file's own values stay.
  CHECK(job.footprint == std::vector<schema::NamedValue>{{"old", 1}});
  CHECK(job.energy == 7);
}

TEST_CASE("a job of a sub-cluster that is not known any more keeps its name") {
  TemporaryDirectory directory;
  World world(directory.path());
  auto job = archived_job(5);
  job.sub_cluster = "renamed since";
  auto host_gone = archived_job(6);
  host_gone.sub_cluster = "taken away";
  host_gone.resources[0].hostname = "old1";
  auto broken = archived_job(7);
  broken.sub_cluster = "renamed since";
  broken.num_nodes = 7;
  for (const auto& one : {job, host_gone, broken}) put_job(world.root, one);
  const auto report = must_import(world, world.root);
  CHECK(report.imported == 2);
  CHECK(counts(report.skipped_because).begin()->first.find("numNodes") != std::string::npos);
  for (const auto& indexed : world.all_indexed())
    CHECK(indexed.sub_cluster == (indexed.job_id == 5 ? "renamed since" : "taken away"));
  CHECK(must_import(world, world.root).unchanged == 2);
}

TEST_CASE("the footprint takes the configured statistic") {
  TemporaryDirectory directory;
  World world(directory.path());
  auto job = archived_job(5);
  job.statistics = {{{"mem_used", {"B", "G"}, 10, 5, 20}, {"node_power", {"W", ""}, 500, 1, 600}}};
  job.footprint = {{{"mem_used_avg", 10}}};
  put_job(world.root, job);
  must_import(world, world.root);
  const auto indexed = world.all_indexed().at(0);
  CHECK(indexed.footprint == std::vector<schema::NamedValue>{{"mem_used_max", 20}});
  CHECK(indexed.energy == 1.0);
}

TEST_CASE("the same import again changes nothing") {
  TemporaryDirectory directory;
  World world(directory.path());
  for (int i = 0; i < 9; ++i) put_job(world.root, archived_job(i));
  must_import(world, world.root);
  auto changed = archived_job(3);
  changed.duration = 1;
  put_job(world.root, changed);
  const auto before = world.all_indexed();
  const auto report = must_import(world, world.root);
  CHECK(report.imported == 0);
  CHECK(report.unchanged == 8);
  CHECK(counts(report.skipped_because) == Counts{{"already there, with other contents", 1}});
  CHECK(report.skipped_because[0].example.find(job_path(changed)) == 0);
  CHECK(world.all_indexed() == before);
}

TEST_CASE("a job that we archived imports again to the same job") {
  TemporaryDirectory directory;
  schema::Job original;
  {
    World world(directory.path());
    auto job = finished_job(1234);
    job.statistics = {{{"cpu_load", {}, 1.5, 1, 2}, {"node_power", {"W", ""}, 512.5, 1, 600}}};
    job.smt = 2;
    job.num_acc = 1;
    job.array_job_id = 99;
    const auto id = world.add(job);
    world.settle();
    original = world.indexed(id);
    REQUIRE(original.monitoring_status == MonitoringStatus::archived);
    CHECK(must_import(world, world.root).unchanged == 1);
  }
  fs::remove_all(directory.path() / "db");
  World world(directory.path());
  REQUIRE(must_import(world, world.root).imported == 1);
  CHECK(is_same_job(world.all_indexed().at(0), original));
}

TEST_CASE("a hostile tree is imported as far as it goes, and every skip is counted") {
  TemporaryDirectory directory;
  World world(directory.path());
  const auto cluster = world.root / "testcluster";
  for (int i = 0; i < 10; ++i) put_job(world.root, archived_job(2000 + i));
  const auto meta = [&](int id) { return cluster / "0" / three_digits(id) / "100" / "meta.json"; };
  const auto bad = [&](int id, const std::function<void(schema::Job&)>& change) {
    auto job = archived_job(id, 100);
    change(job);
    write_text(meta(id), meta_json(job));
  };
  write_text(meta(1), "");
  write_text(meta(2), "{\"jobId\":");
  write_text(meta(3), "[]");
  bad(4, [](schema::Job& job) { job.cluster = "elsewhere"; });
  bad(5, [](schema::Job& job) { job.resources[0].hostname = "x7", job.sub_cluster = ""; });
  bad(6, [](schema::Job& job) { job.resources[0].hostname = "x8", job.sub_cluster = ""; });
  bad(7, [](schema::Job& job) { job.user = ""; });
  bad(8, [](schema::Job& job) { job.num_nodes = 7; });
  bad(9, [](schema::Job& job) { job.state = schema::JobState::running; });
  bad(10, [](schema::Job& job) { job.job_id = 11; });
  bad(12, [](schema::Job& job) { job.start_time = 7; });
  fs::create_directories(cluster / "0" / "013" / "100");
  fs::create_directories(cluster / "0" / "014" / "100" / "meta.json");
  fs::create_directories(cluster / "0" / "015" / "100");
  fs::create_symlink(meta(1), cluster / "0" / "015" / "100" / "meta.json");
  write_text(meta(16), R"({"jobId":16,"tags":[{"type":5}]})");
  write_text(cluster / "0" / "017", "a file");
  write_text(cluster / "rubbish" / "x", "");

  const auto report = must_import(world, world.root);
  CHECK(report.imported == 10);
  CHECK(report.found == 25);
  CHECK(report.skipped == 15);
  CHECK(counts(report.ignored) ==
        Counts{{"not a folder", 1}, {"the folder's name is not a number", 1}});
  const auto reasons = counts(report.skipped_because);
  CHECK(reasons.at("no such cluster: elsewhere") == 1);
  CHECK(reasons.at("no sub-cluster of cluster testcluster has host x#") == 2);
  CHECK(reasons.at("'resources' and 'user' should not be empty") == 1);
  CHECK(reasons.at("len(resources) does not equal numNodes (# vs #)") == 1);
  CHECK(reasons.at("jobState: a running job is no archived one") == 1);
  CHECK(reasons.at("the folder belongs to another job than its meta.json") == 2);
  CHECK(reasons.at("meta.json: missing") == 1);
  CHECK(reasons.at("meta.json: is not a regular file") == 1);
  CHECK(reasons.at("meta.json: is a symbolic link") == 1);
  CHECK(reasons.at("tags[#].type: expected a string, found #") == 1);
  const std::string text = format_report(report);
  CHECK(text.find("imported 10 of 25 jobs") == 0);
  CHECK(text.find("skipped 15 jobs") != std::string::npos);
  CHECK(text.find("testcluster/0/004/100: no such cluster: elsewhere") != std::string::npos);
}

TEST_CASE("another tree is copied into ours, with its data") {
  TemporaryDirectory directory;
  const auto other = directory.path() / "other";
  make_root(other);
  for (int i = 0; i < 9; ++i) put_job(other, archived_job(i));
  write_text(other / job_path(archived_job(1)) / "data.json", R"({"cpu_load":{}})");
  write_text(other / job_path(archived_job(2)) / "data.json.gz", "packed");
  write_text(other / job_path(archived_job(2)) / "data.json", "stale");
  World world(directory.path());
  // One is in the index, one in our tree only.
  const auto known = world.add(archived_job(7));
  write_text(put_job(world.root, archived_job(8)) / "data.json", "ours");

  const auto report = must_import(world, other);
  CHECK(report.imported == 8);
  CHECK(report.unchanged == 1);
  CHECK(report.skipped == 0);
  CHECK(world.all_indexed().size() == 9);
  CHECK(world.indexed(known).job_id == 7);
  const auto data = [&](int id, const char* name) {
    return read_text(world.root / job_path(archived_job(id)) / name);
  };
  CHECK(data(0, "data.json") == "{}\n");
  CHECK(data(1, "data.json") == R"({"cpu_load":{}})");
  CHECK(data(2, "data.json.gz") == "packed");
  CHECK(data(2, "data.json").empty());
  CHECK(data(8, "data.json") == "ours");
  CHECK(!fs::exists(world.root / job_path(archived_job(7))));
  CHECK(list_tree(staging_path(world.config)).empty());
  CHECK(must_import(world, other).unchanged == 9);
}

TEST_CASE("what our tree has and the index lacks is taken as it stands in our tree") {
  TemporaryDirectory directory;
  const auto other = directory.path() / "other";
  make_root(other);
  for (int i = 0; i < 6; ++i) write_text(put_job(other, archived_job(i)) / "data.json", "theirs");
  World world(directory.path());
  auto changed = archived_job(1);
  changed.project = "ours";
  put_job(world.root, archived_job(0));
  put_job(world.root, changed);
  write_text(put_job(world.root, archived_job(2)) / "meta.json", "{\"jobId\":");
  write_text(world.root / job_path(archived_job(3)) / "meta.json", meta_json(archived_job(99)));
  write_text(world.root / job_path(archived_job(4)) / "data.json",
             "left by a copy that was cut off");

  const auto report = must_import(world, other);
  CHECK(report.imported == 4);
  const auto reasons = counts(report.skipped_because);
  CHECK(reasons.at("in the archive tree already, with other contents, which the index has now") ==
        1);
  CHECK(report.skipped == 3);
  std::map<std::int64_t, schema::Job> jobs;
  for (auto& job : world.all_indexed()) jobs[job.job_id] = job;
  CHECK(jobs.size() == 4);
  CHECK(jobs[1].project == "ours");
  CHECK(jobs.count(4) == 1);
  CHECK(jobs.count(5) == 1);
  CHECK(read_text(world.root / job_path(archived_job(4)) / "data.json") == "theirs");
  CHECK(read_text(world.root / job_path(archived_job(2)) / "meta.json") == "{\"jobId\":");
}

TEST_CASE("one job's folder is imported from anywhere") {
  TemporaryDirectory directory;
  World world(directory.path());
  const auto outside = directory.path() / "mail-attachment";
  write_text(outside / "meta.json", meta_json(archived_job(1)));
  write_text(outside / "data.json", "{ }");
  CHECK(must_import(world, outside).imported == 1);
  CHECK(read_text(world.root / job_path(archived_job(1)) / "data.json") == "{ }");
  CHECK(must_import(world, outside).unchanged == 1);

  const auto inside = put_job(world.root, archived_job(2));
  CHECK(must_import(world, inside).imported == 1);
  const auto misplaced = world.root / "testcluster" / "9" / "009" / "9";
  write_text(misplaced / "meta.json", meta_json(archived_job(3)));
  CHECK(world.import(misplaced).error().detail.find("another job") != std::string::npos);
  write_text(outside / "meta.json", "{}");
  CHECK(world.import(outside).error().detail.find("meta.json: jobState") != std::string::npos);
  CHECK(world.all_indexed().size() == 2);
}

TEST_CASE("what is neither an archive nor a job is refused") {
  TemporaryDirectory directory;
  World world(directory.path());
  CHECK(world.import(directory.path() / "nowhere").error().kind == ErrorKind::not_found);
  CHECK(world.import(directory.path()).error().detail.find("version.txt") != std::string::npos);
  write_text(directory.path() / "old" / "version.txt", "2\n");
  CHECK(world.import(directory.path() / "old").error().detail.find("version 2") !=
        std::string::npos);
}

TEST_CASE("a second import is refused while one runs") {
  TemporaryDirectory directory;
  const auto outside = directory.path() / "job";
  write_text(outside / "meta.json", meta_json(archived_job(1)));
  World* self = nullptr;
  std::optional<ErrorKind> second;
  World world(directory.path(), [&](std::string_view point) {
    if (point == "staged") second = self->import(self->root).error().kind;
  });
  self = &world;
  CHECK(must_import(world, outside).imported == 1);
  CHECK(second == ErrorKind::conflict);
  CHECK(world.import(world.root));  // and afterwards again
}

TEST_CASE("a stopped import keeps what it took, and the next one takes the rest") {
  TemporaryDirectory directory;
  const auto other = directory.path() / "other";
  make_root(other);
  for (int i = 0; i < 40; ++i) put_job(other, archived_job(1000 * i));
  std::atomic<bool> stop = false;
  std::atomic<int> staged = 0;
  World world(
      directory.path(),
      [&](std::string_view point) {
        if (point == "staged" && ++staged == 10) stop = true;
      },
      [](Config& config) { config.import_batch = 2; });
  auto report = world.importer->run(other, {{}, &stop});
  REQUIRE(!report);
  CHECK(report.error().kind == ErrorKind::cancelled);
  CHECK(world.all_indexed().size() < 40);
  CHECK(list_tree(staging_path(world.config)).empty());
  const auto copied = list_tree(world.root).size();
  const auto rest = must_import(world, other);
  CHECK(rest.skipped == 0);
  CHECK(rest.imported + rest.unchanged == 40);
  CHECK(world.all_indexed().size() == 40);
  CHECK(list_tree(world.root).size() > copied);
}

TEST_CASE("an import can be stopped while the index cannot be written") {
  TemporaryDirectory directory;
  const auto other = directory.path() / "other";
  make_root(other);
  for (int i = 0; i < 20; ++i) put_job(other, archived_job(i));
  World world(directory.path());
  for (int i = 20; i < 100; ++i) put_job(world.root, archived_job(i));
  // The writer is held up in somebody's work, as it would be by a full disk.
  std::promise<void> release;
  storage::Work stuck;
  stuck.apply = [held = release.get_future().share()](storage::Update&) -> Result<void> {
    held.wait();
    return {};
  };
  REQUIRE(world.writer->submit(std::move(stuck)));
  for (const auto& from : {other, world.root}) {
    std::atomic<bool> stop = false;
    const auto tick = [&](const ImportProgress&) { stop = true; };
    auto report = world.importer->run(from, {tick, &stop});
    REQUIRE(!report);
    CHECK(report.error().kind == ErrorKind::cancelled);
  }
  release.set_value();
}

TEST_CASE("an import ends when the daemon stops") {
  TemporaryDirectory directory;
  World world(directory.path());
  for (int i = 0; i < 20; ++i) put_job(world.root, archived_job(i));
  world.writer->stop();
  auto report = world.import(world.root);
  REQUIRE(!report);
  CHECK(report.error().kind == ErrorKind::cancelled);
}

TEST_CASE("the real archived jobs import and read back with every field") {
  const auto files = test::archive_files();
  if (files.empty()) return;
  TemporaryDirectory directory;
  World world(directory.path(), {}, [&](Config& config) { config.path = files; });
  CHECK(world.tree->cluster_names() == std::vector<std::string>{"alex", "emmy", "fritz"});
  const auto report = must_import(world, files);
  CHECK(report.imported == 2);
  CHECK(report.skipped == 0);
  CHECK(report.ignored.empty());
  auto jobs = world.all_indexed();
  REQUIRE(jobs.size() == 2);
  std::sort(jobs.begin(), jobs.end(),
            [](const auto& a, const auto& b) { return a.job_id < b.job_id; });
  const auto& job = jobs[0];
  CHECK(job.job_id == 1403244);
  CHECK(job.cluster == "emmy");
  CHECK(job.sub_cluster == "haswell");
  CHECK(job.user == "emmyUser6");
  CHECK(job.project == "no project");
  CHECK(job.partition == "work");
  CHECK(job.start_time == 1608923076);
  CHECK(job.duration == 86486);
  CHECK(job.walltime == 10);
  CHECK(job.num_nodes == 32);
  CHECK(job.resources.size() == 32);
  CHECK(job.resources[0].hostname == "e0102");
  CHECK(job.shared == schema::Sharing::none);
  CHECK(job.state == schema::JobState::completed);
  CHECK(job.monitoring_status == MonitoringStatus::archived);
  CHECK(job.tags.empty());
  REQUIRE(job.statistics);
  CHECK(job.statistics->size() == 9);
  CHECK(jobs[1].job_id == 1404397);
  CHECK(jobs[1].duration == 86525);
  for (const auto& indexed : jobs) {
    auto expected = schema::parse_meta_json(read_text(files / job_path(indexed) / "meta.json"));
    REQUIRE(expected);
    expected->monitoring_status = MonitoringStatus::archived;
    expected->footprint.emplace();  // the cluster has statistics, but no footprint metrics
    expected->energy_footprint.emplace();
    CHECK(is_same_job(indexed, *expected));
    const auto data = world.tree->read_data({indexed.cluster, indexed.job_id, indexed.start_time});
    REQUIRE_MESSAGE(data, data.error().detail);
    CHECK(!data->metrics.empty());
  }
}

TEST_CASE("the real archived jobs are copied with their data") {
  const auto files = test::archive_files();
  if (files.empty()) return;
  TemporaryDirectory directory;
  write_text(directory.path() / "archive" / "version.txt", "3\n");
  write_text(directory.path() / "archive" / "emmy" / "cluster.json",
             read_text(files / "emmy" / "cluster.json"));
  World world(directory.path());
  CHECK(must_import(world, files).imported == 2);
  for (const auto& job : world.all_indexed()) {
    const auto packed = fs::path(job_path(job)) / "data.json.gz";
    CHECK(read_text(world.root / packed) == read_text(files / packed));
  }
}

}  // namespace jobledger::archive
