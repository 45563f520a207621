// SPDX-License-Identifier: MIT
#include "storage/snapshot.h"

#include "base/turn.h"
#include "storage/record_codec.h"
#include "storage/snapshot_impl.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace jobledger::storage {
namespace {

constexpr std::size_t kReadAtOnce = 256;  // records whose bytes are held together
// A read of more than these does not push everything else out of the caches.
constexpr std::size_t kLargeRead = 2048;

// Ends a scan that has enough; never seen outside.
Error enough() { return {ErrorKind::cancelled, "enough"}; }

Result<DeadLetter> decode_letter_at(std::string_view key, std::int64_t id, std::string_view value) {
  auto letter = decode_letter(id, value);
  if (!letter) return std::move(letter).error().in(describe_key(Family::dead_letters, key));
  return letter;
}

}  // namespace

Snapshot::Impl::Impl(Database& d, RecordCache& c, const State& state, std::int64_t cutoff,
                     SnapshotCounts& all)
    : database(d),
      cache(c),
      counts(all),
      point(d.make_read_point()),
      view(state.table.view()),
      tags(state.tags),
      damaged_jobs(state.damaged_jobs),
      nodes(state.nodes),
      positions(state.positions),
      clocks(state.clocks),
      counters(state.counters),
      head(state.head.view),
      parked(state.parked.size()),
      history_cutoff(cutoff) {
  ++counts.alive;
}

Snapshot::Impl::~Impl() {
  database.release(point);
  --counts.alive;
}

Result<JobPtr> Snapshot::Impl::decode(std::int64_t id, std::string_view bytes, bool keep) const {
  auto record = decode_record(id, bytes, *tags);
  if (!record) return std::move(record).error().in(describe_key(Family::jobs, job_key(id)));
  auto job = std::make_shared<const schema::Job>(std::move(record->job));
  if (keep) cache.put({id, record->revision}, job);
  return JobPtr(std::move(job));
}

JobPtr Snapshot::Impl::substitute(std::int64_t id) const {
  const auto row = view->find(id);
  if (!row) return nullptr;
  return std::make_shared<const schema::Job>(job_of_row(*row, view->dictionaries(), *tags));
}

// Not into the cache where it is a substitute: the true one may come back.
Result<JobPtr> Snapshot::Impl::decode_current(const jobs::JobRef& ref,
                                              const Result<rocksdb::PinnableSlice>& bytes,
                                              bool keep) const {
  const bool lost = !bytes && (bytes.error().kind == ErrorKind::corrupt ||
                               bytes.error().kind == ErrorKind::not_found);
  if (!bytes && !lost) return bytes.error();
  const std::string_view value =
      lost ? std::string_view() : std::string_view(bytes->data(), bytes->size());
  if (!lost && revision_of(value) >= ref.revision) return decode(ref.id, value, keep);
  if (JobPtr job = substitute(ref.id)) return job;
  return Error{ErrorKind::corrupt, describe_key(Family::jobs, job_key(ref.id)) + ": it is gone"};
}

Result<void> Snapshot::Impl::read(std::span<const jobs::JobRef> refs,
                                  std::span<const std::size_t> wanted, bool keep,
                                  std::span<JobPtr> found) const {
  std::vector<std::string> keys;
  keys.reserve(wanted.size());
  for (const std::size_t i : wanted) keys.push_back(job_key(refs[i].id));
  TRY(const auto values, database.get_all(Family::jobs, keys, &point, keep));
  for (std::size_t n = 0; n < wanted.size(); ++n) {
    TRY(found[wanted[n]], decode_current(refs[wanted[n]], values[n], keep));
  }
  return {};
}

Snapshot::Snapshot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Snapshot::~Snapshot() = default;

const jobs::View& Snapshot::jobs() const { return *impl_->view; }
const std::vector<schema::Tag>& Snapshot::tags() const { return *impl_->tags; }
const std::vector<NodeState>& Snapshot::nodes() const { return *impl_->nodes; }
const DamagedJobs& Snapshot::damaged_jobs() const { return *impl_->damaged_jobs; }
std::uint64_t Snapshot::dead_letter_count() const { return impl_->counters.dead_letters; }
std::uint64_t Snapshot::dead_letter_bytes() const { return impl_->counters.dead_letter_bytes; }
std::uint64_t Snapshot::dead_letters_dropped() const {
  return impl_->counters.dead_letters_dropped;
}
std::uint64_t Snapshot::parked_stop_count() const { return impl_->parked; }

std::vector<std::int64_t> Snapshot::metric_periods() const { return impl_->database.periods(); }

const metrics::HeadView& Snapshot::metric_head() const { return *impl_->head; }

LogClock Snapshot::log_clock(std::string_view stream) const {
  const auto found = impl_->clocks->find(stream);
  return found == impl_->clocks->end() ? LogClock() : found->second;
}

