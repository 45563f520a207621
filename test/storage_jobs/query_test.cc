// SPDX-License-Identifier: MIT
#include "storage/jobs/query.h"

#include "storage/jobs/table.h"

#include <doctest/doctest.h>

namespace jobledger::storage::jobs {
namespace {

using Kind = StringMatch::Kind;
using schema::JobState;
using Ids = std::vector<std::int64_t>;

// Five jobs in both shapes: as rows of the tail, and sealed as far as they are settled.
struct Fixture {
  explicit Fixture(std::uint32_t seal_rows)
      : table({.segment_rows = 100, .chunk_rows = 2, .seal_rows = seal_rows, .max_dead_rows = 9}) {
    Row one = job(1, 100, "alice", {"n1"});
    Row two = job(2, 123, "bob", {"n1", "n2"});
    Row three = job(3, 1230, "Carol", {"n2"});
    Row four = job(4, 45, "carola", {});
    Row five = job(5, 124, "alice", {"N3"});
    one.job_name = text(Dictionary::job_name, "interactive");
    two.job_name = text(Dictionary::job_name, "Interactive");
    three.job_name = text(Dictionary::job_name, "50%_done");
    one.footprint = {{text(Dictionary::footprint_key, "flops_any_avg"), 1.25}};
    two.footprint = {{text(Dictionary::footprint_key, "flops_any_avg"), 2.5},
                     {text(Dictionary::footprint_key, "mem_bw_avg"), 1.0 / 3}};
    three.tags = {1, 7};
    four.tags = {7};
    five.state = JobState::running;
    five.monitoring_status = schema::MonitoringStatus::running_or_archiving;
    five.duration = 0;
    table.apply(std::vector{one, two, three, four, five});
  }

  StringId text(Dictionary dictionary, std::string_view value) {
    return table.dictionaries().intern(dictionary, value);
  }

  Row job(std::int64_t id, std::int64_t job_id, std::string_view user,
          std::vector<std::string_view> hosts) {
    Row row;
    row.id = id;
    row.job_id = job_id;
    row.start_time = 1'000 - id;
    row.duration = static_cast<std::int32_t>(id) * 10;
    row.state = JobState::completed;
    row.monitoring_status = schema::MonitoringStatus::archived;
    row.user = text(Dictionary::user, user);
    for (const auto host : hosts) row.hosts.push_back(text(Dictionary::host, host));
    return row;
  }

  Ids ids(const JobFilter& filter, Order order = {}, std::int64_t now = 1'100) const {
    Ids result;
    const auto page = find_jobs(*table.view(), {filter}, order, {}, now);
    for (const JobRef& ref : page->items) result.push_back(ref.id);
    CHECK(*page->count == result.size());
    return result;
  }
  Ids by_user(Kind kind, std::vector<std::string> values) const {
    JobFilter filter;
    filter.user = StringMatch{kind, std::move(values)};
    return ids(filter);
  }
  Ids by_job_id(Kind kind, std::vector<std::string> values) const {
    JobFilter filter;
    filter.job_id = StringMatch{kind, std::move(values)};
    return ids(filter);
  }
  Ids by_node(Kind kind, std::vector<std::string> values) const {
    JobFilter filter;
    filter.node = StringMatch{kind, std::move(values)};
    return ids(filter);
  }
  Ids by_name(Kind kind, std::vector<std::string> values) const {
    JobFilter filter;
    filter.job_name = StringMatch{kind, std::move(values)};
    return ids(filter);
  }

  Table table;
};

const std::uint32_t kShapes[] = {1'000, 1};  // rows in the tail, or sealed

TEST_CASE("text filters: equality is exact, the others fold ASCII case") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    CAPTURE(shape);
    CHECK(jobs.table.stats().segments == (shape == 1 ? 1 : 0));
    CHECK(jobs.by_user(Kind::eq, {"carol"}) == Ids{});
    CHECK(jobs.by_user(Kind::eq, {"Carol"}) == Ids{3});
    CHECK(jobs.by_user(Kind::neq, {"alice"}) == Ids{2, 3, 4});
    CHECK(jobs.by_user(Kind::neq, {"nobody"}) == Ids{1, 2, 3, 4, 5});
    CHECK(jobs.by_user(Kind::contains, {"AROL"}) == Ids{3, 4});
    CHECK(jobs.by_user(Kind::starts_with, {"cAr"}) == Ids{3, 4});
    CHECK(jobs.by_user(Kind::ends_with, {"OL"}) == Ids{3});
    CHECK(jobs.by_user(Kind::contains, {""}) == Ids{1, 2, 3, 4, 5});
    CHECK(jobs.by_user(Kind::in, {"bob", "alice", "x"}) == Ids{1, 2, 5});
    CHECK(jobs.by_user(Kind::in, {}) == Ids{});
  }
}

TEST_CASE("percent and underscore are no wildcards") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    CHECK(jobs.by_name(Kind::contains, {"%"}) == Ids{3});
    CHECK(jobs.by_name(Kind::contains, {"_"}) == Ids{3});
    CHECK(jobs.by_name(Kind::contains, {"0_d"}) == Ids{});
  }
}

