// SPDX-License-Identifier: MIT
// Metric data that was written once stays as it is; the short road reads what the general one does.
#include "base/log.h"
#include "schema/metric_data_scan.h"
#include "test/fuzz/target.h"
#include "test/schema/same_metric_data.h"

#include <string>

using namespace jobledger;
using namespace jobledger::schema;

FUZZ_TARGET(metric_data) {
  const std::string_view text = text_of(data, size);
  if (const auto scanned = scan_metric_data(text)) {
    const Result<MetricData> read = read_metric_data(text, nullptr, kMetricDataLimits);
    CHECK(read.has_value(), "the general reader refuses what was scanned");
    CHECK(test::same(*scanned, *read), "both roads read different values");
  }
  const Result<MetricData> first = parse_metric_data(text);
  if (!first) return 0;
  std::string written, again;
  write_metric_data(written, *first);
  const Result<MetricData> second = parse_metric_data(written);
  CHECK(second.has_value(), "written data cannot be read");
  write_metric_data(again, *second);
  CHECK(again == written, "writing is not stable");
  return 0;
}
