// SPDX-License-Identifier: MIT
// The first byte says what follows: a layout, a host, or an entry of the head log for a head that
// has one host of two layouts. Refused, or ticks that fit their layouts, and bytes that are written
// the same again.
#include "base/log.h"
#include "storage/metrics/head_codec.h"
#include "test/fuzz/target.h"

#include <string>
#include <utility>

using namespace jobledger;
using namespace jobledger::storage::metrics;

namespace {

// Series (0, 0), (0, 1) and (2, 0); then (1, 5) besides.
void add_layouts(Layouts& layouts) {
  const LayoutPtr first = layouts.extend(nullptr, {{0, 0}, {0, 1}, {2, 0}});
  layouts.extend(first.get(), {{1, 5}});
}

HostTicks make_host(const Layouts& layouts) {
  HostTicks host;
  host.key = {0, 1, 60};
  host.layout = layouts.find(1);
  host.last_seen.assign(host.layout->metrics.size(), kNever);
  host.sealed_end = 100;
  host.sealed_log = 5;
  return host;
}

void fuzz_layout(std::string_view bytes) {
  const auto layout = decode_layout(3, bytes);
  if (!layout) return;
  CHECK(decode_layout(3, encode_layout(*layout)).has_value(), "a layout that cannot be read");
  std::uint32_t columns = 0;
  for (const TickLayout::Metric& metric : layout->metrics) {
    CHECK(metric.first == columns, "columns of a metric that do not follow");
    columns += metric.count;
  }
  CHECK(columns == layout->columns(), "{} columns of {}", columns, layout->columns());
}

void fuzz_host(std::string_view bytes) {
  Layouts layouts;
  add_layouts(layouts);
  const auto host = decode_host(0, bytes, layouts);
  if (!host) return;
  const std::size_t metrics = host->layout ? host->layout->metrics.size() : 0;
  CHECK(host->last_seen.size() == metrics, "moments that do not fit the layout");
  CHECK(decode_host(0, encode_host(*host), layouts).has_value(), "a host that cannot be read");
}

void fuzz_log(std::string_view bytes) {
  Head head;
  add_layouts(head.layouts);
  HeadLoader loader(head, {7, 1, 1, 0});
  loader.add(make_host(head.layouts));
  // The same twice, before and after the host was sealed.
  for (const std::uint64_t entry : {std::uint64_t{5}, std::uint64_t{6}}) {
    if (!loader.replay(entry, bytes)) break;
  }
  const storage::jobs::Dictionaries dictionaries;
  loader.finish(dictionaries);
  for (const TickPtr& tick : head.view->hosts[0]->ticks) {
    CHECK(tick->values.size() == tick->layout->columns(), "a tick that does not fit its layout");
  }
}

}  // namespace

FUZZ_TARGET(metric_head) {
  if (size == 0) return 0;
  const std::string_view bytes = text_of(data, size).substr(1);
  if (data[0] % 3 == 0) fuzz_layout(bytes);
  if (data[0] % 3 == 1) fuzz_host(bytes);
  if (data[0] % 3 == 2) fuzz_log(bytes);
  return 0;
}
