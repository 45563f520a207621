// SPDX-License-Identifier: MIT
#include "bench/metric_messages.h"

#include "base/log.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace jobledger::bench {
namespace {

constexpr int kThreads = 144, kSockets = 2;

// Collectors that report all metrics of one hwthread after the other, and all hwthreads of one
// metric after the other.
constexpr std::array<std::string_view, 5> kByThread = {"cpu_user", "cpu_system", "cpu_idle",
                                                       "cpu_iowait", "cpu_irq"};
constexpr std::array<std::string_view, 6> kByMetric = {
    "clock", "ipc", "flops_any", "flops_dp", "flops_sp", "vectorization_ratio"};
constexpr std::array<std::string_view, 4> kBySocket = {"mem_bw", "cpu_power", "mem_power",
                                                       "core_power"};
constexpr std::array<std::string_view, 19> kOfNode = {
    "cpu_load",           "mem_used",     "mem_cached",  "net_bytes_in",
    "net_bytes_out",      "net_bw",       "ib_recv",     "ib_xmit",
    "ib_recv_pkts",       "ib_xmit_pkts", "lustre_open", "lustre_close",
    "lustre_statfs",      "file_bw",      "nfs4_read",   "lustre_read_bytes",
    "lustre_write_bytes", "nfs4_write",   "nfs4_total"};
static_assert(kThreads * (kByThread.size() + kByMetric.size()) + kSockets * kBySocket.size() +
                  kOfNode.size() + kByThread.size() ==
              MetricMessages::kLinesOfNode);

}  // namespace

std::string MetricMessages::host(int node) { return fmt::format("f{:04}", node); }

void MetricMessages::add_line(std::string_view metric, std::string_view tags) {
  char value[32];
  const double number = std::uniform_real_distribution<double>(0, 100)(random_);
  const char* from = value;
  const char* end = std::to_chars(value, value + sizeof value, number).ptr;
  text_.append(metric).append(",cluster=fritz,hostname=").append(host_).append(tags);
  text_.append(" value=").append(from, end).append(end_);
}

std::string MetricMessages::message(int node, std::int64_t time) {
  text_.clear();
  host_ = host(node);
  end_ = fmt::format(" {}\n", time);
  for (int thread = 0; thread < kThreads; ++thread) {
    for (const auto metric : kByThread) {
      add_line(metric, fmt::format(",type=hwthread,type-id={}", thread));
    }
  }
  for (const auto metric : kByMetric) {
    for (int thread = 0; thread < kThreads; ++thread) {
      add_line(metric, fmt::format(",type=hwthread,type-id={}", thread));
    }
  }
  for (const auto metric : kBySocket) {
    for (int socket = 0; socket < kSockets; ++socket) {
      add_line(metric, fmt::format(",type=socket,type-id={}", socket));
    }
  }
  for (const auto metric : kOfNode) add_line(metric, ",type=node");
  for (const auto metric : kByThread) add_line(metric, ",type=node");
  return text_;
}

schema::Cluster MetricMessages::cluster() {
  std::string metrics;
  const auto add = [&metrics](std::string_view name, std::string_view scope) {
    metrics += fmt::format(
        R"({}{{"name":"{}","unit":{{"base":""}},"scope":"{}","timestep":60,"aggregation":"avg",)"
        R"("peak":1,"normal":1,"caution":1,"alert":1}})",
        metrics.empty() ? "" : ",", name, scope);
  };
  for (const auto name : kByThread) add(name, "hwthread");
  for (const auto name : kByMetric) add(name, "hwthread");
  for (const auto name : kBySocket) add(name, "socket");
  for (const auto name : kOfNode) add(name, "node");
  auto cluster = schema::parse_cluster(fmt::format(
      R"({{"name":"fritz","metricConfig":[{}],"subClusters":[{{"name":"main",)"
      R"("nodes":"f[0000-9999]","processorType":"X","socketsPerNode":1,"coresPerSocket":1,)"
      R"("threadsPerCore":1,"flopRateScalar":{{"unit":{{"base":"F/s"}},"value":1}},)"
      R"("flopRateSimd":{{"unit":{{"base":"F/s"}},"value":1}},)"
      R"("memoryBandwidth":{{"unit":{{"base":"B/s"}},"value":1}},)"
      R"("topology":{{"node":[0],"socket":[[0]],"memoryDomain":[[0]],"core":[[0]]}}}}]}})",
      metrics));
  CHECK(cluster.has_value(), "cluster: {}", cluster.error().detail);
  return *std::move(cluster);
}

}  // namespace jobledger::bench
