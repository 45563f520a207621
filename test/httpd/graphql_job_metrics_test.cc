// SPDX-License-Identifier: MIT
// jobMetrics, jobStats, scopedJobStats.
#include "httpd/graphql/answer.h"
#include "test/httpd/graphql_fixture.h"

#include <doctest/doctest.h>

#include <limits>

namespace jobledger::test {
using schema::Job;
using schema::MetricScope;

namespace {

constexpr float kGap = std::numeric_limits<float>::quiet_NaN();
constexpr std::int64_t kStart = kNow - 180;

// Running on n01 and n02 of big for three minutes.
std::int64_t add_running(GraphqlFixture& data) {
  Job job = plain_job(201, 0);
  job.state = schema::JobState::running;
  job.start_time = kStart;
  job.duration = 0;
  job.num_nodes = 2;
  job.resources = {{"n01", {}, {}, ""}, {"n02", {}, {}, ""}};
  return data.add(job);
}

void hold_samples(sources::FakeSource& source) {
  source.set_unit("cpu_load", {"load", ""});
  source.set_unit("mem_used", {"B", "G"});
  source.hold({"cpu_load", MetricScope::node, "n01", "", kStart, {1, 2, 3}});
  source.hold({"cpu_load", MetricScope::node, "n02", "", kStart, {5, kGap, 7}});
  source.hold({"mem_used", MetricScope::node, "n01", "", kStart, {1, 1, 2}});
  source.hold({"mem_used", MetricScope::core, "n01", "0", kStart, {0.5F, 0.25F, 0.125F}});
  source.hold({"mem_used", MetricScope::core, "n01", "1", kStart, {0.001F, 4, 12345.678F}});
}

struct World : GraphqlFixture {
  explicit World(httpd::Config config = {}) : GraphqlFixture(true, std::move(config)) {
    hold_samples(source());
    id = add_running(*this);
  }
  // `arguments` behind the id; the running job's field.
  std::string ask_job(std::string_view field, std::string_view arguments,
                      std::string_view selection) {
    return ask("{ " + std::string(field) + "(id: " + std::to_string(id) + std::string(arguments) +
               ") { " + std::string(selection) + " } }");
  }
  void archive(std::string_view data_json, std::vector<schema::JobStatistic> statistics) {
    change(id, [&](Job& job) {
      job.state = schema::JobState::completed;
      job.duration = 180;
      job.monitoring_status = schema::MonitoringStatus::archived;
      job.statistics = std::move(statistics);
      put_data(job, data_json);
    });
  }

