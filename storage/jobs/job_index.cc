// SPDX-License-Identifier: MIT
#include "storage/jobs/job_index.h"

#include "base/log.h"

#include <algorithm>
#include <limits>

namespace jobledger::storage::jobs {

namespace {

// Monotone in the hash.
std::size_t home(std::uint32_t hash, std::size_t slots) {
  return static_cast<std::size_t>((std::uint64_t{hash} * slots) >> 32);
}

bool too_full(std::size_t used, std::size_t slots) { return used * 5 > slots * 4; }

}  // namespace

std::uint32_t JobIndex::hash_of(std::int64_t job_id) {
  std::uint64_t x = static_cast<std::uint64_t>(job_id);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<std::uint32_t>((x ^ (x >> 31)) >> 16);
}

void JobIndex::add_block(Block& block) {
  if (free_blocks_.empty()) {
    block.slot = static_cast<std::uint32_t>(blocks_.size());
    blocks_.push_back(&block);
  } else {
    block.slot = free_blocks_.back();
    free_blocks_.pop_back();
    blocks_[block.slot] = &block;
  }
}

void JobIndex::remove_block(const Block& block) {
  blocks_[block.slot] = nullptr;
  free_blocks_.push_back(block.slot);
}

std::optional<JobIndex::Location> JobIndex::find(std::int64_t id) const {
  if (id < 0 || static_cast<std::uint64_t>(id) >= locations_.size()) return std::nullopt;
  const std::uint64_t coded = locations_[static_cast<std::size_t>(id)];
  if (coded == 0) return std::nullopt;
  const auto slot = static_cast<std::uint32_t>((coded - 1) >> 16);
  return Location{blocks_[slot], slot, static_cast<std::uint32_t>((coded - 1) & 0xffff)};
}

void JobIndex::set_location(std::int64_t id, const Block& block, std::uint32_t row) {
  CHECK(id > 0 && id <= std::numeric_limits<std::uint32_t>::max(), "job number {}", id);
  const auto at = static_cast<std::size_t>(id);
  if (at >= locations_.size()) locations_.resize(at + 1);
  locations_[at] = ((std::uint64_t{block.slot} << 16) | row) + 1;
}

std::size_t JobIndex::find_slot(std::uint32_t hash) const {
  std::size_t at = home(hash, slots_.size());
  while (slots_[at].id != 0 && slots_[at].hash != hash)
    if (++at == slots_.size()) at = 0;
  return at;
}

std::vector<std::int64_t> JobIndex::find_by_job_id(std::int64_t job_id) const {
  std::vector<std::int64_t> ids;
  for (std::uint32_t id = slots_[find_slot(hash_of(job_id))].id; id != 0; id = older_[id])
    ids.push_back(id);
  return ids;
}

void JobIndex::put_job_id(std::int64_t job_id, std::int64_t id) {
  if (too_full(used_ + 1, slots_.size())) grow(slots_.size() + slots_.size() / 2);
  const auto number = static_cast<std::uint32_t>(id);
  if (number >= older_.size()) older_.resize(std::size_t{number} + 1);
  Slot& slot = slots_[find_slot(hash_of(job_id))];
  if (slot.id == 0) ++used_;
  older_[number] = slot.id;
  slot = {hash_of(job_id), number};
}

void JobIndex::reserve(std::uint64_t jobs, std::int64_t max_id) {
  if (too_full(jobs, slots_.size())) grow(static_cast<std::size_t>(jobs + jobs / 2));
  const auto numbers = static_cast<std::size_t>(max_id) + 1;
  if (numbers > locations_.size()) locations_.resize(numbers);
  if (numbers > older_.size()) older_.resize(numbers);
}

void JobIndex::grow(std::size_t slots) {
  std::vector<Slot> old(slots);
  old.swap(slots_);
  for (const Slot& slot : old)
    if (slot.id != 0) slots_[find_slot(slot.hash)] = slot;
}

std::size_t JobIndex::memory_bytes() const {
  return blocks_.capacity() * sizeof(blocks_[0]) + locations_.capacity() * sizeof(locations_[0]) +
         slots_.capacity() * sizeof(Slot) + older_.capacity() * sizeof(older_[0]);
}

}  // namespace jobledger::storage::jobs
