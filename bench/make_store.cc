// SPDX-License-Identifier: MIT
// Fills a new store with generated jobs: `make_store FOLDER JOBS`. What a daemon with that many
// jobs starts from, without importing a tree of as many directories first.
#include "bench/job_generator.h"
#include "storage/store.h"

#include <charconv>
#include <cstdio>
#include <string_view>

namespace jobledger::bench {
namespace {

constexpr std::uint64_t kBatch = 4096;

Result<void> fill(const std::string& folder, std::uint64_t jobs) {
  storage::Config config;
  config.path = folder;
  TRY(auto store, storage::Store::open(config));
  JobShape shape;
  shape.jobs = jobs;
  const JobGenerator generator(shape);
  for (std::uint64_t begin = 0; begin < jobs; begin += kBatch) {
    storage::Update update = store->begin_update();
    const std::uint64_t end = std::min(jobs, begin + kBatch);
    for (std::uint64_t index = begin; index < end; ++index) {
      TRY(update.add_job(generator.make(index)));
    }
    TRY(store->commit(update, end == jobs));
  }
  return {};
}

}  // namespace
}  // namespace jobledger::bench

int main(int argc, char** argv) {
  std::uint64_t jobs = 0;
  const std::string_view count = argc == 3 ? argv[2] : "";
  if (count.empty() ||
      std::from_chars(count.data(), count.data() + count.size(), jobs).ec != std::errc()) {
    std::fprintf(stderr, "usage: make_store FOLDER JOBS\n");
    return 2;
  }
  const auto filled = jobledger::bench::fill(argv[1], jobs);
  if (!filled) std::fprintf(stderr, "make_store: %s\n", filled.error().detail.c_str());
  return filled ? 0 : 1;
}
