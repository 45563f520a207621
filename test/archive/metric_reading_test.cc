// SPDX-License-Identifier: MIT
// archive/job_metrics.h: what readers get of live and of archived jobs.
#include "archive/job_metrics.h"
#include "archive/job_path.h"
#include "test/archive/support.h"
#include "test/schema/archive_files.h"
#include "test/sources/fake_source.h"

#include <doctest/doctest.h>

#include <cmath>

namespace jobledger::archive {
namespace {

using schema::MetricScope;
using schema::MonitoringStatus;
using Names = std::vector<std::string>;
using Scopes = std::vector<MetricScope>;

constexpr std::int64_t kReadStart = 1'700'000'000;
constexpr float kGap = std::numeric_limits<float>::quiet_NaN();

// A tree, an index and a source; jobs run on n001 and n002.
struct Readers {
  Readers() {
    source.hold({"cpu_load", MetricScope::node, "n001", "", kReadStart, {1, 2, 3}});
    source.hold({"cpu_load", MetricScope::node, "n002", "", kReadStart, {5, kGap, 7}});
    source.hold({"mem_used", MetricScope::node, "n001", "", kReadStart, {10, 10, 40}});
    source.hold({"mem_used", MetricScope::core, "n001", "0", kReadStart, {4, 4, 4}});
  }

  std::int64_t add_running(std::int64_t job_id) {
    schema::Job job = finished_job(job_id, kReadStart);
    job.state = schema::JobState::running;
    job.duration = 0;
    job.num_acc = 1;
    return world.add(job);
  }
  std::int64_t add_archived(std::int64_t job_id, std::string_view data_json) {
    schema::Job job = finished_job(job_id, kReadStart);
    job.monitoring_status = MonitoringStatus::archived;
    if (!data_json.empty()) write_text(world.root / job_path(job) / "data.json", data_json);
    return world.add(job);
  }
  JobVersion version(std::int64_t id) const {
    const auto snapshot = world.store->snapshot();
    return {std::make_shared<const schema::Job>(world.indexed(id)),
            snapshot->jobs().find(id)->revision};
  }
  Result<std::vector<JobMetric>> read(std::int64_t id, const JobMetricsQuery& query) {
    const auto snapshot = world.store->snapshot();
    sources::ReadContext context;
    context.snapshot = snapshot.get();
    return metrics.read(version(id), query, context);
  }
  Result<JobMetrics::Statistics> statistics(std::int64_t id, Names names) {
    JobMetricsQuery query;
    query.metrics = std::move(names);
    query.now = kReadStart + 180;
    const auto snapshot = world.store->snapshot();
    sources::ReadContext context;
    context.snapshot = snapshot.get();
    return metrics.statistics(*version(id).job, query, context);
  }

