// SPDX-License-Identifier: MIT
// data.json read piece by piece, for files that do not fit into memory.
//
// Of the spellings that parse_metric_data() takes this knows the usual one: all members known, in
// lower case and given once, texts without escapes, all texts and numbers shorter than 32 KiB.
// Executor: one thread. Failure: `invalid` for any other spelling, `too_large` for a series that is
// longer than allowed, and whatever the text's source or the visitor fails by.
#pragma once

#include "base/result.h"
#include "schema/metric_data.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace jobledger::schema {

// Fills in some of the text that comes next, at least one byte; 0: there is no more.
using MoreText = std::function<Result<std::size_t>(std::span<char>)>;

// What a file holds of one metric and scope. A scope that is given twice has two; the last counts.
struct ScopeOutline {
  ScopedMetric head;  // without series, and without statistics series
  std::size_t series = 0;
  std::size_t longest = 0;    // samples of the longest
  std::uint64_t samples = 0;  // of all
  bool statistics_series = false;
  std::size_t number = 0;  // among all scopes of the file, from 0
};
struct MetricOutline {
  std::string name;
  std::vector<ScopeOutline> scopes;  // in the order of their texts, each once
};
using DataOutline = std::vector<MetricOutline>;  // in the order of names, each once

Result<DataOutline> read_data_outline(const MoreText& more);

// Called for the scopes of a file in its order. `number` is ScopeOutline::number.
class MetricDataVisitor {
 public:
  virtual ~MetricDataVisitor() = default;
  // Whether its series are wanted; those of others are passed over.
  virtual bool begin_scope(std::size_t number) = 0;
  virtual void add_series(std::size_t number, Series series) = 0;
  virtual void end_scope(std::size_t number, ScopedMetric head) = 0;  // of wanted ones
};

Result<void> visit_metric_data(const MoreText& more, std::size_t max_series_samples,
                               MetricDataVisitor& visitor);

}  // namespace jobledger::schema
