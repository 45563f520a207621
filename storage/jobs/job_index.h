// SPDX-License-Identifier: MIT
// Where the newest version of each job lies, by its number and by the scheduler's job id.
//
// Executor: the writer thread (start-up: whoever loads).
// Limitations: job numbers from 1 to 2^32 - 1, given out in order: the index is a vector by number.
#pragma once

#include "storage/jobs/block.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace jobledger::storage::jobs {

class JobIndex {
 public:
  struct Location {
    const Block* block = nullptr;
    std::uint32_t slot = 0;
    std::uint32_t row = 0;
  };

  // Blocks get a slot while they are part of the newest state.
  void add_block(Block& block);
  void remove_block(const Block& block);

  std::optional<Location> find(std::int64_t id) const;
  void set_location(std::int64_t id, const Block& block, std::uint32_t row);

  // The numbers of the jobs with that scheduler id, newest put first. Its hash may bring others
  // along: compare with the row.
  std::vector<std::int64_t> find_by_job_id(std::int64_t job_id) const;
  static std::uint32_t hash_of(std::int64_t job_id);
  // Pre: once for each number.
  void put_job_id(std::int64_t job_id, std::int64_t id);
  void reserve(std::uint64_t jobs, std::int64_t max_id);

  std::size_t memory_bytes() const;

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t id = 0;  // the newest with that hash; 0: free
  };
  std::size_t find_slot(std::uint32_t hash) const;  // of that hash, or the free one for it
  void grow(std::size_t slots);

  std::vector<const Block*> blocks_;  // by slot
  std::vector<std::uint32_t> free_blocks_;
  std::vector<std::uint64_t> locations_;  // by number: (slot << 16 | row) + 1; 0: none
  // Open addressing, places in the order of the hashes, so that growing moves in one sweep.
  std::vector<Slot> slots_ = std::vector<Slot>(64);
  std::size_t used_ = 0;
  // By number: the next older one with the same hash; 0: none. However many jobs share a scheduler
  // id, each costs the same.
  std::vector<std::uint32_t> older_;
};

}  // namespace jobledger::storage::jobs
