// SPDX-License-Identifier: MIT
#include "archive/tree.h"

#include "archive/job_path.h"
#include "base/gzip.h"
#include "test/archive/support.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

namespace jobledger::archive {
namespace {

namespace fs = std::filesystem;

std::string open_error(const fs::path& root, OpenMode mode = OpenMode::write) {
  Config config;
  config.path = root;
  auto tree = Tree::open(config, mode);
  return tree ? "" : tree.error().detail;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a job's folder follows from cluster, job number and start") {
  CHECK(job_path("big", 1034871, 1768978339) == "big/1034/871/1768978339");
  CHECK(job_path("big", 11, 1768978339) == "big/0/011/1768978339");
  CHECK(job_path("big", 1000, 5) == "big/1/000/5");
}

TEST_CASE("names that would leave the tree are no clusters") {
  for (const char* name : {"", ".", "..", ".hidden", "a/b", "/etc"})
    CHECK_MESSAGE(!check_cluster_name(name), name);
  CHECK(check_cluster_name("fritz-2"));
}

TEST_CASE("an absent or empty root becomes an archive without clusters") {
  TemporaryDirectory directory;
  const auto root = directory.path() / "deep" / "archive";
  Config config;
  config.path = root;
  auto tree = Tree::open(config, OpenMode::write);
  REQUIRE(tree);
  CHECK(tree->clusters()->all().empty());
  CHECK(read_text(root / "version.txt") == "3\n");
  CHECK(Tree::open(config, OpenMode::read));

  const auto hidden = directory.path() / "only-hidden";
  write_text(hidden / ".keep", "");
  CHECK(open_error(hidden).empty());
}

TEST_CASE("reading makes no archive") {
  TemporaryDirectory directory;
  CHECK(contains(open_error(directory.path(), OpenMode::read), "version.txt"));
  CHECK(list_tree(directory.path()).empty());
}

TEST_CASE("the version file says exactly the version we know") {
  struct {
    const char* text;
    bool good;
  } const cases[] = {{"3\n", true},    {"3", true},      {"2\n", false}, {"4\n", false},
                     {"3\r\n", false}, {"3\n\n", false}, {" 3", false},  {"", false},
                     {"three", false}, {"-3", false},    {"+3", false},  {"3.0", false}};
  for (const auto& item : cases) {
    TemporaryDirectory directory;
    write_text(directory.path() / "version.txt", item.text);
    const std::string error = open_error(directory.path());
    CHECK_MESSAGE(error.empty() == item.good, item.text);
    if (!item.good) CHECK_MESSAGE(contains(error, "version.txt"), error);
  }
}

TEST_CASE("a folder in use without a version is not taken for an archive") {
  TemporaryDirectory directory;
  write_text(directory.path() / "letters" / "a.txt", "x");
  const std::string error = open_error(directory.path());
  CHECK(contains(error, "version.txt"));
  CHECK(contains(error, "not empty"));
  CHECK(!fs::exists(directory.path() / "version.txt"));
}

TEST_CASE("a bad cluster stops the start and names the file") {
  struct {
    const char* name;
    std::string json;
    const char* expected;
  } const cases[] = {
      {"broken JSON", "{", "cluster.json"},
      {"bad member", R"({"name":"other","metricConfig":3})", "metricConfig"},
      {"name of another folder", cluster_json("elsewhere"), "elsewhere"},
  };
  for (const auto& item : cases) {
    TemporaryDirectory directory;
    make_root(directory.path());
    write_text(directory.path() / "other" / "cluster.json", item.json);
    const std::string error = open_error(directory.path());
    CHECK_MESSAGE(contains(error, "other/cluster.json"), item.name << ": " << error);
    CHECK_MESSAGE(contains(error, item.expected), item.name << ": " << error);
  }
  TemporaryDirectory directory;
  make_root(directory.path());
  fs::create_directory(directory.path() / "stray");
  CHECK(contains(open_error(directory.path()), "stray/cluster.json"));
}

TEST_CASE("hidden folders, the staging folder and files of the root are no clusters") {
  TemporaryDirectory directory;
  make_root(directory.path());
  fs::create_directory(directory.path() / ".snapshot");
  fs::create_directory(directory.path() / "staging");
  write_text(directory.path() / "compress.txt", "1700000000");
  write_text(directory.path() / "notes.txt", "hello");
  Config config;
  config.path = directory.path();
  config.staging = directory.path() / "staging";
  auto tree = Tree::open(config, OpenMode::write);
  REQUIRE_MESSAGE(tree, tree.error().detail);
  CHECK(tree->cluster_names() == std::vector<std::string>{"testcluster"});
  REQUIRE(tree->warnings().size() == 1);
  CHECK(contains(tree->warnings()[0], "notes.txt"));
}

TEST_CASE("metric data is read compressed first, and within its limit") {
  TemporaryDirectory directory;
  make_root(directory.path());
  const auto job = finished_job(1001);
  const auto folder = put_job(directory.path(), job);
  const schema::NaturalKey key{job.cluster, job.job_id, job.start_time};
  Config config;
  config.path = directory.path();
  config.max_data_bytes = 1000;
  auto tree = Tree::open(config, OpenMode::read);
  REQUIRE(tree);

  CHECK(tree->read_data_json(key).error().kind == ErrorKind::not_found);
  write_text(folder / "data.json", "{}\n");
  CHECK(tree->read_data(key)->metrics.empty());
  write_text(folder / "data.json.gz", gzip("{ }\n", 6));
  CHECK(*tree->read_data_json(key) == "{ }\n");
  write_text(folder / "data.json.gz", gzip(std::string(5000, ' '), 6));
  CHECK(tree->read_data_json(key).error().kind == ErrorKind::too_large);
  write_text(folder / "data.json.gz", "not gzip");
  const auto broken = tree->read_data_json(key);
  CHECK(!broken);
  CHECK(contains(broken.error().detail, "data.json.gz"));
}

TEST_CASE("a job that is not there is not found, and no name leads out of the tree") {
  TemporaryDirectory directory;
  make_root(directory.path() / "archive");
  put_job(directory.path() / "outside", finished_job(5));
  Config config;
  config.path = directory.path() / "archive";
  auto tree = Tree::open(config, OpenMode::read);
  REQUIRE(tree);
  CHECK(tree->read_meta({"testcluster", 5, 1'700'000'000}).error().kind == ErrorKind::not_found);
  CHECK(tree->read_meta({"../outside/testcluster", 5, 1'700'000'000}).error().kind ==
        ErrorKind::invalid);
}

TEST_CASE("a job's folder that is a link, or lies behind one, is not read") {
  TemporaryDirectory folder;
  const auto root = folder.path() / "root";
  make_root(root);
  const auto place = put_job(root, finished_job(7));
  write_text(place / "data.json", "{}");
  Config config;
  config.path = root;
  const auto tree = Tree::open(config, OpenMode::read);
  REQUIRE(tree.has_value());
  const schema::NaturalKey key{"testcluster", 7, 1'700'000'000};
  CHECK(tree->read_meta(key).has_value());
  CHECK(tree->read_data_json(key).has_value());
  for (const auto& linked : {place, place.parent_path(), place.parent_path().parent_path()}) {
    CAPTURE(linked.string());
    const auto elsewhere = folder.path() / "elsewhere";
    std::filesystem::rename(linked, elsewhere);
    std::filesystem::create_directory_symlink(elsewhere, linked);
    CHECK_FALSE(tree->read_meta(key).has_value());
    CHECK_FALSE(tree->read_data_json(key).has_value());
    std::filesystem::remove(linked);
    std::filesystem::rename(elsewhere, linked);
  }
  const auto cluster = root / "testcluster";  // as administrators spread clusters over disks
  std::filesystem::rename(cluster, folder.path() / "elsewhere");
  std::filesystem::create_directory_symlink(folder.path() / "elsewhere", cluster);
  CHECK(tree->read_meta(key).has_value());
}

TEST_CASE("every job is visited, and what is none is named") {
  TemporaryDirectory directory;
  const auto& root = directory.path();
  make_root(root);
  for (int i = 0; i < 5; ++i) put_job(root, finished_job(1000 + 700 * i));
  put_job(root, finished_job(1000, 1'700'000'001));
  write_text(root / "testcluster" / "file", "");
  write_text(root / "testcluster" / "1" / "file", "");
  write_text(root / "testcluster" / "1" / "000" / "file", "");
  write_text(root / "testcluster" / "lost+found" / "x", "");
  write_text(root / "testcluster" / "1" / "backup" / "x", "");
  write_text(root / "testcluster" / "1" / "000" / "17.bak" / "meta.json", "");
  fs::create_directory_symlink(root / "testcluster" / "1", root / "testcluster" / "77");
  fs::create_directories(root / "testcluster" / "8" / "001" / "99");
  fs::create_directories(root / "testcluster" / "9");
  fs::create_directories(root / "testcluster" / "8" / "002" / "99" / "meta.json");
  write_text(root / "testcluster" / "8" / "003" / "99" / "meta.json", "{\"jobId\":\"x\"}");
  fs::create_directories(root / "testcluster" / "8" / "004" / "99");
  fs::create_symlink("/etc/passwd", root / "testcluster" / "8" / "004" / "99" / "meta.json");
  fs::create_directories(root / "testcluster" / "8" / "005" / "99");
  REQUIRE(::mkfifo((root / "testcluster" / "8" / "005" / "99" / "meta.json").c_str(), 0600) == 0);
  write_text(root / "testcluster" / "8" / "006" / "99" / "meta.json", std::string(5000, ' '));

  Config config;
  config.path = root;
  config.max_meta_bytes = 4000;
  auto tree = Tree::open(config, OpenMode::read);
  REQUIRE(tree);
  std::vector<std::int64_t> ids;
  std::vector<std::string> problems;
  Tree::Visitor visitor;
  visitor.job = [&](std::string_view path, const schema::Job& job) {
    CHECK(path == job_path(job));
    ids.push_back(job.job_id);
  };
  visitor.problem = [&](std::string_view path, const Error& error) {
    problems.push_back(std::string(path) + ": " + error.detail);
  };
  REQUIRE(tree->for_each_job(visitor));
  std::sort(ids.begin(), ids.end());
  CHECK(ids == std::vector<std::int64_t>{1000, 1000, 1700, 2400, 3100, 3800});
  std::sort(problems.begin(), problems.end());
  const std::vector<std::string> expected = {
      "testcluster/1/000/17.bak: the folder's name is not a number",
      "testcluster/1/000/file: not a folder",
      "testcluster/1/backup: the folder's name is not a number",
      "testcluster/1/file: not a folder",
      "testcluster/77: not a folder",
      "testcluster/8/001/99: meta.json: open: No such file or directory",
      "testcluster/8/002/99: meta.json: is not a regular file",
      "testcluster/8/003/99: meta.json: jobId: expected a 64-bit integer, found \"x\"",
      "testcluster/8/004/99: meta.json: is a symbolic link",
      "testcluster/8/005/99: meta.json: is not a regular file",
      "testcluster/8/006/99: meta.json: more than 4000 bytes",
      "testcluster/file: not a folder",
      "testcluster/lost+found: the folder's name is not a number"};
  CHECK(problems == expected);
}

}  // namespace jobledger::archive
