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

std::size_t RecordCache::Hash::operator()(const jobs::JobRef& ref) const {
  std::uint64_t x = static_cast<std::uint64_t>(ref.id) * 0x9e3779b97f4a7c15u + ref.revision;
  x ^= x >> 32;
  return static_cast<std::size_t>(x * 0xd6e8feb86659fd93u >> 7);
}

RecordCache::RecordCache(std::size_t max_bytes) : max_shard_bytes_(max_bytes / kShards) {}

std::shared_ptr<const schema::Job> RecordCache::find(const jobs::JobRef& ref) {
  Shard& part = shard(ref);
  std::lock_guard lock(part.mutex);
  const auto found = part.index.find(ref);
  if (found == part.index.end()) return nullptr;
  part.entries.splice(part.entries.begin(), part.entries, found->second);
  return found->second->job;
}

void RecordCache::put(const jobs::JobRef& ref, std::shared_ptr<const schema::Job> job) {
  constexpr std::size_t kEntryBytes = sizeof(Entry) + 96;  // list node, map node, control block
  const std::size_t bytes = memory_bytes(*job) + kEntryBytes;
  if (bytes > max_shard_bytes_) return;
  Shard& part = shard(ref);
  std::list<Entry> gone;  // freed outside the lock
  std::lock_guard lock(part.mutex);
  if (part.index.contains(ref)) return;
  part.entries.push_front({ref, std::move(job), bytes});
  part.index.emplace(ref, part.entries.begin());
  part.bytes += bytes;
  while (part.bytes > max_shard_bytes_) {
    const auto last = std::prev(part.entries.end());
    part.bytes -= last->bytes;
    part.index.erase(last->ref);
    gone.splice(gone.end(), part.entries, last);
  }
}

std::size_t RecordCache::bytes() const {
  std::size_t total = 0;
  for (const Shard& part : shards_) {
    std::lock_guard lock(part.mutex);
    total += part.bytes;
  }
  return total;
}

}  // namespace jobledger::storage
