// SPDX-License-Identifier: MIT
#include "storage/job_damage.h"

#include "storage/bytes.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace jobledger::storage {
namespace {

using jobs::Dictionary;

constexpr std::uint8_t kDamageVersion = 1;
constexpr std::string_view kLost =
    "the disk lost this record: hardware threads, accelerators, requested memory, submit time, "
    "statistics, energy by metric and further metaData are unknown, long texts are cut";
constexpr std::string_view kOutdated =
    "the disk lost the last version of this record: statistics and energy by metric are unknown, "
    "metaData may be older";

void add_meta(schema::Job& job, std::string_view name, std::string_view value) {
  auto& entries = job.meta_data ? *job.meta_data : job.meta_data.emplace();
  const auto at = std::lower_bound(
      entries.begin(), entries.end(), name,
      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (at != entries.end() && at->first == name) {
    at->second = value;
  } else {
    entries.emplace(at, name, value);
  }
}

// Texts by number; none is empty.
class Texts {
 public:
  explicit Texts(const jobs::Dictionaries& dictionaries) : dictionaries_(dictionaries) {}
  std::string operator()(Dictionary dictionary, jobs::StringId id) const {
    return id == jobs::kNoString ? std::string() : std::string(dictionaries_.text(dictionary, id));
  }
  // Rows have the beginning of a long text: a text that begins so stays.
  void put(std::string& into, Dictionary dictionary, jobs::StringId id) const {
    std::string of_row = (*this)(dictionary, id);
    if (dictionaries_.kept(into) != of_row) into = std::move(of_row);
  }

 private:
  const jobs::Dictionaries& dictionaries_;
};

void set_numbers(schema::Job& job, const jobs::Row& row) {
  job.id = row.id;
  job.job_id = row.job_id;
  job.array_job_id = row.array_job_id;
  job.start_time = row.start_time;
  job.walltime = row.walltime;
  job.duration = row.duration;
  job.num_nodes = row.num_nodes;
  job.num_acc = row.num_acc;
  job.num_hwthreads = row.num_hwthreads;
  job.smt = row.smt;
  job.energy = row.energy;
  job.state = row.state;
  job.shared = row.shared;
  job.monitoring_status = row.monitoring_status;
}

void set_texts(schema::Job& job, const jobs::Row& row, const Texts& text) {
  text.put(job.cluster, Dictionary::cluster, row.cluster);
  text.put(job.sub_cluster, Dictionary::sub_cluster, row.sub_cluster);
  text.put(job.partition, Dictionary::partition, row.partition);
  text.put(job.project, Dictionary::project, row.project);
  text.put(job.user, Dictionary::user, row.user);
  if (row.job_name == jobs::kNoString) return;
  std::string name(job.meta("jobName"));
  text.put(name, Dictionary::job_name, row.job_name);
  add_meta(job, "jobName", name);
}

void set_footprint(schema::Job& job, const jobs::Row& row, const Texts& text) {
  job.footprint.reset();
  if (row.footprint.empty()) return;
  auto& values = job.footprint.emplace();
  for (const auto& [key, value] : row.footprint) {
    values.push_back({text(Dictionary::footprint_key, key), value});
  }
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

// Those that are there keep what else they say.
void set_resources(schema::Job& job, const jobs::Row& row, const Texts& text) {
  std::vector<std::string> hosts, known;
  for (const jobs::StringId host : row.hosts) hosts.push_back(text(Dictionary::host, host));
  for (const schema::Resource& resource : job.resources) known.push_back(resource.hostname);
  std::sort(hosts.begin(), hosts.end());
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  if (hosts == known) return;
  job.resources.clear();
  for (std::string& host : hosts) job.resources.push_back({std::move(host), {}, {}, {}});
}

schema::Job filled(schema::Job job, const jobs::Row& row, const jobs::Dictionaries& dictionaries,
                   std::span<const schema::Tag> tags) {
  const Texts text(dictionaries);
  set_numbers(job, row);
  set_texts(job, row, text);
  set_footprint(job, row, text);
  set_resources(job, row, text);
  job.tags.clear();
  for (const std::uint32_t number : row.tags) {
    if (number >= 1 && number <= tags.size()) job.tags.push_back(tags[number - 1]);
  }
  job.energy_footprint.reset();
  job.statistics.reset();
  return job;
}

}  // namespace

std::string encode_damage(JobDamage damage) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kDamageVersion);
  out.u8(static_cast<std::uint8_t>(damage));
  return bytes;
}

Result<JobDamage> decode_damage(std::string_view bytes) {
  ByteReader in(bytes);
  const bool known = in.u8() == kDamageVersion;
  const auto damage = in.enumerator<JobDamage>(2);
  if (known && in.complete()) return damage;
  return Error{ErrorKind::corrupt, "not the mark of a damaged job"};
}

schema::Job job_of_row(const jobs::Row& row, const jobs::Dictionaries& dictionaries,
                       std::span<const schema::Tag> tags) {
  schema::Job job = filled({}, row, dictionaries, tags);
  add_meta(job, kDamageEntry, kLost);
  return job;
}

schema::Job complete_job(schema::Job older, const jobs::Row& row,
                         const jobs::Dictionaries& dictionaries,
                         std::span<const schema::Tag> tags) {
  schema::Job job = filled(std::move(older), row, dictionaries, tags);
  add_meta(job, kDamageEntry, kOutdated);
  return job;
}

}  // namespace jobledger::storage
