// SPDX-License-Identifier: MIT
// A job as the field describes it: the meta.json record of the job archive, which is also the body
// of a start event (docs/formats.md). A plain value; JSON in and out stands in job_json.h, the
// checks that need a cluster in job_check.h.
#pragma once

#include "schema/unit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::schema {

enum class JobState : std::uint8_t {
  boot_fail,
  cancelled,
  completed,
  deadline,
  failed,
  node_fail,
  out_of_memory,
  pending,
  preempted,
  running,
  suspended,
  timeout,
};
constexpr int kJobStateCount = 12;
std::string_view to_string(JobState state);
std::optional<JobState> parse_job_state(std::string_view text);  // exact, lower case

// Who else may be on the job's nodes.
enum class Sharing : std::uint8_t { none, single_user, multi_user };
std::string_view to_string(Sharing sharing);
std::optional<Sharing> parse_sharing(std::string_view text);

enum class MonitoringStatus : std::uint8_t {
  disabled = 0,
  running_or_archiving = 1,
  archiving_failed = 2,
  archived = 3,
};

struct Resource {
  std::string hostname;
  std::vector<std::int32_t> hwthreads;    // OS processor ids; empty = the whole node
  std::vector<std::string> accelerators;  // ids as in the topology
  std::string configuration;

  bool operator==(const Resource&) const = default;
};

// Unique by (type, name, scope). Scope: "global", "admin", or the user it is private to.
struct Tag {
  std::string type;
  std::string name;
  std::string scope = "global";
  std::int64_t id = 0;  // number in the index; 0 in the archive

  bool operator==(const Tag&) const = default;
};

// One metric over the whole job: plain doubles in the metric's unit.
struct JobStatistic {
  std::string metric;
  Unit unit;
  double avg = 0, min = 0, max = 0;

  bool operator==(const JobStatistic&) const = default;
};

struct NamedValue {
  std::string name;
  double value = 0;

  bool operator==(const NamedValue&) const = default;
};

// Maps are vectors sorted bytewise by name, without repetition. An unset map differs from an empty
// one (`null` in JSON), hence optional.
struct Job {
  std::int64_t id = 0;      // number in the index, assigned in order, never reused; 0 = none yet
  std::int64_t job_id = 0;  // the scheduler's
  std::string cluster, sub_cluster, partition, project, user;
  Sharing shared = Sharing::none;
  JobState state = JobState::running;
  MonitoringStatus monitoring_status = MonitoringStatus::running_or_archiving;
  std::int32_t smt = 0;
  std::int32_t num_nodes = 0, num_acc = 0, num_hwthreads = 0;
  std::int64_t array_job_id = 0;
  std::int64_t start_time = 0;        // epoch seconds
  std::int32_t duration = 0;          // seconds; of a running job: 0, live duration is now - start
  std::int64_t walltime = 0;          // requested, seconds; 0 = unknown
  std::int64_t submit_time = 0;       // epoch seconds; 0 = unknown
  std::int64_t requested_memory = 0;  // MB; 0 = unknown
  double energy = 0;                  // kWh
  std::vector<Resource> resources;
  std::vector<Tag> tags;
  std::optional<std::vector<NamedValue>> footprint;         // "<metric>_<avg|min|max>"
  std::optional<std::vector<NamedValue>> energy_footprint;  // kWh by metric
  std::optional<std::vector<std::pair<std::string, std::string>>> meta_data;
  std::optional<std::vector<JobStatistic>> statistics;

  bool operator==(const Job&) const = default;

  bool is_running() const { return state == JobState::running; }
  // The metaData entry of that key; empty when there is none.
  std::string_view meta(std::string_view key) const;
};

// What identifies a run in the scheduler's terms: unique in the index.
struct NaturalKey {
  std::string cluster;
  std::int64_t job_id = 0;
  std::int64_t start_time = 0;

  bool operator==(const NaturalKey&) const = default;
};

}  // namespace jobledger::schema
