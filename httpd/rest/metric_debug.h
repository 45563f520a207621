// SPDX-License-Identifier: MIT
// What the metric store holds in memory, for people who look for a mistake: samples that are not
// sealed yet, and which series there are.
//
// Executor: any thread.
#pragma once

#include "base/result.h"
#include "storage/snapshot.h"

#include <string>
#include <string_view>

namespace jobledger::httpd {

// As JSON. Selector: "" the clusters, "cluster" its hosts, "cluster:host" that host's metrics with
// their elements. `not_found` for a cluster or host that never sent anything.
Result<std::string> describe_metric_head(const storage::Snapshot& snapshot,
                                         std::string_view selector);

}  // namespace jobledger::httpd
