// SPDX-License-Identifier: MIT
#include "bench/metric_site.h"

#include <cstdio>

namespace jobledger::bench {
namespace {

constexpr std::size_t kPatterns = 12;  // different hosts; more repeat them

std::string list(int from, int to, int step = 1) {
  std::string text;
  for (int i = from; i < to; i += step) text += (text.empty() ? "" : ",") + std::to_string(i);
  return text;
}

}  // namespace

std::vector<Metric> profile() {
  std::vector<Metric> all;
  const auto add = [&](const char* name, const char* scope, const char* how, std::size_t elements,
                       MetricModel model) {
    all.push_back({name, scope, how, elements, model});
  };
  add("cpu_user", "hwthread", "avg", 144, MetricModel::cpu_user);
  add("cpu_system", "hwthread", "avg", 144, MetricModel::cpu_system);
  add("cpu_idle", "hwthread", "avg", 144, MetricModel::cpu_idle);
  add("cpu_iowait", "hwthread", "avg", 144, MetricModel::cpu_iowait);
  add("cpu_irq", "hwthread", "avg", 144, MetricModel::zero);
  add("clock", "hwthread", "avg", 144, MetricModel::clock_mhz);
  add("ipc", "hwthread", "avg", 144, MetricModel::ipc);
  add("flops_any", "hwthread", "sum", 144, MetricModel::flops);
  add("flops_dp", "hwthread", "sum", 144, MetricModel::flops);
  add("flops_sp", "hwthread", "sum", 144, MetricModel::zero);
  add("vectorization_ratio", "hwthread", "avg", 144, MetricModel::vectorization);
  add("mem_bw", "socket", "sum", 2, MetricModel::mem_bw);
  for (const char* name : {"cpu_power", "mem_power", "core_power"}) {
    add(name, "socket", "sum", 2, MetricModel::socket_power);
  }
  add("cpu_load", "node", "avg", 1, MetricModel::load);
  add("mem_used", "node", "sum", 1, MetricModel::mem_used_gb);
  for (int i = 0; i < 22; ++i) {
    all.push_back({"rate_" + std::to_string(i), "node", "sum", 1, MetricModel::rate});
  }
  return all;
}

std::string cluster_text(const std::vector<Metric>& metrics, int timestep) {
  std::string text = R"({"name":"fritz","metricConfig":[)";
  for (const Metric& m : metrics) {
    if (&m != &metrics.front()) text += ',';
    text += R"({"name":")" + m.name + R"(","unit":{"base":""},"scope":")" + m.scope +
            R"(","aggregation":")" + m.aggregation + R"(","timestep":)" + std::to_string(timestep) +
            R"(,"peak":1,"normal":1,"caution":1,"alert":1})";
  }
  std::string cores;
  for (int c = 0; c < 72; ++c) {
    cores += (c > 0 ? ",[" : "[") + std::to_string(c) + "," + std::to_string(c + 72) + "]";
  }
  const auto part = [](int from, int to) {
    return "[" + list(from, to) + "," + list(from + 72, to + 72) + "]";
  };
  text += R"(],"subClusters":[{"name":"main","nodes":"f[0000-9999]","processorType":"X",
    "socketsPerNode":2,"coresPerSocket":36,"threadsPerCore":2,
    "flopRateScalar":{"unit":{"base":"F/s"},"value":1},"flopRateSimd":{"unit":{"base":"F/s"},"value":1},
    "memoryBandwidth":{"unit":{"base":"B/s"},"value":1},"topology":{"node":[)" +
          list(0, 144) + R"(],"socket":[)" + part(0, 36) + "," + part(36, 72) +
          R"(],"memoryDomain":[)" + part(0, 18) + "," + part(18, 36) + "," + part(36, 54) + "," +
          part(54, 72) + R"(],"core":[)" + cores + "]}}]}";
  return text;
}

Load::Load(const std::vector<Metric>& metrics, std::uint32_t hosts)
    : metrics_(metrics), hosts_(hosts) {
  for (std::size_t p = 0; p < kPatterns; ++p) {
    HostWindow window(p + 1, {64, p % 4 != 3, true});
    for (const Metric& metric : metrics) {
      values_.push_back(window.make(metric.model, metric.elements));
    }
  }
  for (std::uint32_t h = 0; h < hosts; ++h) {
    char name[16];
    std::snprintf(name, sizeof name, "f%04u", h);
    names_.emplace_back(name);
  }
  numbers_.reserve(144);
  for (int i = 0; i < 144; ++i) numbers_.push_back(std::to_string(i));
}

const storage::metrics::SampleBatch& Load::batch(std::uint32_t from, std::uint32_t to,
                                                 std::int64_t tick) {
  batch_.clear();
  const std::int64_t time = kBegin + tick * 60;
  batch_.log_time = time + 10;
  batch_.elements.push_back({});
  for (const auto& number : numbers_) batch_.elements.push_back({"hwthread", number, {}, {}});
  for (int s = 0; s < 2; ++s)
    batch_.elements.push_back({"socket", numbers_[static_cast<std::size_t>(s)], {}, {}});
  for (const Metric& m : metrics_) batch_.metrics.push_back({"fritz", m.name, 60});
  for (std::uint32_t h = from; h < to; ++h) {
    batch_.hosts.push_back({"fritz", names_[h]});
    add_host(h - from, h % kPatterns, static_cast<std::size_t>(tick % 64), time + h % 50);
  }
  return batch_;
}

std::size_t Load::series() const {
  std::size_t sum = 0;
  for (const Metric& m : metrics_) sum += m.elements;
  return sum;
}

void Load::add_host(std::uint32_t host, std::size_t pattern, std::size_t slot, std::int64_t time) {
  for (std::uint32_t m = 0; m < metrics_.size(); ++m) {
    const std::size_t n = metrics_[m].elements;
    const std::vector<float>& values = values_[pattern * metrics_.size() + m];
    const std::uint32_t first = n == 144 ? 1 : n == 2 ? 145 : 0;
    for (std::uint32_t e = 0; e < n; ++e) {
      batch_.samples.push_back({m, host, first + e, values[e * 64 + slot], time});
    }
  }
}

}  // namespace jobledger::bench
