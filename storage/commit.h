// SPDX-License-Identifier: MIT
// An Update as one RocksDB batch, and what the state becomes when that batch is written.
//
// Writer thread. Encoding changes nothing but the dictionaries, which may only grow (texts of a
// batch that failed are written with the next one), and makes families for blocks of a new day. So
// an update can be encoded again and again.
#pragma once

#include "base/result.h"
#include "storage/config.h"
#include "storage/database.h"
#include "storage/state.h"
#include "storage/update_impl.h"

#include <rocksdb/write_batch.h>

#include <memory>
#include <vector>

namespace jobledger::storage {

struct Effects {
  rocksdb::WriteBatch batch;
  std::vector<jobs::Row> rows;
  Counters counters;
  DictionarySizes stored_texts{};
  std::uint32_t stored_layouts = 0;
  std::shared_ptr<DamagedJobs> damaged_jobs;  // null: unchanged
  std::shared_ptr<const Nodes> nodes;         // null: unchanged
  std::int64_t newest_report = INT64_MIN;
  std::uint64_t unreadable_reports = 0;  // of the history, written over
  std::uint64_t refused_nodes = 0;       // beyond max_nodes_per_cluster
};

Result<Effects> encode_update(const Config& config, State& state, const Update::Impl& update,
                              Database& database);

// After the batch was written; cannot fail.
void apply_effects(State& state, const Update::Impl& update, const Effects& effects);

// Node reports before this time are not shown. One from the future (the broker's clock was wrong)
// moves it no further than a report of `now` and max_report_lead would.
std::int64_t history_cutoff(const Config& config, std::int64_t newest_report, std::int64_t now);

// Reports before this time may be removed: behind the cut-off of every snapshot still in use.
std::int64_t removal_cutoff(std::int64_t history_cutoff);

}  // namespace jobledger::storage
