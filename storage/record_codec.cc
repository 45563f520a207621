// SPDX-License-Identifier: MIT
#include "storage/record_codec.h"

#include "storage/bytes.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace jobledger::storage {
namespace {

constexpr std::uint8_t kRecordVersion = 1;

// Which maps are there: an unset one differs from an empty one.
constexpr unsigned kFootprint = 1;
constexpr unsigned kEnergyFootprint = 2;
constexpr unsigned kMetaData = 4;
constexpr unsigned kStatistics = 8;
constexpr unsigned kAllMaps = 15;

// Threads of a node mostly count up: (start - end of the run before, length - 1).
void write_hwthreads(ByteWriter& out, const std::vector<std::int32_t>& threads) {
  out.varint(threads.size());
  std::int64_t previous = 0;
  for (std::size_t i = 0; i < threads.size();) {
    std::size_t length = 1;
    while (i + length < threads.size() &&
           threads[i + length] == std::int64_t{threads[i]} + static_cast<std::int64_t>(length)) {
      ++length;
    }
    out.zigzag(threads[i] - previous);
    out.varint(length - 1);
    previous = std::int64_t{threads[i]} + static_cast<std::int64_t>(length);
    i += length;
  }
}

void read_hwthreads(ByteReader& in, std::vector<std::int32_t>& threads,
                    std::uint64_t& threads_left) {
  const std::uint64_t count = in.varint();
  if (count > threads_left) {
    in.fail();
    return;
  }
  threads_left -= count;
  threads.reserve(count);
  std::int64_t previous = 0;
  while (threads.size() < count && !in.failed()) {
    const std::int64_t delta = in.zigzag();
    const std::uint64_t more = in.varint();
    if (delta > INT64_C(1) << 33 || delta < -(INT64_C(1) << 33) || more >= count - threads.size()) {
      in.fail();
      return;
    }
    const std::int64_t start = previous + delta;
    const std::int64_t last = start + static_cast<std::int64_t>(more);
    if (start < INT32_MIN || last > INT32_MAX) {
      in.fail();
      return;
    }
    for (std::int64_t thread = start; thread <= last; ++thread) {
      threads.push_back(static_cast<std::int32_t>(thread));
    }
    previous = last + 1;
  }
}

void write_resources(ByteWriter& out, const std::vector<schema::Resource>& resources) {
  out.varint(resources.size());
  for (const schema::Resource& resource : resources) {
    out.text(resource.hostname);
    write_hwthreads(out, resource.hwthreads);
    out.varint(resource.accelerators.size());
    for (const std::string& accelerator : resource.accelerators) out.text(accelerator);
    out.text(resource.configuration);
  }
}

void read_resources(ByteReader& in, std::vector<schema::Resource>& resources) {
  std::uint64_t threads_left = kMaxRecordHwthreads;
  resources.resize(in.count(4));
  for (schema::Resource& resource : resources) {
    resource.hostname = in.text();
    read_hwthreads(in, resource.hwthreads, threads_left);
    resource.accelerators.resize(in.count(1));
    for (std::string& accelerator : resource.accelerators) accelerator = in.text();
    resource.configuration = in.text();
    if (in.failed()) return;
  }
}

void write_named(ByteWriter& out, const std::optional<std::vector<schema::NamedValue>>& values) {
  if (!values) return;
  out.varint(values->size());
  for (const schema::NamedValue& value : *values) {
    out.text(value.name);
    out.f64(value.value);
  }
}

std::vector<schema::NamedValue> read_named(ByteReader& in) {
  std::vector<schema::NamedValue> values(in.count(9));
  for (schema::NamedValue& value : values) {
    value.name = in.text();
    value.value = in.f64();
  }
  return values;
}

void write_maps(ByteWriter& out, const schema::Job& job) {
  write_named(out, job.footprint);
  write_named(out, job.energy_footprint);
  if (job.meta_data) {
    out.varint(job.meta_data->size());
    for (const auto& [name, value] : *job.meta_data) {
      out.text(name);
      out.text(value);
    }
  }
  if (job.statistics) {
    out.varint(job.statistics->size());
    for (const schema::JobStatistic& statistic : *job.statistics) {
      out.text(statistic.metric);
      out.text(statistic.unit.base);
      out.text(statistic.unit.prefix);
      out.f64(statistic.avg);
      out.f64(statistic.min);
      out.f64(statistic.max);
    }
  }
}

void read_maps(ByteReader& in, std::uint64_t present, schema::Job& job) {
  if (present & kFootprint) job.footprint = read_named(in);
  if (present & kEnergyFootprint) job.energy_footprint = read_named(in);
  if (present & kMetaData) {
    auto& entries = job.meta_data.emplace(in.count(2));
    for (auto& [name, value] : entries) {
      name = in.text();
      value = in.text();
    }
  }
  if (present & kStatistics) {
    auto& statistics = job.statistics.emplace(in.count(27));
    for (schema::JobStatistic& statistic : statistics) {
      statistic.metric = in.text();
      statistic.unit.base = in.text();
      statistic.unit.prefix = in.text();
      statistic.avg = in.f64();
      statistic.min = in.f64();
      statistic.max = in.f64();
    }
  }
}

void write_numbers(ByteWriter& out, const schema::Job& job) {
  out.zigzag(job.job_id);
  out.zigzag(job.array_job_id);
  out.zigzag(job.start_time);
  out.zigzag(job.duration);
  out.zigzag(job.walltime);
  out.zigzag(job.submit_time);
  out.zigzag(job.requested_memory);
  out.zigzag(job.smt);
  out.zigzag(job.num_nodes);
  out.zigzag(job.num_acc);
  out.zigzag(job.num_hwthreads);
  out.f64(job.energy);
}

void read_numbers(ByteReader& in, schema::Job& job) {
  job.job_id = in.zigzag();
  job.array_job_id = in.zigzag();
  job.start_time = in.zigzag();
  job.duration = in.zigzag32();
  job.walltime = in.zigzag();
  job.submit_time = in.zigzag();
  job.requested_memory = in.zigzag();
  job.smt = in.zigzag32();
  job.num_nodes = in.zigzag32();
  job.num_acc = in.zigzag32();
  job.num_hwthreads = in.zigzag32();
  job.energy = in.f64();
}

bool read_tags(ByteReader& in, std::span<const schema::Tag> tags, std::vector<schema::Tag>& out) {
  out.resize(in.count(1));
  for (schema::Tag& tag : out) {
    const std::uint64_t number = in.varint();
    if (number == 0 || number > tags.size()) return false;
    tag = tags[number - 1];
  }
  return true;
}

Error corrupt(std::string_view what) {
  return {ErrorKind::corrupt, fmt::format("record: {}", what)};
}

}  // namespace

