// SPDX-License-Identifier: MIT
// The job table alone: load time, memory and the listing queries, without HTTP and records.
// usage: job_table_bench [--load-only] [JOBS ...]        default: 200000 2000000
#include "bench/job_generator.h"
#include "storage/jobs/query.h"
#include "storage/jobs/table.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace jobledger::bench {
namespace {

using namespace storage::jobs;
using Clock = std::chrono::steady_clock;

// CPU time of all threads: what the wall clock shows when nobody else uses the machine.
double cpu_milliseconds() {
  return static_cast<double>(std::clock()) * 1e3 / static_cast<double>(CLOCKS_PER_SEC);
}

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Row to_row(const schema::Job& job, Dictionaries& dictionaries) {
  Row row;
  row.id = job.id;
  row.revision = job.is_running() ? 1 : 3;
  row.job_id = job.job_id;
  row.array_job_id = job.array_job_id;
  row.start_time = job.start_time;
  row.walltime = job.walltime;
  row.duration = job.duration;
  row.num_nodes = job.num_nodes;
  row.num_acc = job.num_acc;
  row.num_hwthreads = job.num_hwthreads;
  row.smt = job.smt;
  row.energy = job.energy;
  row.state = job.state;
  row.shared = job.shared;
  row.monitoring_status = job.monitoring_status;
  row.cluster = dictionaries.intern(Dictionary::cluster, job.cluster);
  row.sub_cluster = dictionaries.intern(Dictionary::sub_cluster, job.sub_cluster);
  row.partition = dictionaries.intern(Dictionary::partition, job.partition);
  row.project = dictionaries.intern(Dictionary::project, job.project);
  row.user = dictionaries.intern(Dictionary::user, job.user);
  if (const auto name = job.meta("jobName"); !name.empty())
    row.job_name = dictionaries.intern(Dictionary::job_name, name);
  for (const auto& resource : job.resources)
    row.hosts.push_back(dictionaries.intern(Dictionary::host, resource.hostname));
  std::sort(row.hosts.begin(), row.hosts.end());
  for (const auto& tag : job.tags)
    row.tags.push_back(static_cast<std::uint32_t>(tag.name.back() - '0') + 1);
  if (job.footprint)
    for (const auto& [name, value] : *job.footprint)
      row.footprint.emplace_back(dictionaries.intern(Dictionary::footprint_key, name), value);
  std::sort(row.footprint.begin(), row.footprint.end());
  return row;
}

// Rows are made beforehand, a part at a time, so that only the table's own work is on the clock.
void load(Table& table, const JobGenerator& generator) {
  constexpr std::uint64_t kPart = 100'000;
  const std::uint64_t jobs = generator.shape().jobs;
  std::vector<std::unique_ptr<Table::Loader>> loaders;
  loaders.push_back(table.make_loader());
  loaders.push_back(table.make_loader());
  double adding = 0, cpu = 0;
  std::vector<Row> rows[2];
  for (std::uint64_t begin = 0; begin < jobs / 2; begin += kPart) {
    const std::uint64_t end = std::min(begin + kPart, jobs / 2);
    for (auto& part : rows) part.clear();
    for (std::uint64_t i = begin; i < end; ++i) {
      rows[0].push_back(to_row(generator.make(i), table.dictionaries()));
      rows[1].push_back(to_row(generator.make(jobs / 2 + i), table.dictionaries()));
    }
    const auto start = Clock::now();
    const double cpu_start = cpu_milliseconds();
    std::thread other([&] {
      for (const Row& row : rows[1]) loaders[1]->add(row);
    });
    for (const Row& row : rows[0]) loaders[0]->add(row);
    other.join();
    adding += milliseconds_since(start);
    cpu += cpu_milliseconds() - cpu_start;
  }
  const auto start = Clock::now();
  const double cpu_start = cpu_milliseconds();
  table.finish_load(std::move(loaders));
  const double finishing = milliseconds_since(start);
  std::printf("  %-48s %9.0f ms  (add %.0f, finish %.0f; CPU %.0f and %.0f)\n",
              "load by two threads", adding + finishing, adding, finishing, cpu,
              cpu_milliseconds() - cpu_start);
}

// Median and worst of many runs.
void measure(const char* name, const std::function<std::uint64_t()>& work) {
  std::vector<double> times;
  std::uint64_t found = 0;
  const auto begin = Clock::now();
  while (times.size() < 5 || (times.size() < 2'000 && milliseconds_since(begin) < 500)) {
    const auto start = Clock::now();
    found = work();
    times.push_back(milliseconds_since(start));
  }
  std::sort(times.begin(), times.end());
  std::printf("  %-48s %9.3f ms  (99%%: %.3f, %llu found)\n", name, times[times.size() / 2],
              times[times.size() * 99 / 100], static_cast<unsigned long long>(found));
}

struct Question {
  const char* name;
  JobFilter filter;
  Order order;
  PageSpec page;
};

std::vector<Question> questions(std::int64_t now) {
  using Kind = StringMatch::Kind;
  const Order newest{OrderColumn::start_time, "", true};
  std::vector<Question> result;
  const auto add = [&](const char* name, const Order& order, auto fill) {
    Question question{name, {}, order, {}};
    fill(question.filter);
    result.push_back(question);
  };
  const auto nothing = [](JobFilter&) {};
  add("page of 50, newest first", newest, nothing);
  add("page on one node", newest, [](JobFilter& f) { f.node = {Kind::eq, {"f0105"}}; });
  add("page on nodes that contain a text", newest, [](JobFilter& f) {
    f.node = {Kind::contains, {"f010"}};
  });
  add("footprint range, ordered by a footprint", {OrderColumn::id, "flops_any_avg", true},
      [](JobFilter& f) {
        f.footprint.push_back({"mem_bw_avg", {20.0, 150.0}});
      });
  add("footprint range, ordered by newest", newest, [](JobFilter& f) {
    f.footprint.push_back({"mem_bw_avg", {20.0, 150.0}});
  });
  add("ordered by a footprint ascending", {OrderColumn::id, "acc_power_avg", false}, nothing);
  add("one user", newest, [](JobFilter& f) { f.user = {Kind::eq, {"b001dc00"}}; });
  add("users that contain a text", newest, [](JobFilter& f) {
    f.user = {Kind::contains, {"7DC"}};
  });
  add("job names that contain a text", newest, [](JobFilter& f) {
    f.job_name = {Kind::contains, {"m_77"}};
  });
  add("job ids that contain digits", newest, [](JobFilter& f) {
    f.job_id = {Kind::contains, {"4711"}};
  });
  add("cluster, state, partition and last 30 days", newest, [&](JobFilter& f) {
    f.cluster = {Kind::eq, {"fritz"}};
    f.partition = {Kind::eq, {"multinode"}};
    f.states = {schema::JobState::failed, schema::JobState::timeout};
    f.start_time.from = now - 30 * 86'400;
  });
  add("running jobs", newest,
      [](JobFilter& f) { f.states = std::vector{schema::JobState::running}; });
  add("tagged jobs", newest, [](JobFilter& f) { f.tag_ids = std::vector<std::int64_t>{1, 2}; });
  add("50 numbers", newest, [](JobFilter& f) {
    f.ids.emplace();
    for (std::int64_t i = 0; i < 50; ++i) f.ids->push_back(100 + i * 3'989);
  });
  add("ordered by user", {OrderColumn::user, "", false}, nothing);
  add("ordered by duration", {OrderColumn::duration, "", true}, nothing);
  add("ordered by energy", {OrderColumn::energy, "", true}, nothing);
  add("page 2,000 newest first", newest, nothing);
  result.back().page.offset = 100'000;
  add("count of failed jobs", newest,
      [](JobFilter& f) { f.states = std::vector{schema::JobState::failed}; });
  result.back().page.limit = 0;
  return result;
}

void ask(const char* when, const Table& table, std::int64_t now) {
  const TableStats stats = table.stats();
  std::printf(" %s: %llu segments, %llu rows in the tail\n", when,
              static_cast<unsigned long long>(stats.segments),
              static_cast<unsigned long long>(stats.tail_rows));
  for (const Question& question : questions(now))
    measure(question.name, [&] {
      const auto page =
          find_jobs(*table.view(), {question.filter}, question.order, question.page, now);
      return page->count.value_or(0);
    });
}

// New jobs one by one in small batches, each with start, stop and archiving.
void change(Table& table, const JobGenerator& generator, std::uint64_t jobs, std::int64_t next_id) {
  std::vector<Row> started;
  for (std::uint64_t i = 0; i < jobs; ++i) {
    Row row = to_row(generator.make(i), table.dictionaries());
    row.id = next_id + static_cast<std::int64_t>(i);
    row.job_id += 10'000'000;
    row.start_time += 100'000'000;
    started.push_back(row);
  }
  double times[3] = {}, worst = 0;
  for (std::size_t begin = 0; begin < started.size(); begin += 500) {
    const std::span<Row> batch =
        std::span(started).subspan(begin, std::min<std::size_t>(500, started.size() - begin));
    for (std::size_t step = 0; step < 3; ++step) {
      for (Row& row : batch) {
        row.revision = static_cast<std::uint32_t>(step) + 1;
        row.state = step == 0 ? schema::JobState::running : schema::JobState::completed;
        row.monitoring_status = step == 2 ? schema::MonitoringStatus::archived
                                          : schema::MonitoringStatus::running_or_archiving;
      }
      const auto start = Clock::now();
      table.apply(batch);
      const double time = milliseconds_since(start);
      times[step] += time;
      worst = std::max(worst, time);
    }
  }
  const double per_row = 1e6 / static_cast<double>(jobs);
  std::printf("  apply, ns a row: start %.0f, stop %.0f, archived %.0f (with sealing)\n",
              times[0] * per_row, times[1] * per_row, times[2] * per_row);
  std::printf("  longest apply of 500 rows (one that seals): %.1f ms\n", worst);
  const auto start = Clock::now();
  std::uint64_t found = 0;
  for (const Row& row : started) found += table.find_by_job_id(row.job_id).size();
  std::printf("  find_by_job_id: %.0f ns (%llu found)\n", milliseconds_since(start) * per_row,
              static_cast<unsigned long long>(found));
}

void run(std::uint64_t jobs, bool load_only) {
  JobShape shape;
  shape.jobs = jobs;
  const JobGenerator generator(shape);
  std::printf("%llu jobs\n", static_cast<unsigned long long>(jobs));
  Table table;
  load(table, generator);
  const TableStats stats = table.stats();
  const auto per_job = [&](std::size_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(stats.jobs);
  };
  std::printf("  %-48s %9.1f bytes  (+ %.1f dictionaries)\n", "memory per job",
              per_job(stats.memory_bytes), per_job(table.dictionaries().memory_bytes()));
  if (load_only) return;
  ask("after the load", table, shape.end);
  change(table, generator, 125'000, static_cast<std::int64_t>(jobs) + 1);
  ask("after changes", table, shape.end + 100'000'000);
}

}  // namespace
}  // namespace jobledger::bench

int main(int argc, char** argv) {
  std::vector<std::uint64_t> sizes;
  bool load_only = false;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--load-only")
      load_only = true;
    else
      sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  }
  if (sizes.empty()) sizes = {200'000, 2'000'000};
  for (const std::uint64_t jobs : sizes) jobledger::bench::run(jobs, load_only);
}
