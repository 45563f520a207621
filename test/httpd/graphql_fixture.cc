// SPDX-License-Identifier: MIT
#include "test/httpd/graphql_fixture.h"

#include "archive/job_path.h"
#include "schema/json_write.h"
#include "test/schema/example_cluster.h"

#include <doctest/doctest.h>

namespace jobledger::test {
using schema::Job;
using schema::JobState;
using schema::Sharing;

namespace {

using Values = std::vector<schema::NamedValue>;
using Texts = std::vector<std::pair<std::string, std::string>>;

std::string star_cluster_text() {
  const std::string metric =
      R"({"name":"cpu_load","unit":{"base":""},"scope":"node","timestep":30,"peak":8,"normal":8,)"
      R"("caution":4,"alert":2})";
  return R"({"name":"star","metricConfig":[)" + metric + R"(],"subClusters":[)" +
         example_sub_cluster("all", "*") + "]}";
}

Job running_shared_job() {
  Job job = plain_job(104, 2);
  job.state = JobState::running;
  job.shared = Sharing::multi_user;
  job.duration = 0;
  job.user = "bob";
  job.project = "physics";
  job.partition = "gpu";
  job.sub_cluster = "gpu";
  job.num_acc = 2;
  job.smt = 2;
  job.array_job_id = 90;
  job.resources = {{"g1", {0, 1}, {"00000000:01:00.0"}, "half"}};
  job.meta_data = Texts{{"jobName", "interactive"}, {"jobScript", "a < b && \"c\"\n"}};
  return job;
}

Job archived_wide_job() {
  Job job = plain_job(102, 30);
  job.monitoring_status = schema::MonitoringStatus::archived;
  job.user = "carol";
  job.num_nodes = 3;
  job.num_hwthreads = 12;
  job.resources = {{"n01", {}, {}, ""}, {"n02", {}, {}, ""}, {"n03", {}, {}, ""}};
  job.energy = 1'250'000.5;
  job.footprint = Values{{"cpu_load_avg", 71.5}, {"mem_used_max", 0.00005}};
  job.energy_footprint = Values{{"acc_power", 1.5}, {"node_power", 12.25}};
  job.tags = {{"kind", "good", "global", 0}, {"kind", "slow", "carol", 0}};
  job.meta_data = Texts{{"jobName", "Simulation 100%"}};
  return job;
}

archive::Tree make_tree(const std::filesystem::path& root) {
  std::filesystem::create_directories(root / "big");
  std::filesystem::create_directories(root / "star");
  REQUIRE(write_file(root / "version.txt", "3\n", false));
  REQUIRE(write_file(root / "big" / "cluster.json", example_cluster_text(), false));
  REQUIRE(write_file(root / "star" / "cluster.json", star_cluster_text(), false));
  archive::Config config;
  config.path = root;
  auto tree = archive::Tree::open(config, archive::OpenMode::read);
  REQUIRE_MESSAGE(tree.has_value(), (tree ? "" : tree.error().detail));
  return *std::move(tree);
}

}  // namespace

Job plain_job(std::int64_t job_id, std::int64_t hours) {
  Job job;
  job.job_id = job_id;
  job.cluster = "big";
  job.sub_cluster = "main";
  job.partition = "work";
  job.project = "abc";
  job.user = "alice";
  job.state = JobState::completed;
  job.num_nodes = 1;
  job.num_hwthreads = 4;
  job.smt = 1;
  job.start_time = kNow - hours * 3600;
  job.duration = 3600;
  job.walltime = 7200;
  job.resources = {{"n01", {}, {}, ""}};
  return job;
}

GraphqlFixture::GraphqlFixture(bool empty, httpd::Config config)
    : tree_(make_tree(folder_.path() / "archive")), config_(std::move(config)) {
  storage::Config settings;
  settings.path = folder_.path() / "db";
  settings.memtable_bytes = 1 << 20;
  auto store = storage::Store::open(settings);
  REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().detail));
  store_ = std::move(*store);
  services_.version = "test";
  services_.store = [this] { return store_.get(); };
  services_.clusters = [this] { return tree_.clusters(); };
  services_.metrics = [this] { return &metrics_; };
  services_.now = [] { return kNow; };
  services_.readiness = [] { return httpd::Readiness{true, {}}; };
  services_.ingest_status = [] { return std::string("{}"); };
  services_.import_progress = [] { return httpd::ImportProgress{}; };
  endpoint_ = std::make_unique<httpd::GraphqlEndpoint>(config_, services_, pool_, telemetry_);
  auto prepared = endpoint_->prepare();
  REQUIRE_MESSAGE(prepared.has_value(), (prepared ? "" : prepared.error().detail));
  if (!empty) fill();
}