  std::int64_t id = 0;
};

const char* const kAllFields =
    "name scope metric { unit { base prefix } timestep coverage series { hostname id coverage "
    "statistics { min avg max } data } statisticsSeries { mean median min max } }";

// cpu_load at node; power at core (two cores) and node.
const char* const kArchived =
    R"({"cpu_load":{"node":{"unit":{"base":"load"},"timestep":60,"series":[)"
    R"({"hostname":"n01","statistics":{"min":1,"avg":2.345,"max":3},"data":[1,null,3]}]}},)"
    R"("power":{"core":{"unit":{"base":"W"},"timestep":60,"series":[)"
    R"({"hostname":"n01","id":"0","statistics":{"min":4,"avg":4,"max":4},"data":[4]},)"
    R"({"hostname":"n01","id":"1","statistics":{"min":5,"avg":5,"max":5},"data":[5]}]},)"
    R"("node":{"unit":{"base":"W"},"timestep":60,"series":[)"
    R"({"hostname":"n01","statistics":{"min":9,"avg":9,"max":9},"data":[9]}]}}})";

bool has(std::string_view answer, std::string_view part) {
  return answer.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every field of a running job's metrics") {
  World world;
  CHECK(world.ask_job("jobMetrics", ", metrics: [\"cpu_load\"], scopes: [node]", kAllFields) ==
        R"({"data":{"jobMetrics":[{"name":"cpu_load","scope":"node","metric":{)"
        R"("unit":{"base":"load","prefix":""},"timestep":60,"coverage":0.8333,"series":[)"
        R"({"hostname":"n01","id":null,"coverage":1,"statistics":{"min":1,"avg":2,"max":3},)"
        R"("data":[1.00,2.00,3.00]},)"
        R"({"hostname":"n02","id":null,"coverage":0.6667,"statistics":{"min":5,"avg":6,"max":7},)"
        R"("data":[5.00,null,7.00]}],"statisticsSeries":null}}]}})");
}

TEST_CASE("without arguments all metrics come, of whole nodes") {
  World world;
  CHECK(world.ask_job("jobMetrics", "", "name scope") ==
        R"({"data":{"jobMetrics":[{"name":"cpu_load","scope":"node"},)"
        R"({"name":"mem_used","scope":"node"}]}})");
  CHECK(world.source().asked().at(0).metrics ==
        std::vector<std::string>{"cpu_load", "mem_used", "node_power"});
}

TEST_CASE("parts of nodes have ids, samples two decimals") {
  World world;
  CHECK(world.ask_job("jobMetrics", ", metrics: [\"mem_used\"], scopes: [core, core, \"node\"]",
                      "scope metric { series { id data } }") ==
        R"({"data":{"jobMetrics":[{"scope":"core","metric":{"series":[)"
        R"({"id":"0","data":[0.50,0.25,0.12]},{"id":"1","data":[0.00,4.00,12345.68]}]}},)"
        R"({"scope":"node","metric":{"series":[{"id":null,"data":[1.00,1.00,2.00]}]}}]}})");
}

TEST_CASE("samples are read only where something is shown of them") {
  World world;
  const auto reads_values = [&](std::string_view arguments, std::string_view selection) {
    const std::string answer = world.ask_job("jobMetrics", arguments, selection);
    CHECK(!has(answer, "errors"));
    return world.source().asked().back().values;
  };
  CHECK(!reads_values("", "name"));
  CHECK(!reads_values("", "metric { series { statistics { avg } } }"));
  CHECK(!reads_values(", resolution: 0", "metric { timestep }"));
  CHECK(reads_values(", resolution: 600", "metric { timestep }"));
  CHECK(reads_values("", "metric { series { data } }"));
  CHECK(reads_values("", "metric { statisticsSeries { min } }"));
}

TEST_CASE("resolution is asked for, or the largest that is configured") {
  httpd::Config config;
  config.resampling.minimum_points = 2;
  config.resampling.resolutions = {120, 180};
  World world(config);
  const auto steps = [&](std::string_view arguments) {
    return world.ask_job("jobMetrics", ", metrics: [\"cpu_load\"]" + std::string(arguments),
                         "metric { timestep series { data statistics { max } } }");
  };
  CHECK(has(steps(""), R"({"timestep":180,"series":[{"data":[1.00,3.00],)"
                       R"("statistics":{"max":3}})"));
  CHECK(has(steps(", resolution: 120"), "\"timestep\":120"));
  CHECK(has(steps(", resolution: 100"), "\"timestep\":120"));  // the next multiple
  CHECK(has(steps(", resolution: 0"), R"("timestep":60,"series":[{"data":[1.00,2.00,3.00])"));
  CHECK(has(steps(", resolution: -5"), "\"timestep\":60"));
}

TEST_CASE("eight series have a statistics series") {
  World world;
  for (int i = 0; i < 8; ++i) {
    world.source().hold({"node_power",
                         MetricScope::hwthread,
                         "n01",
                         std::to_string(i),
                         kStart,
                         {static_cast<float>(i), i < 6 ? kGap : 2.0F, static_cast<float>(i * i)}});
  }
  CHECK(world.ask_job("jobMetrics", ", metrics: [\"node_power\"], scopes: [hwthread]",
                      "metric { statisticsSeries { mean median min max } }") ==
        R"({"data":{"jobMetrics":[{"metric":{"statisticsSeries":{"mean":[3.50,null,17.50],)"
        R"("median":[3.50,null,12.50],"min":[0.00,null,0.00],"max":[7.00,null,49.00]}}}]}})");
}

TEST_CASE("an archived job's metrics come as they are stored") {
  World world;
  world.archive(kArchived, {});
  CHECK(world.ask_job("jobMetrics", ", metrics: [\"cpu_load\"], scopes: [core]", kAllFields) ==
        R"({"data":{"jobMetrics":[{"name":"cpu_load","scope":"node","metric":{)"
        R"("unit":{"base":"load","prefix":""},"timestep":60,"coverage":0.3333,"series":[)"
        R"({"hostname":"n01","id":null,"coverage":0.6667,)"
        R"("statistics":{"min":1,"avg":2.345,"max":3},"data":[1.00,null,3.00]}],)"
        R"("statisticsSeries":null}}]}})");
  CHECK(world.ask_job("jobMetrics", ", scopes: [core]", "name scope") ==
        R"({"data":{"jobMetrics":[{"name":"cpu_load","scope":"node"},)"
        R"({"name":"power","scope":"core"}]}})");
  CHECK(world.ask_job("jobMetrics", "", "name scope") ==
        R"({"data":{"jobMetrics":[{"name":"cpu_load","scope":"node"},)"
        R"({"name":"power","scope":"core"},{"name":"power","scope":"node"}]}})");
}

TEST_CASE("a job that is archived between two questions answers from the archive") {
  World world;
  const auto ask = [&] {
    return world.ask_job("jobMetrics", ", metrics: [\"cpu_load\"]", "metric { series { data } }");
  };
  const std::string live = ask();
  CHECK(has(live, "[1.00,2.00,3.00]"));
  world.change(world.id, [](Job& job) {
    job.state = schema::JobState::completed;
    job.duration = 120;
  });
  CHECK(has(ask(), "[1.00,2.00]"));  // stopped, and still with the source
  CHECK(has(world.ask_job("jobStats", ", metrics: [\"cpu_load\"]", "data { max }"), "\"max\":5"));
  world.archive(kArchived, {{"cpu_load", {}, 8, 7, 9}});
  CHECK(has(ask(), "[1.00,null,3.00]"));
  CHECK(has(world.ask_job("jobStats", ", metrics: [\"cpu_load\"]", "data { max }"), "\"max\":9"));
  CHECK(world.source().asked().size() == 3);
}

TEST_CASE("jobStats names what it is asked for, all 0 where nothing is known") {
  World world;
  const auto stats = [&](std::string_view arguments) {
    return world.ask_job("jobStats", arguments, "name data { avg min max }");
  };
  CHECK(stats(", metrics: [\"mem_used\", \"none\", \"cpu_load\", \"mem_used\"]") ==
        R"({"data":{"jobStats":[{"name":"mem_used","data":{"avg":1.33,"min":1,"max":2}},)"
        R"({"name":"none","data":{"avg":0,"min":0,"max":0}},)"
        R"({"name":"cpu_load","data":{"avg":4,"min":1,"max":7}}]}})");
  CHECK(stats("") == R"({"data":{"jobStats":[]}})");
  CHECK(!world.source().asked().at(0).values);
  world.archive("no file is opened", {{"cpu_load", {}, 8.25, 7, 9}});
  CHECK(stats(", metrics: [\"none\", \"cpu_load\"]") ==
        R"({"data":{"jobStats":[{"name":"none","data":{"avg":0,"min":0,"max":0}},)"
        R"({"name":"cpu_load","data":{"avg":8.25,"min":7,"max":9}}]}})");
}

TEST_CASE("scopedJobStats of a live job needs both arguments, of an archived one none") {
  World world;
  const auto stats = [&](std::string_view arguments) {
    return world.ask_job("scopedJobStats", arguments,
                         "name scope stats { hostname id data { min avg max } }");
  };
  CHECK(stats(", metrics: [\"mem_used\"], scopes: [core]") ==
        R"({"data":{"scopedJobStats":[{"name":"mem_used","scope":"core","stats":[)"
        R"({"hostname":"n01","id":"0","data":{"min":0.13,"avg":0.29,"max":0.5}},)"
        R"({"hostname":"n01","id":"1","data":{"min":0,"avg":4116.56,"max":12345.68}}]}]}})");
  CHECK(stats(", metrics: [\"mem_used\"]") == R"({"data":{"scopedJobStats":[]}})");
  CHECK(stats(", scopes: [node]") == R"({"data":{"scopedJobStats":[]}})");
  CHECK(!world.source().asked().at(0).values);
  world.archive(kArchived, {});
  const std::string all =
      R"({"data":{"scopedJobStats":[{"name":"cpu_load","scope":"node","stats":[)"
      R"({"hostname":"n01","id":null,"data":{"min":1,"avg":2.345,"max":3}}]},)"
      R"({"name":"power","scope":"core","stats":[)"
      R"({"hostname":"n01","id":"0","data":{"min":4,"avg":4,"max":4}},)"
      R"({"hostname":"n01","id":"1","data":{"min":5,"avg":5,"max":5}}]},)"
      R"({"name":"power","scope":"node","stats":[)"
      R"({"hostname":"n01","id":null,"data":{"min":9,"avg":9,"max":9}}]}]}})";
  CHECK(stats("") == all);
  CHECK(stats(", metrics: [\"none\"], scopes: [socket]") == all);
}

TEST_CASE("what is wrong with a question is told") {
  World world;
  CHECK(has(world.ask("{ jobMetrics(id: 99) { name } }"), "no job with id 99"));
  CHECK(has(world.ask("{ jobStats(id: \"x\") { name } }"), "is not a number"));
  CHECK(has(world.ask_job("jobMetrics", ", scopes: [rack]", "name"), "MetricScope"));
  CHECK(has(world.ask("{ jobMetrics { name } }"), "GRAPHQL_VALIDATION_FAILED"));
}

TEST_CASE("what cannot be read is missing, and an error only when it is all") {
  World world;
  world.source().failures = {{"node_power", "n02", "torn"}};
  CHECK(world.ask_job("jobMetrics", ", metrics: [\"cpu_load\", \"node_power\"]", "name") ==
        R"({"data":{"jobMetrics":[{"name":"cpu_load"}]}})");
  CHECK(has(world.ask_job("jobMetrics", ", metrics: [\"node_power\"]", "name"),
            "\"code\":\"UNAVAILABLE\""));
  CHECK(has(world.telemetry().text(), "jobledger_metric_read_failures_total 2\n"));
  world.source().broken = Error{ErrorKind::io, "http://secret: broken"};
  const std::string answer =
      world.ask_job("scopedJobStats", ", metrics: [\"x\"], scopes: [node]", "name");
  CHECK(has(answer, "\"code\":\"INTERNAL\""));
  CHECK(!has(answer, "secret"));
  world.services().metrics = [] { return nullptr; };
  CHECK(has(world.ask_job("jobStats", "", "name"), "\"code\":\"UNAVAILABLE\""));
}

TEST_CASE("a torn data file is an internal error, told to the log alone") {
  World world;
  world.archive("{\"cpu_load\":", {});
  const std::string answer = world.ask_job("jobMetrics", "", "name");
  CHECK(has(answer, "\"data\":null"));
  CHECK(!has(answer, "data.json"));
}

TEST_CASE("more samples than allowed are refused before they are read") {
  httpd::Config config;
  config.graphql.max_samples = 2 * 3 - 1;
  World world(config);
  CHECK(has(world.ask_job("jobMetrics", ", metrics: [\"cpu_load\"]", "metric { series { data } }"),
            "\"code\":\"RESULT_TOO_LARGE\""));
  CHECK(world.source().asked().empty());
  CHECK(!has(world.ask_job("jobMetrics", ", metrics: [\"cpu_load\"]", "name"), "errors"));
}

TEST_CASE("a client that leaves ends the reading") {
  World world;
  world.source().on_read = [&] { world.stop = true; };
  const std::string answer =
      world.ask("{ a: jobMetrics(id: 1) { name } b: jobMetrics(id: 1) { name } }");
  CHECK(has(answer, "\"CANCELLED\""));
  CHECK(has(answer, "\"data\":null"));
}

TEST_CASE("a deadline that passes ends the reading") {
  httpd::Config config;
  config.query_deadline = std::chrono::milliseconds(0);
  World world(config);
  CHECK(has(world.ask_job("jobMetrics", "", "name"), "DEADLINE_EXCEEDED"));
  CHECK(world.source().asked().empty());
}

TEST_CASE("a list of metrics counts for the complexity of a question") {
  httpd::Config config;
  config.graphql.max_complexity = 100;
  World world(config);
  CHECK(!has(world.ask_job("jobMetrics", ", metrics: [\"cpu_load\", \"mem_used\"]",
                           "metric { series { data } }"),
             "errors"));
  CHECK(has(world.ask_job("jobMetrics", "", "metric { series { data } }"),
            "COMPLEXITY_LIMIT_EXCEEDED"));
}

TEST_CASE("a job that the caller may not see is not there") {
  World world;
  httpd::Answer answer;
  answer.snapshot = world.store().snapshot();
  answer.now = kNow;
  const std::string id = std::to_string(world.id);
  CHECK(answer.get_job(id).has_value());
  storage::jobs::JobFilter own;
  own.user = storage::jobs::StringMatch{storage::jobs::StringMatch::Kind::eq, {"mallory"}};
  answer.caller.visible_jobs = own;
  const auto found = answer.get_job(id);
  REQUIRE(!found);
  CHECK(found.error().kind == ErrorKind::not_found);
  CHECK(answer.read_jobs({}, 10, "x")->empty());
}

}  // namespace jobledger::test
