// SPDX-License-Identifier: MIT
#include "httpd/graphql/listed_hosts.h"

#include <algorithm>
#include <tuple>

namespace jobledger::httpd {
namespace {

using storage::NodeState;
using storage::jobs::StringMatch;

bool comes_before(const NodeState& node, std::pair<std::string_view, std::string_view> key) {
  return std::pair<std::string_view, std::string_view>(node.cluster, node.hostname) < key;
}

std::vector<std::string> reported_hosts(const HostList& wanted,
                                        const std::vector<NodeState>& nodes) {
  const StringMatch part{StringMatch::Kind::contains, {wanted.name_part}};
  std::vector<std::string> hosts;
  for (const NodeState& node : nodes) {
    if (node.cluster != wanted.cluster->name) continue;
    if (!wanted.sub_cluster.empty() && node.sub_cluster != wanted.sub_cluster) continue;
    if (wanted.state != "all" && to_string(node.scheduler_state) != wanted.state) continue;
    if (matches(part, node.hostname)) hosts.push_back(node.hostname);
  }
  return hosts;
}

std::vector<std::string> configured_hosts(const HostList& wanted) {
  std::vector<std::string> hosts;
  for (const schema::SubCluster& sub : wanted.cluster->sub_clusters) {
    if (!wanted.sub_cluster.empty() && sub.name != wanted.sub_cluster) continue;
    for (std::string& host : sub.node_list.expand())
      if (host.find(wanted.name_part) != std::string::npos) hosts.push_back(std::move(host));
  }
  return hosts;
}

}  // namespace

const NodeState* find_state(const std::vector<NodeState>& nodes, std::string_view cluster,
                            std::string_view hostname) {
  const auto found =
      std::lower_bound(nodes.begin(), nodes.end(), std::pair(cluster, hostname), comes_before);
  if (found == nodes.end() || found->cluster != cluster || found->hostname != hostname)
    return nullptr;
  return &*found;
}

std::vector<std::string> list_hosts(const HostList& wanted, const std::vector<NodeState>& nodes) {
  std::vector<std::string> hosts;
  const bool unreported = wanted.state == "notindb";
  if (!unreported) hosts = reported_hosts(wanted, nodes);
  if (unreported || (wanted.state == "all" && hosts.empty())) {
    hosts = configured_hosts(wanted);
    std::erase_if(hosts, [&](const std::string& host) {
      return unreported && find_state(nodes, wanted.cluster->name, host) != nullptr;
    });
  }
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  return hosts;
}

Result<HostPage> page_of(std::vector<std::string> hosts, const PageRequest& request,
                         std::size_t most) {
  HostPage page;
  page.total = hosts.size();
  const std::uint64_t size = request.items_per_page.value_or(page.total);
  const std::uint64_t before = request.items_per_page ? request.page - 1 : 0;
  const std::size_t first = size != 0 && before > page.total / size ? page.total : before * size;
  const std::size_t end = size > page.total - first ? page.total : first + size;
  if (end - first > most) {
    return Error{ErrorKind::too_large, "more than " + std::to_string(most) +
                                           " hosts in one answer: ask for smaller pages"};
  }
  page.has_next = end < page.total;
  page.hosts.assign(std::make_move_iterator(hosts.begin() + static_cast<std::ptrdiff_t>(first)),
                    std::make_move_iterator(hosts.begin() + static_cast<std::ptrdiff_t>(end)));
  return page;
}

}  // namespace jobledger::httpd
