// SPDX-License-Identifier: MIT
// Made-up jobs of two clusters shaped like the real fritz (about 1,050 nodes of 72 hwthreads, jobs
// of one to 64 nodes) and alex (79 nodes with 8 GPUs, mostly shared, one GPU per job): four nodes a
// job in the mean, 800 users with unequal appetite, durations and values with the skew of real
// ones.
//
// A job is a pure function of the settings and its index, so that parts can be made on several
// threads and again later. Start times grow with the index.
#pragma once

#include "schema/job.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jobledger::bench {

struct JobShape {
  std::uint64_t seed = 1;
  std::uint64_t jobs = 200'000;        // in the whole period
  std::int64_t begin = 1'640'995'200;  // epoch seconds, inclusive
  std::int64_t end = 1'704'067'200;    // exclusive; jobs that would stop later are running
  bool statistics = false;             // as archived jobs have them
  std::size_t script_bytes = 0;        // of metaData.jobScript; 0: none
};

class JobGenerator {
 public:
  explicit JobGenerator(const JobShape& shape);

  // Pre: index < shape.jobs. The number in the index (`id`) is index + 1.
  schema::Job make(std::uint64_t index) const;
  const JobShape& shape() const { return shape_; }

 private:
  struct Part {  // a sub-cluster
    std::string cluster, sub_cluster, partition;
    std::vector<std::string> hosts;
    std::int32_t hwthreads = 0, accelerators = 0;  // of a node
  };
  class Dice;
  void add_part(Part part, const std::vector<std::string>& ranges);
  const Part& pick_part(Dice& dice) const;
  void fill_fritz(schema::Job& job, const Part& part, Dice& dice) const;
  void fill_alex(schema::Job& job, const Part& part, Dice& dice) const;
  void fill_owner(schema::Job& job, Dice& dice) const;
  void fill_values(schema::Job& job, const Part& part, Dice& dice) const;
  void finish(schema::Job& job, Dice& dice) const;

  JobShape shape_;
  std::vector<Part> parts_;
};

}  // namespace jobledger::bench
