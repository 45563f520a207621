// SPDX-License-Identifier: MIT
#include "storage/row_codec.h"

#include "storage/bytes.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace jobledger::storage {
namespace {

using jobs::Dictionary;
using jobs::StringId;

constexpr std::uint8_t kRowVersion = 1;

// Ascending numbers: the first, then each one's distance to the one before, less one.
void write_ascending(ByteWriter& out, const std::vector<std::uint32_t>& values) {
  out.varint(values.size());
  std::uint64_t next = 0;
  for (const std::uint32_t value : values) {
    out.varint(value - next);
    next = std::uint64_t{value} + 1;
  }
}

std::uint32_t read_ascending(ByteReader& in, std::uint64_t& next) {
  const std::uint64_t number = next + in.number<std::uint32_t>();
  if (number >= jobs::kNoString) return in.fail();
  next = number + 1;
  return static_cast<std::uint32_t>(number);
}

void write_string(ByteWriter& out, StringId id) {
  out.varint(id == jobs::kNoString ? 0 : std::uint64_t{id} + 1);
}

StringId read_string(ByteReader& in, Dictionary dictionary, const DictionarySizes& sizes) {
  const std::uint64_t value = in.varint();
  if (value > sizes[static_cast<std::size_t>(dictionary)]) return in.fail();
  return value == 0 ? jobs::kNoString : static_cast<StringId>(value - 1);
}

void read_lists(ByteReader& in, const DictionarySizes& sizes, jobs::Row& row) {
  std::uint64_t next = 0;
  row.hosts.resize(in.count(1));
  for (StringId& host : row.hosts) host = read_ascending(in, next);
  if (next > sizes[static_cast<std::size_t>(Dictionary::host)]) in.fail();
  next = 0;
  row.tags.resize(in.count(1));
  for (std::uint32_t& tag : row.tags) tag = read_ascending(in, next);
  next = 0;
  row.footprint.resize(in.count(9));
  for (auto& [key, value] : row.footprint) {
    key = read_ascending(in, next);
    value = in.f64();
  }
  if (next > sizes[static_cast<std::size_t>(Dictionary::footprint_key)]) in.fail();
}

template <class T>
void sort_unique(std::vector<T>& values) {
  if (std::adjacent_find(values.begin(), values.end(), std::greater_equal<T>()) == values.end()) {
    return;
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

void sort_unique_keys(std::vector<std::pair<StringId, double>>& values) {
  std::stable_sort(values.begin(), values.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto end = std::unique(values.begin(), values.end(),
                               [](const auto& a, const auto& b) { return a.first == b.first; });
  values.erase(end, values.end());
}

}  // namespace

void encode_row(std::string& out, const jobs::Row& row) {
  ByteWriter writer(out);
  writer.u8(kRowVersion);
  writer.varint(row.revision);
  writer.u8(static_cast<std::uint8_t>(row.state));
  writer.u8(static_cast<std::uint8_t>(static_cast<unsigned>(row.shared) |
                                      static_cast<unsigned>(row.monitoring_status) << 2 |
                                      (row.energy != 0 ? 16u : 0u)));
  writer.zigzag(row.job_id);
  writer.zigzag(row.array_job_id);
  writer.zigzag(row.start_time);
  writer.zigzag(row.walltime);
  writer.zigzag(row.duration);
  writer.zigzag(row.num_nodes);
  writer.zigzag(row.num_acc);
  writer.zigzag(row.num_hwthreads);
  writer.zigzag(row.smt);
  if (row.energy != 0) writer.f64(row.energy);
  for (const StringId id :
       {row.cluster, row.sub_cluster, row.partition, row.project, row.user, row.job_name}) {
    write_string(writer, id);
  }
  write_ascending(writer, row.hosts);
  write_ascending(writer, row.tags);
  writer.varint(row.footprint.size());
  std::uint64_t next = 0;
  for (const auto& [key, value] : row.footprint) {
    writer.varint(key - next);
    writer.f64(value);
    next = std::uint64_t{key} + 1;
  }
}

bool decode_row(std::int64_t id, std::string_view bytes, const DictionarySizes& sizes,
                std::int64_t tag_count, jobs::Row& row) {
  ByteReader in(bytes);
  if (in.u8() != kRowVersion) return false;
  row.id = id;
  row.revision = in.number<std::uint32_t>();
  row.state = in.enumerator<schema::JobState>(schema::kJobStateCount);
  const std::uint8_t flags = in.u8();
  if (flags >= 32 || (flags & 3) > 2) return false;
  row.shared = static_cast<schema::Sharing>(flags & 3);
  row.monitoring_status = static_cast<schema::MonitoringStatus>(flags >> 2 & 3);
  row.job_id = in.zigzag();
  row.array_job_id = in.zigzag();
  row.start_time = in.zigzag();
  row.walltime = in.zigzag();
  row.duration = in.zigzag32();
  row.num_nodes = in.zigzag32();
  row.num_acc = in.zigzag32();
  row.num_hwthreads = in.zigzag32();
  row.smt = in.zigzag32();
  row.energy = flags & 16 ? in.f64() : 0;
  row.cluster = read_string(in, Dictionary::cluster, sizes);
  row.sub_cluster = read_string(in, Dictionary::sub_cluster, sizes);
  row.partition = read_string(in, Dictionary::partition, sizes);
  row.project = read_string(in, Dictionary::project, sizes);
  row.user = read_string(in, Dictionary::user, sizes);
  row.job_name = read_string(in, Dictionary::job_name, sizes);
  read_lists(in, sizes, row);
  if (!row.tags.empty() && row.tags.back() > tag_count) return false;
  return in.complete();
}

jobs::Row make_row(const schema::Job& job, std::uint32_t revision,
                   jobs::Dictionaries& dictionaries) {
  const auto number = [&dictionaries](Dictionary dictionary, std::string_view text) {
    return dictionaries.intern(dictionary, dictionaries.kept(text));
  };
  jobs::Row row;
  row.id = job.id;
  row.revision = revision;
  row.job_id = job.job_id;
  row.array_job_id = job.array_job_id;
  row.start_time = job.start_time;
  row.walltime = job.walltime;
  row.duration = job.duration;
  row.num_nodes = job.num_nodes;
  row.num_acc = job.num_acc;
  row.num_hwthreads = job.num_hwthreads;
  row.smt = job.smt;
  row.energy = std::isfinite(job.energy) ? job.energy : 0;  // the table orders by it
  row.state = job.state;
  row.shared = job.shared;
  row.monitoring_status = job.monitoring_status;
  row.cluster = number(Dictionary::cluster, job.cluster);
  row.sub_cluster = number(Dictionary::sub_cluster, job.sub_cluster);
  row.partition = number(Dictionary::partition, job.partition);
  row.project = number(Dictionary::project, job.project);
  row.user = number(Dictionary::user, job.user);
  if (const std::string_view name = job.meta("jobName"); !name.empty()) {
    row.job_name = number(Dictionary::job_name, name);
  }
  row.hosts.reserve(job.resources.size());
  for (const schema::Resource& resource : job.resources) {
    row.hosts.push_back(number(Dictionary::host, resource.hostname));
  }
  sort_unique(row.hosts);
  row.tags.reserve(job.tags.size());
  for (const schema::Tag& tag : job.tags) row.tags.push_back(static_cast<std::uint32_t>(tag.id));
  sort_unique(row.tags);
  if (job.footprint) {
    row.footprint.reserve(job.footprint->size());
    for (const schema::NamedValue& value : *job.footprint) {
      if (!std::isfinite(value.value)) continue;
      row.footprint.emplace_back(number(Dictionary::footprint_key, value.name), value.value);
    }
    sort_unique_keys(row.footprint);
  }
  return row;
}

}  // namespace jobledger::storage
