// SPDX-License-Identifier: MIT
// Metric data that was written once stays as it is.
#include "schema/metric_data.h"

#include "base/log.h"
#include "test/fuzz/target.h"

#include <string>

using namespace jobledger;
using namespace jobledger::schema;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<MetricData> first = parse_metric_data(text_of(data, size));
  if (!first) return 0;
  std::string written, again;
  write_metric_data(written, *first);
  const Result<MetricData> second = parse_metric_data(written);
  CHECK(second.has_value(), "written data cannot be read");
  write_metric_data(again, *second);
  CHECK(again == written, "writing is not stable");
  return 0;
}
