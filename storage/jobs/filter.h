// SPDX-License-Identifier: MIT
// Filters made ready for one view: a list of conditions, each of which narrows a block's rows.
// Zone maps are asked first; then the conditions run from the cheapest to the dearest.
#pragma once

#include "storage/jobs/query.h"
#include "storage/jobs/scan.h"

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace jobledger::storage::jobs {

struct NumberRange {
  Field field;
  CodeRange range;
};
struct RealRange {  // energy
  Range<double> range;
};
struct AllowedCodes {
  Field field;
  std::vector<std::uint8_t> table;  // by column code
};
struct NumberSet {
  Field field;
  std::vector<std::int64_t> values;  // sorted, unique, not empty
};
struct FootprintCondition {
  StringId key;
  Range<double> range;
};
// Rows with (without, if negated) a host of the set: one, or a table by code.
struct HostCondition {
  std::vector<std::uint8_t> table;
  StringId one = kNoString;
  bool negated = false;

  bool accepts(StringId host) const {
    return one != kNoString ? host == one : table[host + 1] != 0;
  }
};
struct TagCondition {
  std::vector<std::uint32_t> tags;  // sorted, unique, not empty
};
struct JobIdText {
  StringMatch match;
};
using Condition = std::variant<HostCondition, TagCondition, NumberRange, AllowedCodes, RealRange,
                               FootprintCondition, NumberSet, JobIdText>;  // cheapest first

class Filter {
 public:
  Filter(const View& view, std::span<const JobFilter> filters);

  bool matches_nothing() const { return nothing_; }
  bool matches_all() const { return !nothing_ && conditions_.empty(); }

  // Starts the block and leaves the bits of the matching rows; false when there are none, and then
  // the bits are undefined.
  bool apply(BlockScan& scan) const;

 private:
  void add(const JobFilter& filter);
  void add_text(Field field, Dictionary dictionary, const std::optional<StringMatch>& match);
  void add_range(Field field, const Range<std::int64_t>& range);
  void add_codes(Field field, std::vector<std::uint8_t> table);
  void add_numbers(Field field, std::vector<std::int64_t> values);
  void add_job_id(const StringMatch& match);
  void add_node(const StringMatch& match);
  void add_tags(const std::vector<std::int64_t>& ids);
  void add_footprint(const FootprintRange& range);

  const Dictionaries& dictionaries_;
  std::vector<Condition> conditions_;
  bool nothing_ = false;
};

}  // namespace jobledger::storage::jobs
