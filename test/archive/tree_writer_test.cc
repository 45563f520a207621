// SPDX-License-Identifier: MIT
#include "archive/tree_writer.h"

#include "archive/job_path.h"
#include "archive/tree.h"
#include "base/gzip.h"
#include "schema/job_json.h"
#include "test/archive/support.h"

#include <doctest/doctest.h>

namespace jobledger::archive {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  Fixture() {
    make_root(config.path);
    REQUIRE(writer.prepare());
  }

  // Stages, syncs and places one job.
  Result<void> write(const schema::Job& job, const JobData& data = NoMetrics{}) {
    TRY(const Staged staged, writer.stage(job, data));
    TRY(writer.sync());
    TRY(writer.place(staged));
    return writer.sync();
  }
  fs::path folder(const schema::Job& job) const { return config.path / job_path(job); }
  std::vector<std::string> files(const schema::Job& job) const { return list_tree(folder(job)); }

  TemporaryDirectory directory;
  Config config = test_config(directory.path());
  TreeWriter writer{config};
};

schema::MetricData metric_data(std::size_t samples) {
  schema::Series series;
  series.hostname = "n001";
  series.statistics = {1, 1.5, 2};
  for (std::size_t i = 0; i < samples; ++i)
    series.data.push_back(static_cast<float>((i * 7919) % 1000) / 8.0F);
  schema::ScopedMetric scoped;
  scoped.timestep = 60;
  scoped.series.push_back(std::move(series));
  schema::MetricData data;
  data.metrics.push_back({"cpu_load", {std::move(scoped)}});
  return data;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a job without metrics becomes a folder that other programs can open") {
  Fixture f;
  auto job = finished_job(1034871, 1'768'978'339);
  job.id = 7;
  job.tags[0].id = 12;
  REQUIRE(f.write(job));
  const auto folder = f.config.path / "testcluster/1034/871/1768978339";
  CHECK(list_tree(folder) == Names{"data.json", "meta.json"});
  CHECK(read_text(folder / "data.json") == "{}\n");
  CHECK(
      read_text(folder / "meta.json") ==
      R"({"cluster":"testcluster","subCluster":"main","partition":"work","project":"abc","user":"eve","shared":"none",)"
      R"("jobState":"completed","tags":[{"type":"app","name":"gromacs","scope":"global","id":0},)"
      R"({"type":"note","name":"mine","scope":"eve","id":0}],)"
      R"("resources":[{"hostname":"n001","hwthreads":[0,1]},{"hostname":"n002","accelerators":["00000000:01:00.0"]}],)"
      R"("energyFootprint":null,"footprint":null,)"
      R"("metaData":{"jobName":"sim \u003c1\u003e","jobScript":"#!/bin/bash\nsrun ./a.out\n"},)"
      R"("concurrentJobs":{"items":null,"count":0},"energy":0,"walltime":7200,"requestedMemory":64000,)"
      R"("jobId":1034871,"duration":3600,"monitoringStatus":3,"numHwthreads":4,"numNodes":2,"statistics":null,)"
      R"("id":7,"submitTime":1768978309,"startTime":1768978339})"
      "\n");
  CHECK(list_tree(staging_path(f.config)).empty());
}

TEST_CASE("metric data is compressed beyond the threshold only") {
  Fixture f;
  const auto small = metric_data(3), large = metric_data(2000);
  std::string small_json, large_json;
  schema::write_metric_data(small_json, small);
  schema::write_metric_data(large_json, large);
  REQUIRE(small_json.size() <= f.config.compress_bytes);
  REQUIRE(large_json.size() > f.config.compress_bytes);

  REQUIRE(f.write(finished_job(1), &small));
  CHECK(f.files(finished_job(1)) == Names{"data.json", "meta.json"});
  CHECK(read_text(f.folder(finished_job(1)) / "data.json") == small_json);

  REQUIRE(f.write(finished_job(2), &large));
  CHECK(f.files(finished_job(2)) == Names{"data.json.gz", "meta.json"});
  CHECK(*gunzip(read_text(f.folder(finished_job(2)) / "data.json.gz"), 1u << 20) == large_json);
}

TEST_CASE("nothing is in the tree before the folder is placed") {
  Fixture f;
  const auto before = list_tree(f.config.path);
  auto staged = f.writer.stage(finished_job(1), NoMetrics{});
  REQUIRE(staged);
  REQUIRE(f.writer.sync());
  CHECK(list_tree(f.config.path) == before);
  f.writer.discard(*staged);
  CHECK(list_tree(staging_path(f.config)).empty());
}

TEST_CASE("a folder that is there is replaced file by file") {
  Fixture f;
  const auto large = metric_data(2000), small = metric_data(3);
  auto job = finished_job(1);

  SUBCASE("newer data replaces older data of the same kind") {
    REQUIRE(f.write(job, &large));
    job.duration = 17;
    auto other = metric_data(2100);
    REQUIRE(f.write(job, &other));
    std::string json;
    schema::write_metric_data(json, other);
    CHECK(f.files(job) == Names{"data.json.gz", "meta.json"});
    CHECK(*gunzip(read_text(f.folder(job) / "data.json.gz"), 1u << 20) == json);
  }
  SUBCASE("a stale compressed twin goes") {
    REQUIRE(f.write(job, &large));
    job.duration = 17;
    REQUIRE(f.write(job, &small));
    CHECK(f.files(job) == Names{"data.json", "meta.json"});
  }
  SUBCASE("a stale plain twin goes") {
    REQUIRE(f.write(job, &small));
    job.duration = 17;
    REQUIRE(f.write(job, &large));
    CHECK(f.files(job) == Names{"data.json.gz", "meta.json"});
  }
  SUBCASE("metric data stays when none is known now") {
    REQUIRE(f.write(job, &large));
    const auto before = read_text(f.folder(job) / "data.json.gz");
    job.duration = 17;
    REQUIRE(f.write(job));
    CHECK(f.files(job) == Names{"data.json.gz", "meta.json"});
    CHECK(read_text(f.folder(job) / "data.json.gz") == before);
  }
  SUBCASE("a folder with foreign files keeps them and becomes complete") {
    write_text(f.folder(job) / "notes.txt", "mine");
    job.duration = 17;
    REQUIRE(f.write(job));
    CHECK(f.files(job) == Names{"data.json", "meta.json", "notes.txt"});
  }
  SUBCASE("an empty folder is filled") {
    fs::create_directories(f.folder(job));
    job.duration = 17;
    REQUIRE(f.write(job));
    CHECK(f.files(job) == Names{"data.json", "meta.json"});
  }
  CHECK(schema::parse_meta_json(read_text(f.folder(job) / "meta.json"))->duration == 17);
  CHECK(list_tree(staging_path(f.config)).empty());
}

TEST_CASE("what stands in a job's way concerns that job only") {
  Fixture f;
  write_text(f.config.path / "testcluster" / "1", "a file");
  auto blocked = f.write(finished_job(1001));
  REQUIRE(!blocked);
  CHECK(blocked.error().kind == ErrorKind::io);

  write_text(f.folder(finished_job(2002)), "a file");
  blocked = f.write(finished_job(2002));
  REQUIRE(!blocked);
  CHECK(blocked.error().kind != ErrorKind::unavailable);

  blocked = f.write(finished_job(5, 1'700'000'000, "nowhere"));
  REQUIRE(!blocked);
  CHECK(blocked.error().kind != ErrorKind::unavailable);

  CHECK(f.write(finished_job(1, 1'700'000'000, "../testcluster")).error().kind ==
        ErrorKind::invalid);
}

TEST_CASE("a job's folder that is a link, or lies behind one, is not written to") {
  Fixture f;
  const auto job = finished_job(1001);
  const auto place = f.folder(job);
  const auto elsewhere = f.directory.path() / "elsewhere";
  for (const auto& link : {place, place.parent_path(), place.parent_path().parent_path()}) {
    CAPTURE(link.string());
    fs::remove_all(f.config.path / "testcluster" / "1");
    fs::remove_all(elsewhere);
    fs::create_directories(link.parent_path());
    fs::create_directories(elsewhere);
    write_text(elsewhere / "meta.json", "theirs");
    fs::create_directory_symlink(elsewhere, link);
    const auto written = f.write(job);
    REQUIRE_FALSE(written);
    CHECK(written.error().kind != ErrorKind::unavailable);
    CHECK(list_tree(elsewhere) == Names{"meta.json"});
    CHECK(read_text(elsewhere / "meta.json") == "theirs");
  }
}

TEST_CASE("what a crash left in the staging folder is removed by the next start") {
  TemporaryDirectory directory;
  const Config config = test_config(directory.path());
  make_root(config.path);
  write_text(staging_path(config) / "17" / "meta.json", "{");
  write_text(staging_path(config) / "18" / "deep" / "x", "");
  TreeWriter writer(config);
  REQUIRE(writer.prepare());
  CHECK(list_tree(staging_path(config)).empty());
}

TEST_CASE("the staging folder goes with its owner when it is empty") {
  TemporaryDirectory directory;
  const Config config = test_config(directory.path());
  make_root(config.path);
  {
    TreeWriter writer(config);
    REQUIRE(writer.prepare());
    CHECK(fs::exists(staging_path(config)));
  }
  CHECK(!fs::exists(staging_path(config)));
}

TEST_CASE("two writers do not share a staging folder") {
  Fixture f;
  TreeWriter second(f.config);
  auto ready = second.prepare();
  REQUIRE(!ready);
  CHECK(ready.error().kind == ErrorKind::unavailable);
}

TEST_CASE("a staging folder on another file system is refused") {
  TemporaryDirectory directory;
  Config config = test_config(directory.path());
  make_root(config.path);
  config.staging = "/dev/shm/jobledger-staging-test";
  std::error_code error;
  if (!fs::exists("/dev/shm", error)) return;
  TreeWriter writer(config);
  auto ready = writer.prepare();
  REQUIRE(!ready);
  CHECK(ready.error().kind == ErrorKind::invalid);
  CHECK(ready.error().detail.find("archive.staging") != std::string::npos);
  CHECK(!fs::exists(config.staging));
}

TEST_CASE("a staging folder that cannot be made is told with the setting that helps") {
  TemporaryDirectory directory;
  Config config = test_config(directory.path());
  make_root(config.path);
  config.staging = directory.path() / "absent" / "staging";
  TreeWriter writer(config);
  const auto ready = writer.prepare();
  REQUIRE(!ready);
  CHECK(ready.error().kind == ErrorKind::unavailable);
  CHECK(ready.error().detail.find("archive.staging") != std::string::npos);
  fs::create_directories(config.staging.parent_path());
  CHECK(writer.prepare());
}

TEST_CASE("a data file of another tree is taken over byte by byte") {
  Fixture f;
  const auto source = f.directory.path() / "elsewhere.gz";
  const std::string bytes = gzip(std::string(200'000, 'x'), 1) + "trailing";
  write_text(source, bytes);
  REQUIRE(f.write(finished_job(1), DataFile{source, true}));
  CHECK(read_text(f.folder(finished_job(1)) / "data.json.gz") == bytes);

  auto gone = f.write(finished_job(2), DataFile{f.directory.path() / "gone", false});
  REQUIRE(!gone);
  CHECK(gone.error().kind == ErrorKind::not_found);
  CHECK(list_tree(staging_path(f.config)).empty());
}

}  // namespace jobledger::archive