std::optional<StreamPosition> Snapshot::position(std::string_view stream) const {
  const auto found = impl_->positions->find(stream);
  if (found == impl_->positions->end()) return std::nullopt;
  return found->second;
}

Result<std::vector<StreamMark>> Snapshot::read_stream_marks(std::string_view stream) const {
  std::vector<StreamMark> marks;
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    std::string_view of;
    std::uint64_t sequence = 0;
    if (!parse_mark_key(key, of, sequence)) return {};
    // One that cannot be read proves nothing; the others do.
    if (auto mark = decode_mark(sequence, value)) marks.push_back(*mark);
    return {};
  };
  TRY(impl_->database.scan(Family::state, mark_key(stream, 0), mark_key(stream, UINT64_MAX),
                           visit));
  return marks;
}

Result<std::vector<JobPtr>> Snapshot::read_jobs(std::span<const jobs::JobRef> refs) const {
  ++impl_->counts.reads;
  std::vector<JobPtr> found(refs.size());
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    found[i] = impl_->cache.find(refs[i]);
    if (!found[i]) missing.push_back(i);
  }
  if (missing.empty()) return found;
  const bool keep = missing.size() <= kLargeRead;
  for (std::span<const std::size_t> left = missing; !left.empty();) {
    const auto now = left.first(std::min(left.size(), kReadAtOnce));
    left = left.subspan(now.size());
    TRY(impl_->read(refs, now, keep, found));
    yield_turn();
  }
  return found;
}

Result<std::optional<JobPtr>> Snapshot::read_job(std::int64_t id) const {
  ++impl_->counts.reads;
  const auto bytes = impl_->database.get(Family::jobs, job_key(id), &impl_->point);
  if (!bytes && bytes.error().kind == ErrorKind::corrupt) {
    if (JobPtr job = impl_->substitute(id)) return std::optional(std::move(job));
  }
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<JobPtr>();
  TRY(JobPtr job, impl_->decode(id, **bytes, true));
  return std::optional(std::move(job));
}

Result<std::vector<NodeState>> Snapshot::read_node_history(const NodeHistoryQuery& query,
                                                           std::size_t max_entries) const {
  ++impl_->counts.reads;
  std::vector<NodeState> entries;
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    yield_turn();
    std::int64_t time = 0;
    std::string_view cluster;
    if (!parse_history_key(key, time, cluster)) {
      return Error{ErrorKind::corrupt,
                   describe_key(Family::node_history, key) + ": not the key of a report"};
    }
    if (!query.cluster.empty() && cluster != query.cluster) return {};
    auto nodes = decode_report(cluster, time, value, impl_->view->dictionaries());
    if (!nodes) return std::move(nodes).error().in(describe_key(Family::node_history, key));
    if (nodes->size() > max_entries - entries.size()) {
      return Error{ErrorKind::too_large,
                   fmt::format("more than {} node states in that time", max_entries)};
    }
    entries.insert(entries.end(), std::make_move_iterator(nodes->begin()),
                   std::make_move_iterator(nodes->end()));
    return {};
  };
  if (query.after == INT64_MAX) return entries;
  const std::int64_t from = std::max(query.after + 1, impl_->history_cutoff);
  TRY(impl_->database.scan(Family::node_history, history_key(from, {}), {}, visit, &impl_->point));
  return entries;
}

Result<std::vector<DeadLetter>> Snapshot::read_dead_letters(std::int64_t after, std::size_t limit,
                                                            bool with_payload) const {
  ++impl_->counts.reads;
  std::vector<DeadLetter> letters;
  if (limit == 0 || after == INT64_MAX) return letters;
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    std::int64_t id = 0;
    if (!parse_letter_key(key, id)) {
      return Error{ErrorKind::corrupt,
                   describe_key(Family::dead_letters, key) + ": not the key of a letter"};
    }
    TRY(DeadLetter letter, decode_letter_at(key, id, value));
    if (!with_payload) std::exchange(letter.payload, {});  // and its memory
    letters.push_back(std::move(letter));
    if (letters.size() == limit) return enough();
    return {};
  };
  const std::string from = letter_key(std::max<std::int64_t>(after, 0) + 1);
  const std::string to(1, static_cast<char>(kLetterPrefix + 1));
  auto scanned = impl_->database.scan(Family::dead_letters, from, to, visit, &impl_->point);
  if (!scanned && scanned.error().kind != ErrorKind::cancelled) return std::move(scanned).error();
  return letters;
}

Result<std::optional<DeadLetter>> Snapshot::read_dead_letter(std::int64_t id) const {
  ++impl_->counts.reads;
  const std::string key = letter_key(id);
  TRY(const std::optional<std::string> bytes,
      impl_->database.get(Family::dead_letters, key, &impl_->point));
  if (!bytes) return std::optional<DeadLetter>();
  TRY(DeadLetter letter, decode_letter_at(key, id, *bytes));
  return std::optional(std::move(letter));
}

}  // namespace jobledger::storage
