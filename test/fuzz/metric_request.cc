// SPDX-License-Identifier: MIT
// Whatever body is sent to our metric store is read or refused with a reason.
#include "httpd/rest/metric_request.h"

#include "base/log.h"
#include "httpd/rest/metric_select.h"
#include "test/fuzz/target.h"

using namespace jobledger;
using namespace jobledger::httpd;

FUZZ_TARGET(metric_request) {
  const std::string_view text = text_of(data, size);
  const auto request = parse_metric_store_request(text, 1 << 20);
  if (!request) {
    CHECK(!request.error().detail.empty(), "refused without a reason");
  } else {
    CHECK(request->from >= 0 && request->to >= 0, "a time before all times");
    for (const MetricStoreQuery& query : request->queries) {
      CHECK(query.type != "node", "nodes have no type");
      CHECK(elements_of(query) <= size * size, "elements from nowhere");
    }
  }
  const auto health = parse_health_request(text, 1 << 20);
  CHECK(health.has_value() || !health.error().detail.empty(), "refused without a reason");
  const auto freed = check_free_request(text, 1 << 20);
  CHECK(freed.has_value() || !freed.error().detail.empty(), "refused without a reason");
  return 0;
}
