// SPDX-License-Identifier: MIT
// The table as a list of rows, and its queries as plain loops: slow, and easy to see right.
#pragma once

#include "storage/jobs/query.h"
#include "storage/jobs/table.h"
#include "test/seed.h"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace jobledger::storage::jobs::test {

class Reference {
 public:
  explicit Reference(const Dictionaries& dictionaries) : dictionaries_(&dictionaries) {}

  void put(const Row& row) { rows_[row.id] = row; }
  const std::map<std::int64_t, Row>& rows() const { return rows_; }

  JobPage find_jobs(const std::vector<JobFilter>& filters, const Order& order, const PageSpec& page,
                    std::int64_t now) const;
  std::vector<std::string> partitions_of(std::string_view cluster) const;
  std::vector<AllocatedNodes> allocated_nodes(std::string_view cluster) const;
  std::vector<std::int64_t> ids_of_job_id(std::int64_t job_id) const;  // by start, id

 private:
  bool matches(const Row& row, const JobFilter& filter, std::int64_t now) const;
  bool text_matches(Dictionary dictionary, StringId id, const StringMatch& match) const;
  bool before(const Row& a, const Row& b, const Order& order, std::int64_t now) const;
  std::string text(Dictionary dictionary, StringId id) const;

  const Dictionaries* dictionaries_;
  std::map<std::int64_t, Row> rows_;
};

// Random rows and questions over a small world, so that values meet.
class World {
 public:
  World(Dictionaries& dictionaries, std::uint64_t seed);

  Row make_row(std::int64_t id);
  Row change(Row row);  // the same job, later in its life or otherwise different
  JobFilter make_filter();
  Order make_order();
  std::int64_t pick(std::int64_t low, std::int64_t high);  // inclusive
  bool chance(int percent) { return pick(1, 100) <= percent; }
  static constexpr std::int64_t kNow = 1'700'000'000;

 private:
  StringId text(Dictionary dictionary, std::string_view prefix, int count);
  StringMatch make_match(std::string_view prefix, int count);
  void finish(Row& row);

  Dictionaries& dictionaries_;
  std::mt19937_64 random_;
};

using jobledger::test::test_seed;

std::string describe(const JobFilter& filter);
std::string describe(const Order& order);

}  // namespace jobledger::storage::jobs::test