  TemporaryDirectory folder;
  World world{folder.path()};
  sources::FakeSource source;
  sources::FakeMap map{source};
  JobMetrics metrics{*world.tree, &map, world.telemetry};
};

JobMetricsQuery query_of(std::optional<Names> names, std::optional<Scopes> scopes) {
  JobMetricsQuery query;
  query.metrics = std::move(names);
  query.scopes = std::move(scopes);
  query.now = kReadStart + 180;
  return query;
}

// "metric/scope/series metric/scope/series ..."
std::string outline(const Result<std::vector<JobMetric>>& metrics) {
  if (!metrics) return std::string(to_string(metrics.error().kind));
  std::string text;
  for (const JobMetric& metric : *metrics) {
    if (!text.empty()) text += ' ';
    text += metric.name + '/' + std::string(to_string(metric.data->scope)) + '/' +
            std::to_string(metric.data->series.size());
  }
  return text;
}

std::string series_json(std::string_view host, std::string_view id, std::string_view values) {
  return R"({"hostname":")" + std::string(host) + R"(",)" +
         (id.empty() ? "" : R"("id":")" + std::string(id) + R"(",)") +
         R"("statistics":{"min":1,"avg":2,"max":3},"data":[)" + std::string(values) + "]}";
}
std::string scope_json(std::string_view scope, std::string_view series) {
  return '"' + std::string(scope) + R"(":{"unit":{"base":"x"},"timestep":60,"series":[)" +
         std::string(series) + "]}";
}

// load at node; power at node and core; flops_any at core and hwthread.
std::string example_data() {
  return R"({"power":{)" + scope_json("node", series_json("n001", "", "9,9")) + "," +
         scope_json("core",
                    series_json("n001", "0", "4,5") + "," + series_json("n001", "1", "5,4")) +
         R"(},"flops_any":{)" + scope_json("hwthread", series_json("n001", "0", "1,1")) + "," +
         scope_json("core",
                    series_json("n001", "0", "1,null") + "," + series_json("n001", "1", "2,3")) +
         R"(},"cpu_load":{)" + scope_json("node", series_json("n001", "", "1,2")) + "}}";
}

}  // namespace

TEST_CASE("a running job is asked of its source up to now, an ended one to its end") {
  Readers readers;
  const auto id = readers.add_running(1);
  CHECK(outline(readers.read(id, query_of({}, {}))) == "cpu_load/node/2 mem_used/node/1");
  const auto asked = readers.source.asked().at(0);
  CHECK(asked.metrics == Names{"cpu_load", "mem_used", "node_power"});
  CHECK(asked.scopes == Scopes{MetricScope::node});
  CHECK(asked.from == kReadStart);
  CHECK(asked.to == kReadStart + 180);
  CHECK(asked.hosts == finished_job(1).resources);
  CHECK(asked.sub_cluster->name == "main");
  CHECK(asked.values);

  readers.world.change(id, [](schema::Job& job) {
    job.state = schema::JobState::completed;
    job.duration = 120;
  });
  const auto ended = readers.read(id, query_of(Names{"cpu_load"}, {}));
  REQUIRE(outline(ended) == "cpu_load/node/2");
  CHECK(readers.source.asked().at(1).to == kReadStart + 120);
  CHECK(ended->at(0).data->series[0].data == std::vector<float>{1, 2});
  CHECK(ended->at(0).data->series[0].statistics == schema::SeriesStatistics{1, 1.5, 2});
}

TEST_CASE("coverage counts hosts that sent nothing") {
  Readers readers;
  const auto id = readers.add_running(1);
  const auto found = readers.read(id, query_of({}, {}));
  REQUIRE(found);
  CHECK(*found->at(0).coverage == doctest::Approx((1 + 2.0 / 3) / 2));
  CHECK(*found->at(1).coverage == doctest::Approx(0.5));
}

TEST_CASE("of a live job those scopes and metrics come that were asked for") {
  Readers readers;
  const auto id = readers.add_running(1);
  CHECK(outline(readers.read(id, query_of(Names{"mem_used", "none"},
                                          Scopes{MetricScope::node, MetricScope::core}))) ==
        "mem_used/core/1 mem_used/node/1");
  CHECK(outline(readers.read(id, query_of(Names{}, {}))).empty());
  CHECK(outline(readers.read(id, query_of({}, Scopes{}))).empty());
  JobMetricsQuery early = query_of({}, {});
  early.now = kReadStart;
  CHECK(outline(readers.read(id, early)).empty());
}

TEST_CASE("accelerators count only for jobs that have some") {
  Readers readers;
  const auto id = readers.add_running(1);
  REQUIRE(readers.read(id, query_of({}, {})));
  readers.world.change(id, [](schema::Job& job) { job.num_acc = 0; });
  REQUIRE(readers.read(id, query_of({}, {})));
  CHECK(readers.source.asked().at(0).hosts.at(1).accelerators.size() == 1);
  CHECK(readers.source.asked().at(1).hosts.at(1).accelerators.empty());
}

TEST_CASE("of an archived job a metric's only scope comes whatever is asked for") {
  Readers readers;
  const auto id = readers.add_archived(1, example_data());
  CHECK(outline(readers.read(id, query_of({}, {}))) ==
        "cpu_load/node/1 flops_any/core/2 flops_any/hwthread/1 power/core/2 power/node/1");
  CHECK(outline(readers.read(id, query_of(Names{"power", "cpu_load"}, {}))) ==
        "cpu_load/node/1 power/core/2 power/node/1");
  CHECK(outline(readers.read(id, query_of(Names{"power", "cpu_load"},
                                          Scopes{MetricScope::core, MetricScope::socket}))) ==
        "cpu_load/node/1 power/core/2");
  CHECK(outline(readers.read(id, query_of(Names{"power"}, Scopes{MetricScope::socket}))) ==
        "power/core/2 power/node/1");
  CHECK(outline(readers.read(id, query_of(Names{"none"}, {}))).empty());
  CHECK(readers.source.asked().empty());
}

TEST_CASE("node scope is made of finer scopes where it is asked for") {
  Readers readers;
  const auto id = readers.add_archived(1, example_data());
  const auto found = readers.read(id, query_of(Names{"flops_any"}, Scopes{MetricScope::node}));
  REQUIRE(outline(found) == "flops_any/core/2 flops_any/hwthread/1 flops_any/node/1");
  const auto& node = found->at(2).data->series.at(0);
  CHECK(node.data == std::vector<float>{3, 3});
  CHECK(node.statistics == schema::SeriesStatistics{3, 3, 3});
  CHECK(outline(readers.read(id, query_of(Names{"flops_any"}, Scopes{MetricScope::core}))) ==
        "flops_any/core/2");
}

TEST_CASE("of an archived job the coverage counts gaps, missing ends and silent hosts") {
  Readers readers;
  const auto id = readers.add_archived(
      1, "{" + std::string(R"("cpu_load":{)") +
             scope_json("node", series_json("n001", "", "1,2,null,4") + "," +
                                    series_json("n002", "", "null,null")) +
             R"(},"mem_used":{)" + scope_json("node", series_json("n001", "", "1,2")) +
             R"(},"flops_any":{)" +
             scope_json("core", series_json("n001", "0", "1,null") + "," +
                                    series_json("n001", "1", "2,3")) +
             R"(},"power":{)" +
             scope_json("node", series_json("n001", "", "1,1,1,1,1") + "," +
                                    series_json("n002", "", "1,1,1,1")) +
             "}}");
  readers.world.change(id, [](schema::Job& job) { job.duration = 4 * 60 + 59; });
  const auto found = readers.read(id, query_of({}, Scopes{MetricScope::node}));
  REQUIRE(outline(found) ==
          "cpu_load/node/2 flops_any/core/2 flops_any/node/1 mem_used/node/1 power/node/2");
  const auto& load = found->at(0);
  CHECK(load.data->series[0].coverage == 0.75F);
  CHECK(load.data->series[1].coverage == 0.0F);
  CHECK(load.coverage == 0.375F);
  CHECK(found->at(1).data->series[0].coverage == 0.25F);
  CHECK(found->at(2).data->series[0].coverage == doctest::Approx(3.0 / 8));  // made here
  CHECK(*found->at(2).coverage == doctest::Approx(3.0 / 16));
  CHECK(found->at(3).data->series[0].coverage == 0.5F);
  CHECK(found->at(3).coverage == 0.25F);
  CHECK(found->at(4).coverage == 1.0F);  // a sample more than expected is none too many
}

TEST_CASE("archived statistics come as they are stored, whatever the resolution") {
  Readers readers;
  std::string values;
  for (int i = 0; i < 100; ++i) values += (i == 0 ? "" : ",") + std::to_string(i);
  const auto id = readers.add_archived(
      1, "{\"cpu_load\":{" + scope_json("node", series_json("n001", "", values)) + "}}");
  JobMetricsQuery query = query_of({}, {});
  query.presentation.resolution = 600;
  query.presentation.resampling.minimum_points = 10;
  const auto found = readers.read(id, query);
  REQUIRE(found);
  const schema::ScopedMetric& metric = *found->at(0).data;
  CHECK(metric.timestep == 600);
  CHECK(metric.series[0].data.size() == 10);
  CHECK(metric.series[0].statistics == schema::SeriesStatistics{1, 2, 3});
  query.presentation.resolution = 90;  // no multiple of a minute
  CHECK(readers.read(id, query)->at(0).data->timestep == 120);
  query.presentation.resolution = 0;
  CHECK(readers.read(id, query)->at(0).data->series[0].data.size() == 100);
}

TEST_CASE("eight series and more get a statistics series, made before resampling") {
  Readers readers;
  std::string series;
  for (int i = 0; i < 8; ++i)
    series += (i == 0 ? "" : ",") + series_json("n001", std::to_string(i),
                                                std::to_string(i) + "," + std::to_string(10 * i));
  const auto id = readers.add_archived(1, "{\"cpu_load\":{" + scope_json("core", series) + "}}");
  JobMetricsQuery query = query_of({}, {});
  CHECK(!readers.read(id, query)->at(0).data->statistics_series);
  query.presentation.statistics_series = true;
  query.presentation.resolution = 120;
  query.presentation.resampling.minimum_points = 0;
  const auto found = readers.read(id, query);
  REQUIRE(found);
  const auto& made = found->at(0).data->statistics_series;
  REQUIRE(made);
  CHECK(*made->max == std::vector<double>{70});
  CHECK(*made->min == std::vector<double>{0});
  CHECK(*made->mean == std::vector<double>{(3.5 + 35) / 2});
}

TEST_CASE("a file is decoded once for each version of its job") {
  Readers readers;
  const auto id = readers.add_archived(1, example_data());
  const auto first = readers.read(id, query_of({}, {}));
  const auto again = readers.read(id, query_of({}, {}));
  REQUIRE((first && again));
  CHECK(first->at(0).data == again->at(0).data);  // the same samples
  write_text(readers.world.root / job_path(readers.world.indexed(id)) / "data.json", "{}");
  CHECK(outline(readers.read(id, query_of(Names{"cpu_load"}, {}))) == "cpu_load/node/1");
  readers.world.change(id, [](schema::Job& job) { job.energy = 5; });
  CHECK(outline(readers.read(id, query_of({}, {}))).empty());
}

TEST_CASE("a job's metrics come from the source until it is archived, then from the tree") {
  Readers readers;
  const auto id = readers.add_running(1);
  CHECK(outline(readers.read(id, query_of(Names{"cpu_load"}, {}))) == "cpu_load/node/2");
  schema::Job job = readers.world.indexed(id);
  write_text(readers.world.root / job_path(job) / "data.json", example_data());
  readers.world.change(id, [](schema::Job& done) {
    done.state = schema::JobState::completed;
    done.duration = 180;
  });
  CHECK(outline(readers.read(id, query_of(Names{"cpu_load"}, {}))) == "cpu_load/node/2");
  readers.world.change(
      id, [](schema::Job& done) { done.monitoring_status = MonitoringStatus::archived; });
  CHECK(outline(readers.read(id, query_of(Names{"cpu_load"}, {}))) == "cpu_load/node/1");
}

TEST_CASE("a missing file is an error of archived jobs only") {
  Readers readers;
  CHECK(outline(readers.read(readers.add_archived(1, ""), query_of({}, {}))) == "not_found");
  CHECK(outline(readers.read(readers.add_archived(2, "{\"cpu_load\":["), query_of({}, {}))) ==
        "invalid");
  for (const auto status : {MonitoringStatus::disabled, MonitoringStatus::archiving_failed}) {
    schema::Job job = finished_job(10 + static_cast<int>(status), kReadStart);
    job.monitoring_status = status;
    CHECK(outline(readers.read(readers.world.add(job), query_of({}, {}))).empty());
  }
}

TEST_CASE("too many samples are refused before they are read") {
  Readers readers;
  JobMetricsQuery query = query_of({}, {});
  query.max_samples = 3 * 2 * 3;
  const auto running = readers.add_running(1);
  CHECK(readers.read(running, query).has_value());
  --query.max_samples;
  CHECK(outline(readers.read(running, query)) == "too_large");
  CHECK(readers.source.asked().size() == 1);
  query.max_samples = 13;
  CHECK(outline(readers.read(readers.add_archived(2, example_data()), query)) == "too_large");
  query.metrics = Names{"cpu_load"};
  CHECK(outline(readers.read(2, query)) == "cpu_load/node/1");
}

TEST_CASE("what fails is left out; nothing but failures is an error, and so is a stop") {
  Readers readers;
  const auto id = readers.add_running(1);
  readers.source.failures = {{"node_power", "n002", "torn"}};
  CHECK(outline(readers.read(id, query_of({}, {}))) == "cpu_load/node/2 mem_used/node/1");
  CHECK(outline(readers.read(id, query_of(Names{"node_power"}, {}))) == "unavailable");
  readers.source.broken = Error{ErrorKind::unavailable, "out of reach"};
  CHECK(outline(readers.read(id, query_of({}, {}))) == "unavailable");

  schema::Job strange = finished_job(5, kReadStart);
  strange.cluster = "gone";
  CHECK(outline(readers.read(readers.world.add(strange), query_of({}, {}))) == "not_found");
}

TEST_CASE("where nobody measures, live jobs have no metrics and archived ones have theirs") {
  Readers readers;
  JobMetrics metrics(*readers.world.tree, nullptr, readers.world.telemetry);
  const auto running = readers.add_running(1);
  CHECK(outline(metrics.read(readers.version(running), query_of({}, {}), {})).empty());
  const auto archived = readers.add_archived(2, example_data());
  CHECK(outline(metrics.read(readers.version(archived), query_of(Names{"cpu_load"}, {}), {})) ==
        "cpu_load/node/1");
}

TEST_CASE("statistics of a live job are those of its hosts, each counting once") {
  Readers readers;
  const auto id = readers.add_running(1);
  const auto stats = readers.statistics(id, {"mem_used", "node_power", "cpu_load"});
  REQUIRE(stats);
  REQUIRE(stats->size() == 3);
  CHECK(*stats->at(0) == schema::JobStatistic{"mem_used", {}, 20, 10, 40});
  CHECK(!stats->at(1));
  CHECK(*stats->at(2) == schema::JobStatistic{"cpu_load", {}, 4, 1, 7});  // of 2 and 6
  CHECK(!readers.source.asked().at(0).values);
  CHECK(readers.source.asked().at(0).scopes == Scopes{MetricScope::node});
}

TEST_CASE("statistics of an archived job are those of its record") {
  Readers readers;
  const auto id = readers.add_archived(1, "");
  CHECK(readers.statistics(id, {"cpu_load"})->at(0) == std::nullopt);
  readers.world.change(id, [](schema::Job& job) {
    job.statistics = {{"cpu_load", {}, 1.5, 1, 2}};
  });
  const auto stats = readers.statistics(id, {"node_power", "cpu_load"});
  REQUIRE(stats);
  CHECK(!stats->at(0));
  CHECK(*stats->at(1) == schema::JobStatistic{"cpu_load", {}, 1.5, 1, 2});
  CHECK(readers.source.asked().empty());
}

TEST_CASE("real archived jobs are read") {
  const auto root = test::archive_files();
  if (root.empty()) return;
  Config config;
  config.path = root;
  const auto tree = Tree::open(config, OpenMode::read);
  REQUIRE(tree);
  Telemetry telemetry;
  JobMetrics metrics(*tree, nullptr, telemetry);
  std::size_t jobs = 0;
  Tree::Visitor visitor;
  visitor.problem = [](std::string_view path, const Error& error) {
    FAIL_CHECK(path, ": ", error.detail);
  };
  visitor.job = [&](std::string_view, schema::Job job) {
    job.id = static_cast<std::int64_t>(++jobs);
    job.monitoring_status = MonitoringStatus::archived;
    JobMetricsQuery query = query_of({}, Scopes{MetricScope::node});
    query.presentation = {true, 600, {}};
    const JobVersion version{std::make_shared<const schema::Job>(std::move(job)), 1};
    const auto found = metrics.read(version, query, {});
    REQUIRE_MESSAGE(found, found.error().detail);
    CHECK(found->size() == 9);
    for (const JobMetric& metric : *found) {
      CHECK(metric.data->series.size() == 32);
      CHECK(metric.data->timestep == 600);
      CHECK(metric.data->series[0].data.size() == 144);
      REQUIRE(metric.data->statistics_series);
      CHECK(metric.data->statistics_series->median->size() == 144);
    }
  };
  REQUIRE(tree->for_each_job(visitor));
  CHECK(jobs == 2);
}

}  // namespace jobledger::archive