TEST_CASE("a job without a name matches neq only, and counts as batch") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    CHECK(jobs.by_name(Kind::neq, {"interactive"}) == Ids{2, 3, 4, 5});
    CHECK(jobs.by_name(Kind::contains, {""}) == Ids{1, 2, 3});
    JobFilter filter;
    filter.schedule = Schedule::batch;
    CHECK(jobs.ids(filter) == Ids{2, 3, 4, 5});
    filter.schedule = Schedule::interactive;
    CHECK(jobs.ids(filter) == Ids{1});
  }
}

TEST_CASE("job ids compare as numbers or by their digits") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    CHECK(jobs.by_job_id(Kind::eq, {"0123"}) == Ids{2});
    CHECK(jobs.by_job_id(Kind::eq, {"abc"}) == Ids{});
    CHECK(jobs.by_job_id(Kind::eq, {"123x"}) == Ids{});
    CHECK(jobs.by_job_id(Kind::eq, {"99999999999999999999"}) == Ids{});
    CHECK(jobs.by_job_id(Kind::neq, {"123"}) == Ids{1, 3, 4, 5});
    CHECK(jobs.by_job_id(Kind::neq, {"abc"}) == Ids{1, 2, 3, 4, 5});
    CHECK(jobs.by_job_id(Kind::in, {"45", "x", "100"}) == Ids{1, 4});
    CHECK(jobs.by_job_id(Kind::in, {}) == Ids{});
    CHECK(jobs.by_job_id(Kind::starts_with, {"123"}) == Ids{2, 3});
    CHECK(jobs.by_job_id(Kind::ends_with, {"0"}) == Ids{1, 3});
    CHECK(jobs.by_job_id(Kind::contains, {"23"}) == Ids{2, 3});
    CHECK(jobs.by_job_id(Kind::contains, {"x"}) == Ids{});
  }
}

TEST_CASE("node filters look at every host, and neq means no host") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    CHECK(jobs.by_node(Kind::eq, {"n1"}) == Ids{1, 2});
    CHECK(jobs.by_node(Kind::eq, {"n3"}) == Ids{});
    CHECK(jobs.by_node(Kind::neq, {"n1"}) == Ids{3, 4, 5});
    CHECK(jobs.by_node(Kind::neq, {"n9"}) == Ids{1, 2, 3, 4, 5});
    CHECK(jobs.by_node(Kind::starts_with, {"n"}) == Ids{1, 2, 3, 5});
    CHECK(jobs.by_node(Kind::ends_with, {"2"}) == Ids{2, 3});
    CHECK(jobs.by_node(Kind::in, {"n2", "N3"}) == Ids{2, 3, 5});
    CHECK(jobs.by_node(Kind::in, {}) == Ids{});
  }
}

TEST_CASE("empty lists match nothing") {
  const Fixture jobs(1);
  JobFilter ids, tags, states;
  ids.ids.emplace();
  tags.tag_ids.emplace();
  states.states.emplace();
  for (const JobFilter& filter : {ids, tags, states}) CHECK(jobs.ids(filter) == Ids{});
}

TEST_CASE("tags match any of the list, and numbers that cannot be tags match nothing") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    JobFilter filter;
    filter.tag_ids = Ids{7, 8};
    CHECK(jobs.ids(filter) == Ids{3, 4});
    filter.tag_ids = Ids{1};
    CHECK(jobs.ids(filter) == Ids{3});
    filter.tag_ids = Ids{-1, (std::int64_t{1} << 32) + 7};
    CHECK(jobs.ids(filter) == Ids{});
  }
}