Result<void> check_record(const schema::Job& job) {
  std::uint64_t threads = 0;
  for (const schema::Resource& resource : job.resources) threads += resource.hwthreads.size();
  if (threads <= kMaxRecordHwthreads) return {};
  return invalid(fmt::format("job {} of {} names {} hardware threads, more than {}", job.job_id,
                             job.cluster, threads, kMaxRecordHwthreads));
}

void encode_record(std::string& out, const schema::Job& job, std::uint32_t revision) {
  ByteWriter writer(out);
  writer.u8(kRecordVersion);
  writer.varint(revision);
  writer.varint((job.footprint ? kFootprint : 0u) | (job.energy_footprint ? kEnergyFootprint : 0u) |
                (job.meta_data ? kMetaData : 0u) | (job.statistics ? kStatistics : 0u));
  writer.u8(static_cast<std::uint8_t>(job.state));
  writer.u8(static_cast<std::uint8_t>(job.shared));
  writer.u8(static_cast<std::uint8_t>(job.monitoring_status));
  write_numbers(writer, job);
  writer.text(job.cluster);
  writer.text(job.sub_cluster);
  writer.text(job.partition);
  writer.text(job.project);
  writer.text(job.user);
  write_resources(writer, job.resources);
  writer.varint(job.tags.size());
  for (const schema::Tag& tag : job.tags) writer.varint(static_cast<std::uint64_t>(tag.id));
  write_maps(writer, job);
}

Result<Record> decode_record(std::int64_t id, std::string_view bytes,
                             std::span<const schema::Tag> tags) {
  ByteReader in(bytes);
  if (const std::uint8_t version = in.u8(); version != kRecordVersion) {
    return corrupt(fmt::format("version {} is not known", version));
  }
  Record record;
  record.revision = in.number<std::uint32_t>();
  const std::uint64_t present = in.varint();
  if (present > kAllMaps) return corrupt("unknown members");
  schema::Job& job = record.job;
  job.id = id;
  job.state = in.enumerator<schema::JobState>(schema::kJobStateCount);
  job.shared = in.enumerator<schema::Sharing>(3);
  job.monitoring_status = in.enumerator<schema::MonitoringStatus>(4);
  read_numbers(in, job);
  job.cluster = in.text();
  job.sub_cluster = in.text();
  job.partition = in.text();
  job.project = in.text();
  job.user = in.text();
  read_resources(in, job.resources);
  if (!read_tags(in, tags, job.tags)) return corrupt("a tag that is not registered");
  read_maps(in, present, job);
  if (!in.complete()) {
    return corrupt(in.failed() ? "cut short or not well formed" : "bytes after the end");
  }
  return record;
}

std::uint32_t revision_of(std::string_view bytes) {
  ByteReader in(bytes);
  (void)in.u8();
  return in.number<std::uint32_t>();
}

}  // namespace jobledger::storage
