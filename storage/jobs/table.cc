// SPDX-License-Identifier: MIT
#include "storage/jobs/table.h"

#include "base/log.h"
#include "storage/jobs/table_impl.h"

#include <algorithm>
#include <thread>

namespace jobledger::storage::jobs {
namespace {

constexpr std::size_t kFewRuns = 32;  // of one scheduler id; more are kept in order

}  // namespace

// --- views

View::View(std::unique_ptr<const Contents> contents) : contents_(std::move(contents)) {}
View::~View() = default;

std::uint64_t View::version() const { return contents_->version; }
std::uint64_t View::job_count() const { return contents_->stats.jobs; }
const Dictionaries& View::dictionaries() const { return *contents_->dictionaries; }
const TableStats& View::stats() const { return contents_->stats; }

std::optional<Row> View::find(std::int64_t id) const {
  std::optional<Row> found;
  Bitmap bits;
  const auto look = [&](const auto& block, std::uint32_t rows) {
    const ColumnView& ids = block.column(Field::id);
    if (found || ids.zone({id, id}) == Zone::none) return;
    block.find_alive(bits, rows, contents_->version);
    ids.keep_in_range(bits, {id, id});
    bits.for_each([&](std::uint32_t row) { found = block.get_row(row); });
  };
  contents_->for_each_chunk(look);
  contents_->for_each_segment(look);
  return found;
}

// --- the tail

TailRef TailRows::append(const Row& row) {
  if (chunks_.empty() || chunks_.back()->full()) {
    if (!chunks_.empty()) full_bytes_ += chunks_.back()->memory_bytes();
    chunks_.push_back(std::make_shared<TailChunk>(chunk_rows_));
  }
  ++rows_;
  return {chunks_.back().get(), chunks_.back()->append(row)};
}

std::size_t TailRows::memory_bytes() const {
  return full_bytes_ + (chunks_.empty() ? 0 : chunks_.back()->memory_bytes());
}

Segments make_segments(std::vector<TailRef> refs, std::uint32_t max_rows) {
  sort_refs(refs);
  Segments segments;
  const std::size_t pieces = (refs.size() + max_rows - 1) / max_rows;
  for (std::size_t i = 0; i < pieces; ++i) {
    const std::size_t begin = refs.size() * i / pieces, end = refs.size() * (i + 1) / pieces;
    segments.push_back(Segment::make(std::span(refs).subspan(begin, end - begin)));
  }
  return segments;
}

// --- the writer

Table::Impl::Impl(const TableConfig& of)
    : config(of),
      dictionaries(of.max_text_bytes),
      tail(of.chunk_rows),
      shared_segments(std::make_shared<Segments>()),
      shared_chunks(std::make_shared<Chunks>()) {
  CHECK(of.segment_rows >= 1 && of.segment_rows <= kMaxBlockRows, "{}", of.segment_rows);
  CHECK(of.chunk_rows >= 1 && of.chunk_rows <= kMaxBlockRows, "{}", of.chunk_rows);
  publish();
}

void Table::Impl::count(const Block& block, std::uint32_t row, Change change) {
  const auto add = static_cast<std::uint64_t>(static_cast<std::int64_t>(change));
  jobs += add;
  if (block.is_running(row)) running += add;
  if (block.is_due(row)) due += add;
  if (block.kind == Block::Kind::tail && block.is_settled(row)) settled_in_tail += add;
}

void Table::Impl::append(const Row& row) {
  const std::size_t chunks_before = tail.chunks().size();
  const TailRef ref = tail.append(row);
  if (tail.chunks().size() != chunks_before) {
    index.add_block(*tail.chunks().back());
    shared_chunks = std::make_shared<Chunks>(tail.chunks());
  }
  index.set_location(row.id, *ref.chunk, ref.row);
  count(*ref.chunk, ref.row, Change::add);
}

void Table::Impl::apply(const Row& row) {
  const auto old = index.find(row.id);
  if (old) {
    CHECK(old->block->at(Field::job_id, old->row) == row.job_id, "job {} changes its job id",
          row.id);
    count(*old->block, old->row, Change::remove);
    // Blocks of the index are those of the newest state: ours to change.
    const_cast<Block*>(old->block)->deaths.append(old->row, version);
    if (old->block->kind == Block::Kind::tail) ++dead_in_tail;
  }
  if (!old) index.put_job_id(row.job_id, row.id);
  append(row);
}

void Table::Impl::seal_if_due() {
  const std::uint64_t alive = tail.rows() - dead_in_tail;
  if (settled_in_tail >= config.seal_rows ||
      (dead_in_tail >= config.max_dead_rows && dead_in_tail > alive))
    seal();
}

// Segments that are mostly dead, and small ones as long as one new segment holds everything.
bool Table::Impl::worth_merging(const Segment& segment, std::size_t gathered) const {
  return segment.deaths.size() > segment.rows() / 2 ||
         (segment.rows() <= config.segment_rows / 2 &&
          gathered + segment.rows() <= config.segment_rows);
}

// Everything old stays untouched for the views that show it; the new state gets new blocks.
void Table::Impl::seal() {
  const bool worth_a_segment = settled_in_tail >= config.seal_rows;
  const Chunks old_chunks = tail.chunks();
  TailRows merged(config.chunk_rows), kept(config.chunk_rows);
  std::vector<TailRef> refs;
  Bitmap alive;
  for (const auto& chunk : old_chunks) {
    chunk->find_alive(alive, chunk->rows(), version);
    alive.for_each([&](std::uint32_t row) {
      if (worth_a_segment && chunk->is_settled(row))
        refs.push_back({chunk.get(), row});
      else
        kept.append(chunk->get_row(row));
    });
    index.remove_block(*chunk);
  }
  if (worth_a_segment) {
    std::erase_if(segments, [&](const std::shared_ptr<Segment>& segment) {
      if (!worth_merging(*segment, refs.size())) return false;
      segment->find_alive(alive, segment->rows(), version);
      for (const Row& row : segment->get_rows(alive)) refs.push_back(merged.append(row));
      index.remove_block(*segment);
      return true;
    });
    for (const auto& segment : make_segments(std::move(refs), config.segment_rows)) {
      index_segment(segment);
      segments.push_back(segment);
    }
    share_segments();
  }
  tail = std::move(kept);
  settled_in_tail = dead_in_tail = 0;
  shared_chunks = std::make_shared<Chunks>(tail.chunks());
  for (const auto& chunk : tail.chunks()) {
    index.add_block(*chunk);
    for (std::uint32_t row = 0; row < chunk->rows(); ++row) {
      index.set_location(chunk->at(Field::id, row), *chunk, row);
      if (chunk->is_settled(row)) ++settled_in_tail;
    }
  }
}

void Table::Impl::index_segment(const std::shared_ptr<Segment>& segment) {
  index.add_block(*segment);
  const ColumnView& ids = segment->column(Field::id);
  for (std::uint32_t row = 0; row < segment->rows(); ++row)
    index.set_location(ids.at(row), *segment, row);
}

void Table::Impl::share_segments() {
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) {
    return a->column(Field::start_time).min < b->column(Field::start_time).min;
  });
  shared_segments = std::make_shared<Segments>(segments);
  segment_bytes = 0;
  for (const auto& segment : segments) segment_bytes += segment->memory_bytes();
}

