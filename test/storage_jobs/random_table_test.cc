// SPDX-License-Identifier: MIT
// Random tables and questions, compared with the reference.
#include "storage/jobs/query.h"
#include "storage/jobs/table.h"
#include "test/storage_jobs/reference.h"

#include <doctest/doctest.h>

#include <atomic>
#include <iterator>
#include <thread>

namespace jobledger::storage::jobs::test {
namespace {

// A table with tiny blocks, so that a few hundred jobs fill many of them.
constexpr TableConfig kTiny{
    .segment_rows = 70, .chunk_rows = 16, .seal_rows = 60, .max_dead_rows = 100};
constexpr TableConfig kOneRowBlocks{
    .segment_rows = 1, .chunk_rows = 1, .seal_rows = 1, .max_dead_rows = 1};

struct Both {
  explicit Both(TableConfig config, std::uint64_t seed)
      : table(config), world(table.dictionaries(), seed), reference(table.dictionaries()) {}

  void load(std::int64_t jobs, int loaders) {
    std::vector<std::unique_ptr<Table::Loader>> all;
    for (int i = 0; i < loaders; ++i) all.push_back(table.make_loader());
    for (std::int64_t id = 1; id <= jobs; ++id) {
      const Row row = world.make_row(id);
      reference.put(row);
      all[static_cast<std::size_t>(world.pick(0, loaders - 1))]->add(row);
    }
    next_id = jobs + 1;
    table.finish_load(std::move(all));
  }

  void change_some() {
    std::vector<Row> upserts;
    for (std::int64_t i = world.pick(1, 40); i > 0; --i) {
      if (next_id == 1 || world.chance(40)) {
        upserts.push_back(world.make_row(next_id++));
      } else {
        const auto& rows = reference.rows();
        upserts.push_back(
            world.change(std::next(rows.begin(), world.pick(0, std::ssize(rows) - 1))->second));
      }
      reference.put(upserts.back());
    }
    table.apply(upserts);
  }

  void compare(const View& view) {
    REQUIRE(view.job_count() == reference.rows().size());
    std::vector<JobFilter> filters;
    for (std::int64_t i = world.pick(0, 2); i > 0; --i) filters.push_back(world.make_filter());
    const Order order = world.make_order();
    PageSpec page;
    page.offset = world.chance(50) ? 0 : static_cast<std::uint64_t>(world.pick(0, 300));
    page.limit = static_cast<std::uint64_t>(world.pick(0, 60));
    if (world.chance(20)) page.limit.reset();
    page.want_count = world.chance(60);
    std::string question = describe(order) + " offset " + std::to_string(page.offset) + " | ";
    for (const JobFilter& filter : filters) question += describe(filter) + "| ";
    INFO(question);
    const auto found = find_jobs(view, filters, order, page, World::kNow);
    REQUIRE(found.has_value());
    const JobPage expected = reference.find_jobs(filters, order, page, World::kNow);
    CHECK(found->items == expected.items);
    CHECK(found->has_next == expected.has_next);
    if (page.want_count) CHECK(found->count.has_value());
    if (found->count) CHECK(*found->count == *expected.count);
  }

  void compare_look_ups(const View& view) {
    for (const std::string cluster : {"Cluster0", "cluster1", "cluster2", "nowhere"}) {
      CHECK(partitions_of(view, cluster) == reference.partitions_of(cluster));
      const auto found = allocated_nodes(view, cluster);
      const auto expected = reference.allocated_nodes(cluster);
      REQUIRE(found.size() == expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].sub_cluster == expected[i].sub_cluster);
        CHECK(found[i].count == expected[i].count);
      }
    }
    std::uint64_t running = 0, due = 0;
    for (const auto& [id, row] : reference.rows()) {
      REQUIRE(view.find(id) == row);
      const bool runs = row.state == schema::JobState::running;
      running += runs;
      due += !runs && row.monitoring_status == schema::MonitoringStatus::running_or_archiving;
      std::vector<std::int64_t> ids;
      for (const JobSummary& job : table.find_by_job_id(row.job_id)) ids.push_back(job.id);
      REQUIRE(ids == reference.ids_of_job_id(row.job_id));
    }
    CHECK_FALSE(view.find(next_id).has_value());
    CHECK(table.find_by_job_id(-1'000'000).empty());
    CHECK(view.stats().running == running);
    CHECK(view.stats().due == due);
  }

  Table table;
  World world;
  Reference reference;
  std::int64_t next_id = 1;
};

TEST_CASE("a loaded table that changes and seals answers like the reference") {
  const std::uint64_t seed = test_seed();
  for (int round = 0; round < 6; ++round) {
    CAPTURE(seed);
    CAPTURE(round);
    Both both(kTiny, seed + static_cast<std::uint64_t>(round));
    both.load(round * 90, 1 + round % 3);
    for (int step = 0; step < 25; ++step) {
      const auto view = both.table.view();
      for (int i = 0; i < 25; ++i) both.compare(*view);
      if (step % 8 == 0) both.compare_look_ups(*view);
      both.change_some();
    }
    CHECK(both.table.stats().segments > 0);
  }
}