GraphqlFixture::~GraphqlFixture() { pool_.stop(); }

void GraphqlFixture::fill() {
  add(plain_job(101, 50));        // 1
  add(archived_wide_job());       // 2
  Job other = plain_job(101, 3);  // 3: the scheduler used the number again
  other.cluster = "star";
  other.sub_cluster = "all";
  other.state = JobState::failed;
  other.partition = "";
  other.resources = {{"s1", {}, {}, ""}};
  add(std::move(other));
  add(running_shared_job());          // 4
  Job neighbour = plain_job(105, 1);  // 5: beside 4 on g1
  neighbour.shared = Sharing::single_user;
  neighbour.sub_cluster = "gpu";
  neighbour.user = "Bobby";
  neighbour.duration = 1800;
  neighbour.resources = {{"g2", {}, {}, ""}, {"g1", {2}, {}, ""}};
  neighbour.num_nodes = 2;
  add(std::move(neighbour));
}

std::int64_t GraphqlFixture::add(Job job) {
  auto update = store_->begin_update();
  auto id = update.add_job(std::move(job));
  REQUIRE_MESSAGE(id.has_value(), (id ? "" : id.error().detail));
  REQUIRE(store_->commit(update).has_value());
  return *id;
}

void GraphqlFixture::change(std::int64_t id, const std::function<void(Job&)>& change) {
  auto update = store_->begin_update();
  auto job = update.get_job(id);
  REQUIRE(job.has_value());
  change(*job);
  REQUIRE(update.replace_job(*std::move(job)).has_value());
  REQUIRE(store_->commit(update).has_value());
}

void GraphqlFixture::put_data(const Job& job, std::string_view data_json) {
  const auto folder = tree_.config().path / archive::job_path(job);
  std::filesystem::create_directories(folder);
  REQUIRE(write_file(folder / "data.json", data_json, false));
}

void GraphqlFixture::report_nodes(const std::string& cluster, std::int64_t time,
                                  std::vector<storage::NodeState> states) {
  for (auto& state : states) {
    state.cluster = cluster;
    state.time = time;
  }
  auto update = store_->begin_update();
  update.put_node_states(cluster, time, std::move(states));
  REQUIRE(store_->commit(update).has_value());
}

httpd::Response GraphqlFixture::post(std::string_view body, std::string_view accept) {
  httpd::Request request;
  request.method = httpd::Method::post;
  request.path = "/query";
  request.body = body;
  request.headers = {{"Content-Type", "application/json"}};
  if (!accept.empty()) request.headers.push_back({"Accept", accept});
  request.arrived = std::chrono::steady_clock::now();
  request.stop = &stop;
  return endpoint_->execute(request, endpoint_->sources());
}

std::string GraphqlFixture::ask(std::string_view query, std::string_view variables) {
  std::string body = "{\"query\":";
  schema::write_json_string(body, query);
  if (!variables.empty()) body += ",\"variables\":" + std::string(variables);
  return post(body + "}").body;
}

std::string GraphqlFixture::find(std::string_view filters) {
  const std::string answer =
      ask("{ jobs(filter: " + std::string(filters) + ") { items { jobId } } }");
  std::string ids;
  for (std::size_t at = 0; (at = answer.find("\"jobId\":", at)) != std::string::npos;) {
    at += 8;
    if (!ids.empty()) ids += ' ';
    ids += answer.substr(at, answer.find('}', at) - at);
  }
  return answer.find("\"errors\"") == std::string::npos ? ids : answer;
}

}  // namespace jobledger::test
