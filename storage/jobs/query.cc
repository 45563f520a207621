// SPDX-License-Identifier: MIT
#include "storage/jobs/query.h"

#include "base/turn.h"
#include "storage/jobs/filter.h"
#include "storage/jobs/sort_key.h"
#include "storage/jobs/top_rows.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace jobledger::storage::jobs {

namespace {

struct Candidate {
  const Segment* segment = nullptr;  // or
  const TailChunk* chunk = nullptr;
  std::uint32_t rows = 0;
  RankedRow best;  // none of its rows comes before this
};

// All blocks of the view, those that can hold the best rows first.
std::vector<Candidate> candidates(const View::Contents& contents, const SortKey& sort) {
  std::vector<Candidate> result;
  contents.for_each_chunk([&](const TailChunk& chunk, std::uint32_t rows) {
    result.push_back({nullptr, &chunk, rows, sort.unknown_best()});
  });
  contents.for_each_segment([&](const Segment& segment, std::uint32_t rows) {
    result.push_back({&segment, nullptr, rows, sort.best(segment)});
  });
  std::stable_sort(result.begin(), result.end(),
                   [](const Candidate& a, const Candidate& b) { return a.best.before(b.best); });
  return result;
}

// Hands the rows of the scan's bits to `top`; the bits are spoilt.
void gather(BlockScan& scan, const SortKey& sort, TopRows& top) {
  const SortKey::Reader reader = sort.reader(scan);
  const auto ranked = [&](std::uint32_t row) {
    return RankedRow{reader.key(row), reader.tie(row), &scan.block(), row};
  };
  if (sort.is_start_time() && scan.segment() != nullptr) {
    std::uint64_t left = top.wanted();
    const auto visit = [&](std::uint32_t row) {
      const RankedRow next = ranked(row);
      if (!top.accepts(next.key, next.tie)) return false;
      top.add(next);
      return --left != 0;
    };
    if (sort.descending())
      scan.bits.for_each_down_while(visit);
    else
      scan.bits.for_each_up_while(visit);
  } else {
    const auto limit = top.limit();
    if (limit) reader.keep_at_least(scan.bits, *limit);
    scan.bits.for_each([&](std::uint32_t row) {
      const std::int64_t key = reader.key(row);
      if (!limit || key >= *limit) top.add({key, reader.tie(row), &scan.block(), row});
    });
  }
  top.tighten();
}

// How many of the first rows are to be known: the page, and one more for has_next.
std::uint64_t wanted_rows(const PageSpec& page, std::uint64_t jobs) {
  if (!page.limit || *page.limit >= jobs || page.offset >= jobs) return jobs;
  return std::min(jobs, page.offset + *page.limit + 1);
}

JobPage cut_page(const std::vector<RankedRow>& rows, const PageSpec& page) {
  JobPage result;
  const std::uint64_t begin = std::min<std::uint64_t>(page.offset, rows.size());
  const std::uint64_t end =
      begin + std::min<std::uint64_t>(page.limit.value_or(rows.size()), rows.size() - begin);
  for (std::uint64_t i = begin; i < end; ++i)
    result.items.push_back(rows[i].block->ref(rows[i].row));
  result.has_next = end < rows.size();
  return result;
}

}  // namespace

Result<JobPage> find_jobs(const View& view, const std::vector<JobFilter>& filters,
                          const Order& order, const PageSpec& page, std::int64_t now,
                          const std::atomic<bool>* stop) {
  const View::Contents& contents = view.contents();
  const Filter filter(view, filters);
  const SortKey sort(view, order);
  const bool count_by_scan = page.want_count && !filter.matches_all();
  TopRows top(page.offset >= view.job_count() ? 0 : wanted_rows(page, view.job_count()));
  std::uint64_t count = 0;
  BlockScan scan(contents.version, now);
  for (const Candidate& next : candidates(contents, sort)) {
    yield_turn();
    if (stop != nullptr && stop->load(std::memory_order_relaxed))
      return Error{ErrorKind::cancelled, "the query was given up"};
    if (filter.matches_nothing()) break;
    const bool useful = top.accepts(next.best.key, next.best.tie);
    if (!useful && !count_by_scan) break;  // later blocks are no better
    if (next.segment != nullptr)
      scan.open(*next.segment);
    else
      scan.open(*next.chunk, next.rows);
    if (!filter.apply(scan)) continue;
    if (count_by_scan) count += scan.bits.count();
    if (useful) gather(scan, sort, top);
  }
  JobPage result = cut_page(top.take(page.offset), page);
  if (filter.matches_all())
    result.count = view.job_count();
  else if (page.want_count || filter.matches_nothing())
    result.count = count;
  return result;
}

// Clients write numHwthreads, numHWThreads or num_hwthreads.
std::optional<OrderColumn> parse_order_column(std::string_view name) {
  using enum OrderColumn;
  static constexpr std::pair<std::string_view, OrderColumn> kNames[] = {
      {"id", id},
      {"jobid", job_id},
      {"starttime", start_time},
      {"duration", duration},
      {"walltime", walltime},
      {"numnodes", num_nodes},
      {"numacc", num_acc},
      {"numhwthreads", num_hwthreads},
      {"smt", smt},
      {"energy", energy},
      {"cluster", cluster},
      {"subcluster", sub_cluster},
      {"clusterpartition", partition},
      {"partition", partition},
      {"project", project},
      {"hpcuser", user},
      {"user", user},
      {"jobstate", state},
      {"state", state},
      {"shared", shared},
      {"monitoringstatus", monitoring_status},
      {"arrayjobid", array_job_id},
  };
  std::string letters;
  for (const char c : name)
    if (c != '_') letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const auto& [known, column] : kNames)
    if (known == letters) return column;
  return std::nullopt;
}

}  // namespace jobledger::storage::jobs