TEST_CASE("blocks of one row answer like the reference") {
  Both both(kOneRowBlocks, test_seed());
  both.load(20, 2);
  for (int step = 0; step < 15; ++step) {
    both.change_some();
    for (int i = 0; i < 15; ++i) both.compare(*both.table.view());
  }
  both.compare_look_ups(*both.table.view());
}

TEST_CASE("segments of full size answer like the reference") {
  Both both({}, test_seed());
  both.load(20'000, 2);
  both.change_some();
  for (int i = 0; i < 25; ++i) both.compare(*both.table.view());
}

TEST_CASE("an old view does not change while the table goes on") {
  Both both(kTiny, test_seed());
  both.load(200, 1);
  for (int round = 0; round < 5; ++round) {
    const auto old_view = both.table.view();
    const Reference old_reference = both.reference;
    for (int step = 0; step < 12; ++step) both.change_some();
    const Reference newest = std::exchange(both.reference, old_reference);
    for (int i = 0; i < 30; ++i) both.compare(*old_view);
    for (const auto& [id, row] : old_reference.rows()) REQUIRE(old_view->find(id) == row);
    both.reference = newest;
    for (int i = 0; i < 30; ++i) both.compare(*both.table.view());
  }
}

TEST_CASE("pages laid end to end are the whole answer, each job once") {
  Both both(kTiny, test_seed());
  both.load(300, 2);
  for (int step = 0; step < 10; ++step) both.change_some();
  const auto view = both.table.view();
  for (int i = 0; i < 40; ++i) {
    const std::vector<JobFilter> filters{both.world.make_filter()};
    const Order order = both.world.make_order();
    INFO(describe(order) << " | " << describe(filters[0]));
    const auto whole = find_jobs(*view, filters, order, {.offset = 0, .limit = {}}, World::kNow);
    std::vector<JobRef> pages;
    const auto size = static_cast<std::uint64_t>(both.world.pick(1, 40));
    for (bool more = true; more;) {
      const auto page =
          find_jobs(*view, filters, order,
                    {.offset = pages.size(), .limit = size, .want_count = false}, World::kNow);
      more = page->has_next;
      if (more) REQUIRE(page->items.size() == size);
      pages.insert(pages.end(), page->items.begin(), page->items.end());
    }
    CHECK(pages == whole->items);
  }
}

// Every job keeps its sum of (revision, walltime), so that a reader sees half a change at once.
TEST_CASE("readers beside a busy writer see whole states only") {
  Table table({.segment_rows = 64, .chunk_rows = 16, .seal_rows = 64, .max_dead_rows = 128});
  World world(table.dictionaries(), test_seed());
  constexpr std::int64_t kJobs = 120;
  std::vector<Row> rows;
  for (std::int64_t id = 1; id <= kJobs; ++id) {
    rows.push_back(world.make_row(id));
    rows.back().revision = 0;
    rows.back().walltime = 1'000'000;
  }
  table.apply(rows);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::atomic<std::uint64_t> answers{0};
  const auto read = [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    while (!done.load()) {
      const auto view = table.view();
      Order order;
      order.column = random() % 2 == 0 ? OrderColumn::start_time : OrderColumn::user;
      JobFilter by_node;
      by_node.node = StringMatch{StringMatch::Kind::contains, {"node1"}};
      JobFilter others;
      others.states = std::vector<schema::JobState>{schema::JobState::running};
      const auto all = find_jobs(*view, {}, order, {.offset = 0, .limit = {}}, World::kNow);
      const auto some = find_jobs(*view, {by_node}, order, {}, World::kNow);
      const auto running = find_jobs(*view, {others}, order, {}, World::kNow);
      if (all->items.size() != kJobs || *running->count != view->stats().running) ++wrong;
      for (const JobRef& ref : some->items) {
        const auto row = view->find(ref.id);
        if (!row || row->revision != ref.revision || row->walltime != 1'000'000 - row->revision)
          ++wrong;
      }
      ++answers;
    }
  };
  std::thread first(read, 1), second(read, 2);
  for (int step = 0; step < 400 || answers.load() < 20; ++step) {
    std::vector<Row> upserts;
    for (int i = 0; i < 10; ++i) {
      Row& row = rows[static_cast<std::size_t>(world.pick(0, kJobs - 1))];
      row = world.change(row);
      row.walltime = 1'000'000 - row.revision;
      upserts.push_back(row);
    }
    table.apply(upserts);
  }
  done = true;
  first.join();
  second.join();
  CHECK(wrong.load() == 0);
}

}  // namespace
}  // namespace jobledger::storage::jobs::test
