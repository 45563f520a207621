// SPDX-License-Identifier: MIT
// Whatever a metric store answers becomes series that can be placed on a grid, or is refused.
#include "base/log.h"
#include "sources/cc_protocol.h"
#include "test/fuzz/target.h"

#include <cstdlib>
#include <set>

using namespace jobledger;
using namespace jobledger::sources;

FUZZ_TARGET(cc_answer) {
  const std::string_view text = text_of(data, size);
  const auto answer = parse_cc_answer(text, 1 << 20);
  for (const auto& row : answer ? answer->results : std::vector<std::vector<CcSeries>>()) {
    for (const CcSeries& series : row) {
      if (!series.error.empty()) continue;
      CHECK(series.samples.timestep >= 1, "samples without a time step");
      CHECK(std::abs(series.samples.from) <= std::int64_t{1} << 48, "a time beyond all times");
      CHECK(series.samples.values.size() <= text.size(), "values from nowhere");
    }
  }
  const auto health = parse_cc_health(text, 1 << 20);
  for (const HostHealth& host : health ? *health : std::vector<HostHealth>()) {
    CHECK(!schema::to_string(host.state).empty(), "a host without state");
  }
  return 0;
}
