// SPDX-License-Identifier: MIT
#include "storage/update.h"

#include "storage/job_damage.h"
#include "storage/layout.h"
#include "storage/record_codec.h"
#include "storage/update_impl.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace jobledger::storage {
namespace {

Error no_job(std::int64_t id) {
  return {ErrorKind::not_found, fmt::format("there is no job with the number {}", id)};
}

Update::JobMatch match_of(const schema::Job& job) {
  return {job.id, job.cluster, job.start_time, job.duration, job.state};
}

// Sorts behind each epoch that ends a key.
constexpr std::string_view kBehindEpochs = "\xff\xff\xff\xff\xff";

bool same_place(const EventOrigin& a, const EventOrigin& b) {
  return std::tie(a.stream, a.created, a.sequence, a.line) ==
         std::tie(b.stream, b.created, b.sequence, b.line);
}

void sort_by_age(std::vector<ParkedStop>& stops) {
  std::sort(stops.begin(), stops.end(), [](const ParkedStop& a, const ParkedStop& b) {
    return std::tie(a.received, a.origin) < std::tie(b.received, b.origin);
  });
}

}  // namespace

Result<Record> Update::Impl::load_record(std::int64_t id) const {
  const std::string key = job_key(id);
  auto bytes = database.get(Family::jobs, key);
  if (!bytes && bytes.error().kind == ErrorKind::corrupt) return substitute_record(id);
  TRY(bytes);
  if (!*bytes) return no_job(id);
  auto record = decode_record(id, **bytes, *state.tags);
  if (!record) return std::move(record).error().in(describe_key(Family::jobs, key));
  const schema::Job& job = record->job;
  known.insert_or_assign(id, Known{record->revision, job.cluster, job.job_id, job.start_time});
  return record;
}

Result<Record> Update::Impl::substitute_record(std::int64_t id) const {
  const auto row = state.table.view()->find(id);
  if (!row) return no_job(id);
  substituted.insert(id);
  Record record{job_of_row(*row, state.table.dictionaries(), *state.tags), row->revision};
  const schema::Job& job = record.job;
  known.insert_or_assign(id, Known{record.revision, job.cluster, job.job_id, job.start_time});
  return record;
}

std::uint64_t Update::Impl::letter_count() const {
  return state.counters.dead_letters + letters.size() - dropped_letters.size();
}

std::uint64_t Update::Impl::parked_count() const {
  return state.parked.size() - unparked.size() + parked.size();
}

std::vector<EventOrigin> Update::Impl::parked_in_state(std::int64_t job_id) const {
  std::vector<EventOrigin> origins = state.parked.find(job_id);
  std::erase_if(origins, [&](const EventOrigin& origin) { return unparked.contains(origin); });
  return origins;
}

std::uint64_t Update::Impl::letter_bytes() const {
  return state.counters.dead_letter_bytes + letter_bytes_added - letter_bytes_dropped;
}

LetterRoom Update::Impl::room_of(std::string_view group) const {
  for (const LetterRooms* rooms : {&letter_rooms, &state.letter_rooms}) {
    if (const auto found = rooms->find(group); found != rooms->end()) return found->second;
  }
  return {};
}

std::string Update::Impl::group_of(const DeadLetter& letter) const {
  std::string group = letter_group(letter, true);
  const bool counted = letter_rooms.contains(group) || state.letter_rooms.contains(group);
  const bool more = letter_rooms.size() + state.letter_rooms.size() < kMaxLetterGroups;
  return counted || more ? group : letter_group(letter, false);
}

Result<ParkedStop> Update::Impl::load_parked(const EventOrigin& origin) const {
  const std::string key = parked_key(origin);
  TRY(const std::optional<std::string> bytes, database.get(Family::state, key));
  if (!bytes) {
    return Error{ErrorKind::corrupt, describe_key(Family::state, key) + ": a stop is missing"};
  }
  auto stop = decode_parked(origin, *bytes);
  if (!stop) return std::move(stop).error().in(describe_key(Family::state, key));
  return stop;
}

