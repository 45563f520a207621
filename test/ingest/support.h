// SPDX-License-Identifier: MIT
// Messages of the field, a log that exists in memory, and a store to apply it to.
#pragma once

#include "base/file.h"
#include "base/telemetry.h"
#include "ingest/applier.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/source.h"
#include "schema/job.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

constexpr std::int64_t kEpoch = 1'700'000'000;  // log time of the tests' beginnings

// Cluster "big" with the sub-clusters main (n01 to n40) and gpu (g1, g2).
ClustersNow test_clusters();

// --- messages as unmodified publishers send them
std::string job_line(std::string_view function, std::string_view json);
std::string node_line(std::string_view json);
struct StartText {
  std::int64_t job_id = 7, start = kEpoch;
  std::int64_t walltime = 3600;
  std::string more = {};  // further members, with a comma in front
  std::string cluster = "big";
};
std::string start_json(const StartText& start);
std::string start_line(const StartText& start);
// cluster and start are left out when empty or 0.
struct StopText {
  std::int64_t job_id = 7, stop = kEpoch + 100;
  std::string state = "completed", cluster = "big";
  std::int64_t start = 0;
};
std::string stop_line(const StopText& stop);

struct LogEntry {
  std::string payload;
  std::int64_t time = kEpoch;  // seconds
  std::string subject = "cc.job.event";
};

// A batch of entries with sequences from `first` on; the entries are copied into it.
RawBatch make_batch(const std::vector<LogEntry>& entries, std::uint64_t first = 1,
                    std::int64_t created = 1, const std::string& stream = "EV");

// A store in a fresh folder, to which logs are applied without threads.
class Bench {
 public:
  explicit Bench(RulesConfig rules = {}, HealthSources health = {},
                 ClustersNow clusters = test_clusters());
  ~Bench();

  // Applies the entries behind what was applied before, as one batch, and commits.
  Tally apply(const std::vector<LogEntry>& entries);
  Effects apply_batch(RawBatch batch);
  void reopen();

  storage::Store& store() { return *store_; }
  Applier& applier() { return *applier_; }
  const EventsConfig& events() const { return config_.events; }

  // What the index holds, sorted by cluster, job id and start time; numbers set to 0.
  std::vector<schema::Job> jobs() const;
  std::optional<schema::Job> job(std::int64_t job_id, std::int64_t start = kEpoch) const;
  std::vector<storage::DeadLetter> letters() const;
  std::uint64_t parked() const { return store_->snapshot()->parked_stop_count(); }
  bool is_due(std::int64_t job_id) const;

 private:
  TemporaryDirectory directory_;
  Config config_;
  RulesConfig rules_;
  HealthSources health_;
  ClustersNow clusters_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Applier> applier_;
  Decoder decoder_;
  std::uint64_t next_ = 1;
};

std::uint64_t count(const Tally& tally, EventKind kind, Outcome outcome);

}  // namespace jobledger::ingest
