// SPDX-License-Identifier: MIT
#include "test/ingest/support.h"

#include "test/schema/example_cluster.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace jobledger::ingest {
namespace {

storage::Config store_config(const std::filesystem::path& path) {
  storage::Config config;
  config.path = path;
  config.cache_bytes = 8u << 20;
  config.memtable_bytes = 4u << 20;
  config.min_free_bytes = 0;
  return config;
}

}  // namespace

ClustersNow test_clusters() {
  auto clusters = std::make_shared<const schema::Clusters>(jobledger::test::example_clusters());
  return [clusters] { return clusters; };
}

std::string job_line(std::string_view function, std::string_view json) {
  std::string line =
      fmt::format("job,function={},hostname=sched,type=node,type-id=0 event=", function);
  write_line_string(line, json);
  return line + " 1700000000000000000\n";
}

std::string node_line(std::string_view json) {
  std::string line = "nodestate event=";
  write_line_string(line, json);
  return line + " 1700000000000000000\n";
}

std::string start_json(const StartText& start) {
  return fmt::format(
      R"({{"jobId":{},"user":"eve","project":"abc","cluster":"{}","subCluster":"","numNodes":1,)"
      R"("walltime":{},"resources":[{{"hostname":"n01"}}],"startTime":{}{}}})",
      start.job_id, start.cluster, start.walltime, start.start, start.more);
}

std::string start_line(const StartText& start) { return job_line("start_job", start_json(start)); }

std::string stop_line(const StopText& stop) {
  std::string json = fmt::format(R"({{"jobId":{},"stopTime":{},"jobState":"{}")", stop.job_id,
                                 stop.stop, stop.state);
  if (!stop.cluster.empty()) json += fmt::format(R"(,"cluster":"{}")", stop.cluster);
  if (stop.start != 0) json += fmt::format(R"(,"startTime":{})", stop.start);
  return job_line("stop_job", json + "}");
}

RawBatch make_batch(const std::vector<LogEntry>& entries, std::uint64_t first, std::int64_t created,
                    const std::string& stream) {
  auto owned = std::make_shared<std::vector<LogEntry>>(entries);
  RawBatch batch;
  batch.stream = stream;
  batch.created = created;
  for (const LogEntry& entry : *owned) {
    batch.messages.push_back({first++, entry.time * 1'000'000'000, entry.subject, entry.payload});
  }
  batch.bytes = owned;
  return batch;
}

Bench::Bench(RulesConfig rules, HealthSources health, ClustersNow clusters)
    : rules_(rules),
      health_(std::move(health)),
      clusters_(std::move(clusters)),
      decoder_(config_.events, config_.limits, clusters_) {
  reopen();
}

Bench::~Bench() = default;

void Bench::reopen() {
  store_.reset();
  auto opened = storage::Store::open(store_config(directory_.path() / "db"));
  const std::string error = opened ? "" : opened.error().detail;
  REQUIRE_MESSAGE(opened.has_value(), error);
  store_ = *std::move(opened);
  applier_ = std::make_unique<Applier>(rules_, Decoder(config_.events, config_.limits, clusters_),
                                       health_);
}

Tally Bench::apply(const std::vector<LogEntry>& entries) {
  RawBatch batch = make_batch(entries, next_);
  next_ += entries.size();
  return apply_batch(std::move(batch)).tally;
}

Effects Bench::apply_batch(RawBatch raw) {
  DecodedBatch batch = decode_batch(std::move(raw), decoder_);
  storage::Update update = store_->begin_update();
  Effects effects = applier_->apply(update, batch);
  REQUIRE(store_->commit(update, false).has_value());
  return effects;
}

std::vector<schema::Job> Bench::jobs() const {
  const auto snapshot = store_->snapshot();
  storage::jobs::PageSpec all;
  all.limit.reset();
  const auto page = storage::jobs::find_jobs(snapshot->jobs(), {}, {}, all, kEpoch);
  REQUIRE(page.has_value());
  const auto read = snapshot->read_jobs(page->items);
  REQUIRE(read.has_value());
  std::vector<schema::Job> jobs;
  for (const storage::JobPtr& job : *read) {
    jobs.push_back(*job);
    jobs.back().id = 0;
    for (schema::Tag& tag : jobs.back().tags) tag.id = 0;
  }
  std::sort(jobs.begin(), jobs.end(), [](const schema::Job& a, const schema::Job& b) {
    return std::tie(a.cluster, a.job_id, a.start_time) <
           std::tie(b.cluster, b.job_id, b.start_time);
  });
  return jobs;
}

std::optional<schema::Job> Bench::job(std::int64_t job_id, std::int64_t start) const {
  for (const schema::Job& job : jobs()) {
    if (job.job_id == job_id && job.start_time == start) return job;
  }
  return std::nullopt;
}

std::vector<storage::DeadLetter> Bench::letters() const {
  auto letters = store_->snapshot()->read_dead_letters(0, 1'000'000);
  REQUIRE(letters.has_value());
  return *std::move(letters);
}

bool Bench::is_due(std::int64_t job_id) const {
  const auto snapshot = store_->snapshot();
  for (const storage::jobs::JobRef& ref : store_->archive_due(0, 1000)) {
    const auto row = snapshot->jobs().find(ref.id);
    if (row && row->job_id == job_id) return true;
  }
  return false;
}

std::uint64_t count(const Tally& tally, EventKind kind, Outcome outcome) {
  return tally.events[static_cast<std::size_t>(kind)][static_cast<std::size_t>(outcome)];
}

}  // namespace jobledger::ingest