void Table::Impl::publish() {
  auto contents = std::make_unique<View::Contents>();
  contents->version = version;
  contents->segments = shared_segments;
  contents->chunks = shared_chunks;
  contents->tail_rows = tail.rows();
  contents->chunk_rows = config.chunk_rows;
  contents->dictionaries = &dictionaries;
  contents->stats = {jobs,        running,
                     due,         segments.size(),
                     tail.rows(), segment_bytes + tail.memory_bytes() + index.memory_bytes()};
  auto next = std::make_shared<const View>(std::move(contents));
  {
    const std::lock_guard lock(view_mutex);
    view.swap(next);
  }
}

JobSummary Table::Impl::summary(const JobIndex::Location& location) const {
  const auto get = [&](Field field) { return location.block->at(field, location.row); };
  return {get(Field::id),
          get(Field::job_id),
          get(Field::start_time),
          static_cast<std::int32_t>(get(Field::duration)),
          static_cast<schema::JobState>(get(Field::state)),
          text_id(get(Field::cluster))};
}

std::vector<JobSummary> Table::Impl::summaries(const std::vector<std::int64_t>& ids) const {
  std::vector<JobSummary> found;
  for (const std::int64_t id : ids) {
    if (const auto location = index.find(id)) found.push_back(summary(*location));
  }
  return found;
}