void Update::Impl::note_run(const schema::Job& job) {
  const jobs::StringId cluster =
      growing.table.dictionaries().intern(jobs::Dictionary::cluster, job.cluster);
  pending_runs.put({job.id, job.job_id, job.start_time, job.duration, job.state, cluster});
}

Update::Update(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Update::~Update() = default;
Update::Update(Update&&) noexcept = default;
Update& Update::operator=(Update&&) noexcept = default;

std::vector<Update::JobMatch> Update::find_runs(jobs::RunQuery query,
                                                std::optional<std::string_view> cluster,
                                                std::size_t limit) const {
  const jobs::Dictionaries& texts = impl_->state.table.dictionaries();
  if (cluster) {
    query.cluster = texts.find(jobs::Dictionary::cluster, *cluster);
    if (!query.cluster) return {};
  }
  std::vector<JobMatch> matches;
  std::map<jobs::StringId, std::size_t> taken;
  const auto take = [&](const jobs::JobSummary& run) {
    matches.push_back({run.id, texts.text(jobs::Dictionary::cluster, run.cluster), run.start_time,
                       run.duration, run.state});
    return ++taken[run.cluster] < limit;
  };
  impl_->growing.table.visit_runs(query, [&](const jobs::JobSummary& run) {
    return impl_->job_by_id.contains(run.id) || take(run);
  });
  taken.clear();
  impl_->pending_runs.visit(query, take);
  std::sort(matches.begin(), matches.end(), [](const JobMatch& a, const JobMatch& b) {
    return std::tie(b.start_time, b.id) < std::tie(a.start_time, a.id);
  });
  if (matches.size() > limit) matches.resize(limit);
  return matches;
}

std::vector<Update::JobMatch> Update::find_jobs(std::int64_t job_id) const {
  std::vector<JobMatch> matches;
  for (const jobs::JobSummary& summary : impl_->state.table.find_by_job_id(job_id)) {
    if (const auto changed = impl_->job_by_id.find(summary.id); changed != impl_->job_by_id.end()) {
      matches.push_back(match_of(changed->second->job));
      continue;
    }
    const std::string_view cluster =
        impl_->state.table.dictionaries().text(jobs::Dictionary::cluster, summary.cluster);
    matches.push_back({summary.id, cluster, summary.start_time, summary.duration, summary.state});
  }
  const auto [begin, end] = impl_->added_by_job_id.equal_range(job_id);
  for (auto at = begin; at != end; ++at) matches.push_back(match_of(at->second->job));
  std::sort(matches.begin(), matches.end(), [](const JobMatch& a, const JobMatch& b) {
    return std::tie(a.start_time, a.id) < std::tie(b.start_time, b.id);
  });
  return matches;
}

Result<schema::Job> Update::get_job(std::int64_t id) const {
  if (const auto pending = impl_->job_by_id.find(id); pending != impl_->job_by_id.end()) {
    return pending->second->job;
  }
  TRY(Record record, impl_->load_record(id));
  return std::move(record.job);
}

Result<std::int64_t> Update::add_job(schema::Job job) {
  TRY(check_record(job));
  const jobs::RunQuery same{job.job_id, jobs::RunKind::any, job.start_time, job.start_time};
  if (const std::vector<JobMatch> known = find_runs(same, job.cluster, 1); !known.empty()) {
    return Error{ErrorKind::conflict,
                 fmt::format("job {} of {} started at {} is there already, number {}", job.job_id,
                             job.cluster, job.start_time, known.front().id)};
  }
  impl_->register_tags(job.tags);
  job.id = impl_->state.counters.next_job + impl_->added++;
  Impl::PendingJob& pending = impl_->jobs.emplace_back(Impl::PendingJob{std::move(job), 1});
  impl_->job_by_id.emplace(pending.job.id, &pending);
  impl_->added_by_job_id.emplace(pending.job.job_id, &pending);
  impl_->note_run(pending.job);
  return pending.job.id;
}

Result<void> Update::replace_job(schema::Job job) {
  TRY(check_record(job));
  const auto differs = [&](const auto& old) {
    return old.cluster != job.cluster || old.job_id != job.job_id ||
           old.start_time != job.start_time;
  };
  const Error changed_key{
      ErrorKind::conflict,
      fmt::format("cluster, jobId and startTime of job {} cannot change", job.id)};
  if (const auto found = impl_->job_by_id.find(job.id); found != impl_->job_by_id.end()) {
    if (differs(found->second->job)) return changed_key;
    impl_->register_tags(job.tags);
    found->second->job = std::move(job);
    impl_->note_run(found->second->job);
    return {};
  }
  if (!impl_->known.contains(job.id)) TRY(impl_->load_record(job.id));
  const Impl::Known& known = impl_->known.at(job.id);
  if (differs(known)) return changed_key;
  impl_->register_tags(job.tags);
  Impl::PendingJob& pending =
      impl_->jobs.emplace_back(Impl::PendingJob{std::move(job), known.revision + 1});
  impl_->job_by_id.emplace(pending.job.id, &pending);
  impl_->note_run(pending.job);
  return {};
}

Result<void> Update::restore_job(schema::Job job) {
  const std::int64_t id = job.id;
  TRY(replace_job(std::move(job)));
  impl_->restored.insert(id);
  return {};
}

Result<void> Update::park_stop(ParkedStop stop) {
  const Config& config = impl_->config;
  const auto refuse = [](std::string why) { return Error{ErrorKind::too_large, std::move(why)}; };
  drop_parked_stop(stop.origin);  // the same again takes its own place
  const std::int64_t job_id = stop.stop.job_id;
  if (stop.payload.size() > config.max_parked_stop_bytes) {
    return refuse(fmt::format("a stop of job {} takes {} bytes, one that waits for its start {}",
                              job_id, stop.payload.size(), config.max_parked_stop_bytes));
  }
  const std::size_t of_job =
      impl_->parked_in_state(job_id).size() + impl_->parked_index.find(job_id).size();
  if (of_job >= config.max_parked_stops_per_job) {
    return refuse(fmt::format("{} stops of job {} wait for a start already", of_job, job_id));
  }
  if (impl_->parked_count() >= config.max_parked_stops) {
    return refuse(fmt::format("{} stops wait for a start already", impl_->parked_count()));
  }
  impl_->parked_index.add(stop.origin, job_id, stop.received);
  const EventOrigin origin = stop.origin;
  impl_->parked.emplace(origin, std::move(stop));
  return {};
}

Result<std::vector<ParkedStop>> Update::find_parked_stops(std::int64_t job_id) const {
  std::vector<ParkedStop> stops;
  for (const EventOrigin& origin : impl_->parked_in_state(job_id)) {
    TRY(ParkedStop stop, impl_->load_parked(origin));
    stops.push_back(std::move(stop));
  }
  for (const EventOrigin& origin : impl_->parked_index.find(job_id)) {
    stops.push_back(impl_->parked.at(origin));
  }
  sort_by_age(stops);
  return stops;
}

Result<std::vector<ParkedStop>> Update::parked_stops_received_before(std::int64_t time,
                                                                     std::size_t limit) const {
  std::vector<EventOrigin> origins;
  bool all_gone = true;
  const auto look = [&](const ParkedIndex::Age& age) {
    if (age.first >= time || origins.size() == limit) return false;
    if (!impl_->unparked.contains(age.second)) {
      origins.push_back(age.second);
      all_gone = false;
    }
    if (all_gone) impl_->oldest_left = age;
    return true;
  };
  impl_->state.parked.visit_from(ParkedIndex::Age(impl_->oldest_left), look);
  std::vector<ParkedStop> stops;
  for (const EventOrigin& origin : origins) {
    TRY(ParkedStop stop, impl_->load_parked(origin));
    stops.push_back(std::move(stop));
  }
  const auto look_at_new = [&](const ParkedIndex::Age& age) {
    if (age.first >= time || stops.size() == origins.size() + limit) return false;
    stops.push_back(impl_->parked.at(age.second));
    return true;
  };
  impl_->parked_index.visit_from({INT64_MIN, {}}, look_at_new);
  sort_by_age(stops);
  if (stops.size() > limit) stops.resize(limit);
  return stops;
}

void Update::drop_parked_stop(const EventOrigin& origin) {
  impl_->parked.erase(origin);
  impl_->parked_index.remove(origin);
  if (impl_->state.parked.contains(origin)) impl_->unparked.insert(origin);
}

// After a stream lost its tail what is left of it is read once more, in a new epoch: a letter that
// says the same of the same place is known.
Result<bool> Update::Impl::has_letter(const DeadLetter& letter) const {
  EventOrigin first = letter.origin;
  first.epoch = 0;
  const auto same = [&](const EventOrigin& origin, const DeadLetter& other) {
    return origin == letter.origin ||
           (other.received == letter.received && other.subject == letter.subject &&
            other.payload == letter.payload);
  };
  for (auto at = letter_by_origin.lower_bound(first); at != letter_by_origin.end(); ++at) {
    if (!same_place(at->first, first)) break;
    if (same(at->first, letters.at(at->second))) return true;
  }
  TRY(const std::vector<std::int64_t> ids, letters_at(first));
  for (const std::int64_t id : ids) {
    if (dropped_letters.contains(id)) continue;
    TRY(const std::optional<std::string> bytes, database.get(Family::dead_letters, letter_key(id)));
    if (!bytes) continue;
    auto other = decode_letter(id, *bytes);
    if (!other)
      return std::move(other).error().in(describe_key(Family::dead_letters, letter_key(id)));
    if (same(other->origin, *other)) return true;
  }
  return false;
}

// Of the state, in all epochs; `first` is that place in the first of them.
Result<std::vector<std::int64_t>> Update::Impl::letters_at(const EventOrigin& first) const {
  std::vector<std::int64_t> ids;
  const std::string from = letter_origin_key(first);
  auto scanned = database.scan(Family::state, from, from + std::string(kBehindEpochs),
                               [&](std::string_view, std::string_view value) -> Result<void> {
                                 TRY(ids.emplace_back(), decode_letter_id(value));
                                 return {};
                               });
  if (!scanned) return std::move(scanned).error().in("origin of a dead letter");
  return ids;
}

Result<void> Update::add_dead_letter(DeadLetter letter) {
  if (letter.payload.size() > impl_->config.max_dead_letter_bytes) {
    letter.payload.resize(impl_->config.max_dead_letter_bytes);
    letter.payload_cut = true;
  }
  TRY(const bool known, impl_->has_letter(letter));
  if (known) return {};
  const std::uint64_t bytes = text_bytes(letter);
  letter.group = impl_->group_of(letter);
  LetterRoom room = impl_->room_of(letter.group);
  if (!has_room(impl_->config, room, {impl_->letter_count(), impl_->letter_bytes()},
                letter.of_known_cluster, bytes)) {
    ++impl_->letters_over_limit;
    return {};
  }
  impl_->letter_rooms.insert_or_assign(letter.group,
                                       LetterRoom{room.letters + 1, room.bytes + bytes});
  impl_->letter_bytes_added += bytes;
  letter.payload_bytes = letter.payload.size();
  letter.id = impl_->state.counters.next_dead_letter + impl_->letters_added++;
  impl_->letter_by_origin.emplace(letter.origin, letter.id);
  impl_->letters.emplace(letter.id, std::move(letter));
  return {};
}

Result<std::optional<DeadLetter>> Update::find_dead_letter(std::int64_t id) const {
  if (const auto found = impl_->letters.find(id); found != impl_->letters.end()) {
    return std::optional(found->second);
  }
  if (impl_->dropped_letters.contains(id)) return std::optional<DeadLetter>();
  const std::string key = letter_key(id);
  TRY(const std::optional<std::string> bytes, impl_->database.get(Family::dead_letters, key));
  if (!bytes) return std::optional<DeadLetter>();
  auto letter = decode_letter(id, *bytes);
  if (!letter) return std::move(letter).error().in(describe_key(Family::dead_letters, key));
  return std::optional(*std::move(letter));
}

Result<bool> Update::drop_dead_letter(std::int64_t id) {
  TRY(const std::optional<DeadLetter> letter, find_dead_letter(id));
  if (!letter) return false;
  const std::uint64_t bytes = text_bytes(*letter);
  impl_->letter_bytes_dropped += bytes;
  // Letters that were stored before there were groups have none.
  if (LetterRoom room = impl_->room_of(letter->group); room.letters > 0 && room.bytes >= bytes) {
    impl_->letter_rooms.insert_or_assign(letter->group,
                                         LetterRoom{room.letters - 1, room.bytes - bytes});
  }
  if (impl_->letters.erase(id) != 0) {
    impl_->letter_by_origin.erase(letter->origin);
  } else {
    impl_->dropped_letters.emplace(id, letter->origin);
  }
  return true;
}

void Update::put_node_states(std::string_view cluster, std::int64_t time,
                             std::vector<NodeState> states) {
  auto& report = impl_->reports[{time, std::string(cluster)}];
  for (NodeState& state : states) {
    state.cluster = cluster;
    state.time = time;
    std::string hostname = state.hostname;
    report.insert_or_assign(std::move(hostname), std::move(state));
  }
}

std::optional<StreamPosition> Update::position(std::string_view stream) const {
  if (const auto found = impl_->positions.find(stream); found != impl_->positions.end()) {
    return found->second;
  }
  const Positions& before = *impl_->state.positions;
  if (const auto found = before.find(stream); found != before.end()) return found->second;
  return std::nullopt;
}

void Update::set_position(StreamPosition position) {
  std::string stream = position.stream;
  impl_->positions.insert_or_assign(std::move(stream), std::move(position));
}

void Update::add_stream_mark(std::string_view stream, StreamMark mark) {
  impl_->marks.insert_or_assign({std::string(stream), mark.sequence}, mark);
}

void Update::drop_stream_marks(std::string_view stream, std::uint64_t from, std::uint64_t to) {
  const std::string name(stream);
  impl_->marks.erase(impl_->marks.lower_bound({name, from}), impl_->marks.lower_bound({name, to}));
  impl_->dropped_marks.emplace_back(mark_key(stream, from), mark_key(stream, to));
}

LogClock Update::log_clock(std::string_view stream) const {
  for (const LogClocks* clocks : {&std::as_const(impl_->clocks), impl_->state.clocks.get()}) {
    if (const auto found = clocks->find(stream); found != clocks->end()) return found->second;
  }
  return {};
}

void Update::set_log_clock(std::string_view stream, LogClock clock) {
  if (log_clock(stream) != clock) impl_->clocks.insert_or_assign(std::string(stream), clock);
}

bool Update::empty() const { return impl_->empty(); }

metrics::HeadEdit& Update::Impl::edit_head() {
  if (!head) {
    head = std::make_unique<metrics::HeadEdit>(config.metrics, growing.head,
                                               growing.table.dictionaries());
  }
  return *head;
}

HealthJudge Update::health_judge() const {
  return HealthJudge(*impl_->state.head.view, impl_->state.table.dictionaries());
}

std::int64_t Update::metric_time() const { return impl_->state.head.view->log_time; }

metrics::PutOutcome Update::put_samples(const metrics::SampleBatch& batch) {
  return impl_->edit_head().put(batch);
}

bool Update::seal_ticks(const metrics::SealedHost& sealed, std::vector<SealedBlock> blocks) {
  if (!impl_->edit_head().seal(sealed)) return false;
  std::move(blocks.begin(), blocks.end(), std::back_inserter(impl_->blocks));
  return true;
}

bool Update::forget_metric_host(std::uint32_t number) { return impl_->edit_head().forget(number); }

void Update::drop_metric_periods_before(std::int64_t period) {
  impl_->first_period = std::max(impl_->first_period, period);
}

void Update::trim_metric_log(std::uint64_t begin) {
  impl_->edit_head().set_log_begin(begin);
  std::vector<std::uint32_t> unused =
      impl_->growing.head.layouts.take_unused(begin, impl_->state.head.view->next_log);
  impl_->unused_layouts.insert(impl_->unused_layouts.end(), unused.begin(), unused.end());
}

}  // namespace jobledger::storage
