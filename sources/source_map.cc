// SPDX-License-Identifier: MIT
#include "sources/source_map.h"

#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "sources/cc_metric_store.h"
#include "sources/guarded_source.h"
#include "sources/http_fetch.h"
#include "sources/influx.h"

#include <algorithm>
#include <array>
#include <utility>

namespace jobledger::sources {
namespace {

constexpr std::size_t kMaxCertificates = 4u << 20;
constexpr std::array<std::pair<SourceKind, std::string_view>, 2> kKinds{
    {{SourceKind::cc_metric_store, "cc-metric-store"}, {SourceKind::influxdb, "influxdb"}}};

std::unique_ptr<MetricSource> make_source(const ExternalConfig& config,
                                          std::shared_ptr<const schema::Clusters> clusters) {
  if (config.kind == SourceKind::influxdb) return std::make_unique<Influx>(config);
  return std::make_unique<CcMetricStore>(config, std::move(clusters));
}

}  // namespace

std::string_view to_string(SourceKind kind) {
  for (const auto& [known, text] : kKinds) {
    if (known == kind) return text;
  }
  return {};
}

std::optional<SourceKind> parse_source_kind(std::string_view text) {
  for (const auto& [kind, known] : kKinds) {
    if (known == text) return kind;
  }
  return std::nullopt;
}

ConfiguredSources::ConfiguredSources(const Config& config,
                                     std::shared_ptr<const schema::Clusters> clusters,
                                     MetricSource& own, Telemetry& telemetry)
    : own_(own) {
  for (const ExternalConfig& each : config.external) {
    external_.emplace(
        each.scope, std::make_unique<GuardedSource>(each, make_source(each, clusters), telemetry));
  }
}

MetricSource& ConfiguredSources::source_of(std::string_view cluster,
                                           std::string_view sub_cluster) const {
  if (external_.empty()) return own_;
  std::string scope(cluster);
  if (!sub_cluster.empty()) {
    const auto found = external_.find(scope + "-" + std::string(sub_cluster));
    if (found != external_.end()) return *found->second;
  }
  for (const std::string_view wanted : {std::string_view(scope), std::string_view("*")}) {
    const auto found = external_.find(wanted);
    if (found != external_.end()) return *found->second;
  }
  return own_;
}

std::vector<ConfigProblem> check_config(const Config& config) {
  std::vector<ConfigProblem> found;
  for (std::size_t i = 0; i < config.external.size(); ++i) {
    const ExternalConfig& each = config.external[i];
    const auto complain = [&found, i](std::string_view member, std::string message,
                                      std::string_view other = {}) {
      found.push_back({i, member, std::move(message), other});
    };
    if (each.scope.empty()) complain("scope", "is needed: cluster-subcluster, cluster or \"*\"");
    for (std::size_t before = 0; before < i; ++before) {
      if (config.external[before].scope != each.scope || each.scope.empty()) continue;
      complain("scope",
               fmt::format("{} has a source already, the one with place {}", each.scope, before));
      break;
    }
    if (each.url.empty()) {
      complain("url", "is needed");
    } else if (auto url = check_url(each.url); !url) {
      complain("url", std::move(url).error().detail);
    }
    const bool influx = each.kind == SourceKind::influxdb;
    if (influx && each.bucket.empty()) complain("bucket", "is needed for influxdb", "kind");
    if (influx && each.org.empty()) complain("org", "is needed for influxdb", "kind");
    if (!influx && !each.bucket.empty()) complain("bucket", "is for influxdb only", "kind");
    if (!influx && !each.org.empty()) complain("org", "is for influxdb only", "kind");
  }
  return found;
}

std::vector<ConfigProblem> check_files(const Config& config) {
  std::vector<ConfigProblem> found;
  for (std::size_t i = 0; i < config.external.size(); ++i) {
    const ExternalConfig& each = config.external[i];
    if (!each.token_file.empty()) {
      const auto token = read_secret(each.token_file);
      if (!token) {
        found.push_back({i, "token_file", token.error().detail});
      } else if (token->empty()) {
        found.push_back({i, "token_file", "the first line is empty"});
      }
    }
    if (!each.ca_file.empty()) {
      const auto certificates = read_file(each.ca_file, kMaxCertificates);
      if (!certificates) {
        found.push_back({i, "ca_file", certificates.error().detail});
      } else if (certificates->find("BEGIN CERTIFICATE") == std::string::npos) {
        found.push_back({i, "ca_file", "holds no certificate (PEM)"});
      }
    }
  }
  return found;
}

std::vector<std::string> unknown_scopes(const Config& config, const schema::Clusters& clusters) {
  std::vector<std::string> out;
  for (const ExternalConfig& each : config.external) {
    const auto fits = [&each](const schema::Cluster& cluster) {
      return each.scope == cluster.name ||
             std::any_of(cluster.sub_clusters.begin(), cluster.sub_clusters.end(),
                         [&](const schema::SubCluster& sub) {
                           return each.scope == cluster.name + "-" + sub.name;
                         });
    };
    const auto& all = clusters.all();
    if (each.scope != "*" && std::none_of(all.begin(), all.end(), fits)) out.push_back(each.scope);
  }
  return out;
}

}  // namespace jobledger::sources