void Table::Impl::load(std::vector<std::unique_ptr<Loader>> loaders) {
  CHECK(jobs == 0 && tail.rows() == 0, "rows are loaded into an empty table");
  std::vector<TailRef> rest;
  for (const auto& loader : loaders) {
    for (const auto& segment : loader->impl_->segments) segments.push_back(segment);
    for (const auto& chunk : loader->impl_->settled.chunks())
      for (std::uint32_t row = 0; row < chunk->rows(); ++row) rest.push_back({chunk.get(), row});
  }
  for (auto& segment : make_segments(std::move(rest), config.segment_rows))
    segments.push_back(std::move(segment));
  std::int64_t max_id = 0;
  std::uint64_t total = 0;
  for (const auto& segment : segments) {
    max_id = std::max(max_id, segment->column(Field::id).max);
    total += segment->rows();
  }
  index.reserve(total + total / 8, max_id);
  jobs = total;
  share_segments();
  std::thread by_job_id([this] {  // the index keeps the two sides apart
    for (const auto& segment : segments)
      for (std::uint32_t row = 0; row < segment->rows(); ++row)
        index.put_job_id(segment->at(Field::job_id, row), segment->at(Field::id, row));
  });
  for (const auto& segment : segments) index_segment(segment);
  by_job_id.join();
  for (const auto& loader : loaders)
    for (const auto& chunk : loader->impl_->unsettled.chunks())
      for (std::uint32_t row = 0; row < chunk->rows(); ++row) apply(chunk->get_row(row));
  ++version;
  publish();
}

// --- the table

Table::Table(TableConfig config) : impl_(std::make_unique<Impl>(config)) {}
Table::~Table() = default;

void Table::finish_load(std::vector<std::unique_ptr<Loader>> loaders) {
  impl_->load(std::move(loaders));
}

void Table::apply(std::span<const Row> upserts) {
  ++impl_->version;
  for (const Row& row : upserts) {
    impl_->apply(row);
    if (!impl_->crowded_hashes.contains(JobIndex::hash_of(row.job_id))) continue;
    impl_->crowded_runs.put(
        {row.id, row.job_id, row.start_time, row.duration, row.state, row.cluster});
  }
  impl_->seal_if_due();
  impl_->publish();
}

// Many runs are put in order once, when they are asked for.
void Table::visit_runs(const RunQuery& query, const VisitRun& visit) {
  const std::uint32_t hash = JobIndex::hash_of(query.job_id);
  if (!impl_->crowded_hashes.contains(hash)) {
    std::vector<JobSummary> runs = impl_->summaries(impl_->index.find_by_job_id(query.job_id));
    if (runs.size() <= kFewRuns) return jobs::visit_runs(std::move(runs), query, visit);
    for (const JobSummary& run : runs) impl_->crowded_runs.put(run);
    impl_->crowded_hashes.insert(hash);
  }
  impl_->crowded_runs.visit(query, visit);
}

std::vector<JobSummary> Table::find_by_job_id(std::int64_t job_id) const {
  std::vector<JobSummary> found;
  for (const std::int64_t id : impl_->index.find_by_job_id(job_id))
    if (const auto job = find_by_id(id); job && job->job_id == job_id) found.push_back(*job);
  const auto key = [](const JobSummary& job) { return std::pair(job.start_time, job.id); };
  std::sort(found.begin(), found.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto same = [](const auto& a, const auto& b) { return a.id == b.id; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

std::optional<JobSummary> Table::find_by_id(std::int64_t id) const {
  const auto location = impl_->index.find(id);
  if (!location) return std::nullopt;
  return impl_->summary(*location);
}

std::shared_ptr<const View> Table::view() const {
  const std::lock_guard lock(impl_->view_mutex);
  return impl_->view;
}

Dictionaries& Table::dictionaries() { return impl_->dictionaries; }
const Dictionaries& Table::dictionaries() const { return impl_->dictionaries; }
TableStats Table::stats() const { return view()->stats(); }

// --- loaders

std::unique_ptr<Table::Loader> Table::make_loader() const {
  return std::unique_ptr<Loader>(new Loader(std::make_unique<Loader::Impl>(impl_->config)));
}

Table::Loader::Loader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Table::Loader::~Loader() = default;

void Table::Loader::add(const Row& row) {
  using Status = schema::MonitoringStatus;
  if (row.state == schema::JobState::running ||
      row.monitoring_status == Status::running_or_archiving) {
    impl_->unsettled.append(row);
    return;
  }
  impl_->settled.append(row);
  if (impl_->settled.rows() < impl_->config.segment_rows) return;
  std::vector<TailRef> refs;
  refs.reserve(impl_->settled.rows());
  for (const auto& chunk : impl_->settled.chunks())
    for (std::uint32_t at = 0; at < chunk->rows(); ++at) refs.push_back({chunk.get(), at});
  for (auto& segment : make_segments(std::move(refs), impl_->config.segment_rows))
    impl_->segments.push_back(std::move(segment));
  impl_->settled = TailRows(impl_->config.chunk_rows);
}

}  // namespace jobledger::storage::jobs
