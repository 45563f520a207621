// SPDX-License-Identifier: MIT
#include "httpd/rest/metric_debug.h"

#include "schema/json_object.h"
#include "storage/metrics/head_edit.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace jobledger::httpd {
namespace {

using schema::JsonObject;
using storage::jobs::Dictionaries;
using storage::jobs::Dictionary;
using storage::metrics::HostTicks;
using storage::metrics::TickLayout;

std::size_t series_of(const HostTicks& host) { return host.layout ? host.layout->columns() : 0; }

std::string describe_clusters(const storage::Snapshot& snapshot) {
  struct Sums {
    std::uint64_t hosts = 0, series = 0, ticks = 0, bytes = 0;
  };
  std::map<std::string, Sums> clusters;
  for (const auto& host : snapshot.metric_head().hosts) {
    if (!host) continue;
    const auto name = snapshot.jobs().dictionaries().text(Dictionary::cluster, host->key.cluster);
    Sums& sums = clusters[std::string(name)];
    ++sums.hosts;
    sums.series += series_of(*host);
    sums.ticks += host->ticks.size();
    sums.bytes += host->bytes();
  }
  std::string json;
  JsonObject object(json);
  for (const auto& [name, sums] : clusters) {
    JsonObject cluster(object.member(name));
    cluster.integer("hosts", sums.hosts);
    cluster.integer("series", sums.series);
    cluster.integer("ticks", sums.ticks);
    cluster.integer("bytes", sums.bytes);
    cluster.close();
  }
  object.close();
  return json;
}

void write_metrics(std::string& out, const HostTicks& host, const Dictionaries& dictionaries) {
  JsonObject metrics(out);
  if (host.layout) {
    const TickLayout& layout = *host.layout;
    for (std::size_t i = 0; i < layout.metrics.size(); ++i) {
      const TickLayout::Metric& metric = layout.metrics[i];
      JsonObject object(metrics.member(dictionaries.text(Dictionary::metric, metric.metric)));
      const std::int64_t seen = host.last_seen[i];
      if (seen != storage::metrics::kNever) object.integer("last", host.instant_of(seen));
      std::vector<std::string_view> elements;
      for (std::uint32_t column = 0; column < metric.count; ++column) {
        elements.push_back(
            dictionaries.text(Dictionary::element, layout.elements[metric.first + column]));
      }
      object.texts("elements", elements);
      object.close();
    }
  }
  metrics.close();
}

// One object for each time step that the host measures with.
std::string write_hosts(std::vector<const HostTicks*> hosts, const Dictionaries& dictionaries,
                        bool with_metrics) {
  const auto name = [&](const HostTicks* host) {
    return dictionaries.text(Dictionary::host, host->key.host);
  };
  std::sort(hosts.begin(), hosts.end(), [&](const HostTicks* a, const HostTicks* b) {
    return std::pair(name(a), a->key.timestep) < std::pair(name(b), b->key.timestep);
  });
  std::string json;
  char separator = '[';
  for (const HostTicks* host : hosts) {
    json += separator;
    separator = ',';
    JsonObject object(json);
    object.text("host", name(host));
    object.integer("timestep", host->key.timestep);
    object.integer("shift", host->shift);
    object.integer("newest", host->newest_time);
    object.integer("series", series_of(*host));
    object.integer("ticks", host->ticks.size());
    if (!host->ticks.empty()) object.integer("from", host->instant_of(host->ticks.front()->slot));
    if (with_metrics) write_metrics(object.member("metrics"), *host, dictionaries);
    object.close();
  }
  return json + (separator == '[' ? "[]" : "]");
}

}  // namespace

Result<std::string> describe_metric_head(const storage::Snapshot& snapshot,
                                         std::string_view selector) {
  if (selector.empty()) return describe_clusters(snapshot) + "\n";
  const auto colon = selector.find(':');
  const std::string_view cluster = selector.substr(0, colon);
  const Dictionaries& dictionaries = snapshot.jobs().dictionaries();
  const auto cluster_id = dictionaries.find(Dictionary::cluster, cluster);
  const bool one = colon != std::string_view::npos;
  const auto host_id =
      one ? dictionaries.find(Dictionary::host, selector.substr(colon + 1)) : std::nullopt;
  std::vector<const HostTicks*> found;
  for (const auto& host : snapshot.metric_head().hosts) {
    if (!host || !cluster_id || host->key.cluster != *cluster_id) continue;
    if (!one || (host_id && host->key.host == *host_id)) found.push_back(host.get());
  }
  if (found.empty()) {
    return Error{ErrorKind::not_found, "nothing was measured of " + std::string(selector)};
  }
  return write_hosts(std::move(found), dictionaries, one) + "\n";
}

}  // namespace jobledger::httpd
