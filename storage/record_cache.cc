// SPDX-License-Identifier: MIT
#include "storage/record_cache.h"

#include <string>
#include <utility>

namespace jobledger::storage {
namespace {

std::size_t heap(const std::string& text) { return text.capacity() > 15 ? text.capacity() + 1 : 0; }

}  // namespace

std::size_t memory_bytes(const schema::Job& job) {
  std::size_t bytes = sizeof job + heap(job.cluster) + heap(job.sub_cluster) + heap(job.partition) +
                      heap(job.project) + heap(job.user);
  for (const auto& resource : job.resources) {
    bytes += sizeof resource + heap(resource.hostname) + heap(resource.configuration) +
             resource.hwthreads.capacity() * sizeof(std::int32_t);
    for (const auto& accelerator : resource.accelerators) {
      bytes += sizeof accelerator + heap(accelerator);
    }
  }
  for (const auto& tag : job.tags) {
    bytes += sizeof tag + heap(tag.type) + heap(tag.name) + heap(tag.scope);
  }
  for (const auto* values : {&job.footprint, &job.energy_footprint}) {
    if (!*values) continue;
    for (const auto& value : **values) bytes += sizeof value + heap(value.name);
  }
  if (job.meta_data) {
    for (const auto& entry : *job.meta_data) {
      bytes += sizeof entry + heap(entry.first) + heap(entry.second);
    }
  }
  if (job.statistics) {
    for (const auto& statistic : *job.statistics) {
      bytes += sizeof statistic + heap(statistic.metric) + heap(statistic.unit.base) +
               heap(statistic.unit.prefix);
    }
  }
  return bytes;
}

RecordCache::RecordCache(std::size_t max_bytes) {
  for (Shard& part : shards_) part.jobs = decltype(part.jobs)(max_bytes / kShards);
}

std::shared_ptr<const schema::Job> RecordCache::find(const jobs::JobRef& ref) {
  Shard& part = shard(ref);
  std::lock_guard lock(part.mutex);
  const auto* found = part.jobs.find(ref);
  return found != nullptr ? *found : nullptr;
}

void RecordCache::put(const jobs::JobRef& ref, std::shared_ptr<const schema::Job> job) {
  constexpr std::size_t kEntryBytes = 128;  // list node, map node, control block
  const std::size_t bytes = memory_bytes(*job) + kEntryBytes;
  Shard& part = shard(ref);
  decltype(part.jobs.put(ref, job, bytes)) gone;  // freed outside the lock
  std::lock_guard lock(part.mutex);
  gone = part.jobs.put(ref, std::move(job), bytes);
}

std::size_t RecordCache::bytes() const {
  std::size_t total = 0;
  for (const Shard& part : shards_) {
    std::lock_guard lock(part.mutex);
    total += part.jobs.bytes();
  }
  return total;
}

}  // namespace jobledger::storage
