// SPDX-License-Identifier: MIT
// The sources of the configuration, and our own store for all that none of them covers.
//
// A scope is the text "cluster-subcluster", "cluster" or "*"; the most specific one that fits
// counts. Jobs ask with their sub-cluster, views of nodes with that of each host; who is in none
// asks by the cluster alone. How long the others take and what they fail by is counted by scope.
// Executor: any thread; immutable. Lifetime: outlives all who ask.
#pragma once

#include "base/result.h"
#include "base/telemetry.h"
#include "schema/cluster.h"
#include "sources/config.h"
#include "sources/metric_source.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::sources {

class ConfiguredSources : public SourceMap {
 public:
  // Pre: check_config(config) finds nothing. `own` outlives it.
  ConfiguredSources(const Config& config, std::shared_ptr<const schema::Clusters> clusters,
                    MetricSource& own, Telemetry& telemetry);

  MetricSource& source_of(std::string_view cluster, std::string_view sub_cluster) const override;

 private:
  MetricSource& own_;
  std::map<std::string, std::unique_ptr<MetricSource>, std::less<>> external_;  // by scope
};

// One that is wrong with the settings.
struct ConfigProblem {
  std::size_t record = 0;   // place in Config::external
  std::string_view member;  // "url"; empty: the record as a whole
  std::string message;
  std::string_view other = {};  // the member it does not fit, if it is one
};
// What can be seen without asking a store or reading a file: missing members, members that another
// kind has, URLs, scopes that are given twice.
std::vector<ConfigProblem> check_config(const Config& config);
// What needs files: tokens and certificates that cannot be read.
std::vector<ConfigProblem> check_files(const Config& config);
// Scopes that name no cluster or sub-cluster: for a warning at start.
std::vector<std::string> unknown_scopes(const Config& config, const schema::Clusters& clusters);

}  // namespace jobledger::sources
