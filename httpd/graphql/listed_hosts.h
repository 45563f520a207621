// SPDX-License-Identifier: MIT
// Which hosts a page of nodeMetricsList shows. Pure.
#pragma once

#include "base/result.h"
#include "httpd/graphql/filter_input.h"
#include "schema/cluster.h"
#include "storage/events.h"

#include <cstddef>
#include <string>
#include <vector>

namespace jobledger::httpd {

struct HostList {
  const schema::Cluster* cluster = nullptr;  // not null
  std::string sub_cluster;                   // empty: all
  // A scheduler state; "all"; or "notindb": hosts of the configuration of which nothing was ever
  // reported. With "all", and nothing reported of any host, the configured ones stand in.
  std::string state = "all";
  // Part of the name, without regard to ASCII case for hosts that were reported; empty: all.
  std::string name_part;
};

// Ascending, each once. `nodes`: the latest states, by (cluster, hostname).
std::vector<std::string> list_hosts(const HostList& wanted,
                                    const std::vector<storage::NodeState>& nodes);

struct HostPage {
  std::vector<std::string> hosts;
  std::size_t total = 0;  // on all pages
  bool has_next = false;
};
// too_large: more than `most` on one page.
Result<HostPage> page_of(std::vector<std::string> hosts, const PageRequest& request,
                         std::size_t most);

// The latest state of a host; null when nothing was reported.
const storage::NodeState* find_state(const std::vector<storage::NodeState>& nodes,
                                     std::string_view cluster, std::string_view hostname);

}  // namespace jobledger::httpd
