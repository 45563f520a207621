// SPDX-License-Identifier: MIT
// Fills a new archive tree with generated jobs: `make_archive FOLDER JOBS`.
#include "bench/archive_generator.h"

#include <charconv>
#include <cstdio>
#include <string_view>

int main(int argc, char** argv) {
  using namespace jobledger;
  bench::JobShape shape;
  const std::string_view count = argc == 3 ? argv[2] : "";
  if (count.empty() ||
      std::from_chars(count.data(), count.data() + count.size(), shape.jobs).ec != std::errc()) {
    std::fprintf(stderr, "usage: make_archive FOLDER JOBS\n");
    return 2;
  }
  shape.statistics = true;
  auto made = bench::make_archive_root(argv[1]);
  if (made) made = bench::fill_archive(argv[1], bench::JobGenerator(shape), 2);
  if (!made) std::fprintf(stderr, "make_archive: %s\n", made.error().detail.c_str());
  return made ? 0 : 1;
}