TEST_CASE("the duration of a running job is live, and never negative") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    JobFilter filter;
    filter.duration.from = 50;  // job 5 started at 995
    CHECK(jobs.ids(filter, {}, 1'100) == Ids{5});
    CHECK(jobs.ids(filter, {}, 1'000) == Ids{});
    filter.duration = {0, 0};
    CHECK(jobs.ids(filter, {}, 900) == Ids{5});
    const Order order{OrderColumn::duration, "", true};
    CHECK(jobs.ids({}, order, 1'100) == Ids{5, 4, 3, 2, 1});
    CHECK(jobs.ids({}, order, 1'020) == Ids{4, 3, 5, 2, 1});
  }
}

TEST_CASE("footprint ranges are inclusive and need the key") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    const auto found = [&](std::string key, std::optional<double> from, std::optional<double> to) {
      JobFilter filter;
      filter.footprint.push_back({std::move(key), {from, to}});
      return jobs.ids(filter);
    };
    CHECK(found("flops_any_avg", {}, {}) == Ids{1, 2});
    CHECK(found("flops_any_avg", 1.25, 2.5) == Ids{1, 2});
    CHECK(found("flops_any_avg", 1.251, 2.499) == Ids{});
    CHECK(found("mem_bw_avg", 0.33, 1.0 / 3) == Ids{2});
    CHECK(found("mem_bw_avg", 0.34, {}) == Ids{});
    CHECK(found("unknown_avg", {}, {}) == Ids{});
  }
}

TEST_CASE("jobs without the footprint key come first ascending and last descending") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    CHECK(jobs.ids({}, {OrderColumn::id, "flops_any_avg", false}) == Ids{3, 4, 5, 1, 2});
    CHECK(jobs.ids({}, {OrderColumn::id, "flops_any_avg", true}) == Ids{2, 1, 5, 4, 3});
    CHECK(jobs.ids({}, {OrderColumn::id, "unknown_avg", true}) == Ids{5, 4, 3, 2, 1});
  }
}

TEST_CASE("equal keys are ordered by id in the same direction") {
  for (const std::uint32_t shape : kShapes) {
    const Fixture jobs(shape);
    CHECK(jobs.ids({}, {OrderColumn::num_nodes, "", false}) == Ids{1, 2, 3, 4, 5});
    CHECK(jobs.ids({}, {OrderColumn::num_nodes, "", true}) == Ids{5, 4, 3, 2, 1});
    CHECK(jobs.ids({}, {OrderColumn::user, "", false}) == Ids{3, 1, 5, 2, 4});
  }
}

TEST_CASE("several filters must all hold") {
  const Fixture jobs(1);
  JobFilter one, two;
  one.user = StringMatch{Kind::contains, {"a"}};
  two.node = StringMatch{Kind::eq, {"n2"}};
  const auto page = find_jobs(*jobs.table.view(), {one, two}, {}, {}, 0);
  CHECK(page->items == std::vector{JobRef{3, 0}});
}

TEST_CASE("pages beyond the end are empty and know the count") {
  const Fixture jobs(1);
  const auto page =
      find_jobs(*jobs.table.view(), {}, {}, {.offset = ~std::uint64_t{0}, .limit = 50}, 0);
  CHECK(page->items.empty());
  CHECK(page->count == 5);
  CHECK_FALSE(page->has_next);
  const auto huge =
      find_jobs(*jobs.table.view(), {}, {}, {.offset = 3, .limit = ~std::uint64_t{0}}, 0);
  CHECK(huge->items.size() == 2);
  const auto none = find_jobs(*jobs.table.view(), {}, {}, {.offset = 0, .limit = 0}, 0);
  CHECK(none->items.empty());
  CHECK(none->has_next);
}

TEST_CASE("a page of one sealed segment knows whether there is another") {
  const Fixture jobs(1);  // four sealed, one in the tail
  JobFilter sealed;
  sealed.states = std::vector{JobState::completed};
  for (const bool descending : {false, true}) {
    const Order order{OrderColumn::start_time, "", descending};
    for (std::uint64_t limit = 0; limit <= 5; ++limit) {
      const auto page = find_jobs(*jobs.table.view(), {sealed}, order,
                                  {.offset = 0, .limit = limit, .want_count = false}, 0);
      CHECK(page->items.size() == std::min<std::uint64_t>(limit, 4));
      CHECK(page->has_next == (limit < 4));
    }
  }
}

TEST_CASE("a query that is told to stop is cancelled") {
  const Fixture jobs(1);
  const std::atomic<bool> stop{true};
  const auto page = find_jobs(*jobs.table.view(), {}, {}, {}, 0, &stop);
  REQUIRE_FALSE(page.has_value());
  CHECK(page.error().kind == ErrorKind::cancelled);
}

TEST_CASE("order columns have the names that clients use") {
  for (const char* name :
       {"id",        "jobId",         "startTime",         "duration",     "walltime",
        "numNodes",  "numAcc",        "numHwthreads",      "numHWThreads", "SMT",
        "energy",    "cluster",       "subcluster",        "subCluster",   "clusterPartition",
        "partition", "project",       "hpcUser",           "user",         "jobState",
        "state",     "shared",        "monitoringStatus",  "arrayJobId",   "start_time",
        "hpc_user",  "num_hwthreads", "cluster_partition", "array_job_id"}) {
    CAPTURE(name);
    CHECK(parse_order_column(name).has_value());
  }
  CHECK(parse_order_column("hpcUser") == OrderColumn::user);
  CHECK(parse_order_column("num_acc") == OrderColumn::num_acc);
  CHECK_FALSE(parse_order_column("_").has_value());
  CHECK_FALSE(parse_order_column("").has_value());
  CHECK_FALSE(parse_order_column("footprint").has_value());
  CHECK_FALSE(parse_order_column("id; drop table job").has_value());
}

}  // namespace
}  // namespace jobledger::storage::jobs
