// SPDX-License-Identifier: MIT
// Samples that wait to be written in another order than they were read in: in memory up to a bound,
// beyond it in a file without a name.
//
// Executor: one thread. Failure: what the file system says; the spool is of no use then.
#pragma once

#include "base/file.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace jobledger::archive {

class SampleSpool {
 public:
  // `folder`: where the file is made, when one is needed; stays open meanwhile.
  SampleSpool(int folder, std::size_t memory_bytes);

  // The place of the first of them, to read them again.
  Result<std::uint64_t> put(std::span<const float> samples);
  // Pre: all of it was put.
  Result<void> read(std::uint64_t place, std::span<float> out) const;
  void clear();  // the places begin at 0 again

 private:
  Result<void> move_to_file();

  const int folder_;
  const std::size_t memory_samples_;
  Fd file_;
  std::uint64_t in_file_ = 0;  // samples; those in memory follow them
  std::vector<float> memory_;
};

}  // namespace jobledger::archive
