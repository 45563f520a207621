// SPDX-License-Identifier: MIT
// Size and speed of the metric store's columns and blocks, beside LZ4 and memcpy of the raw floats
// in the same run: first one series type after the other, then whole hosts.
// usage: metric_codec_bench [WINDOWS]      windows that a figure is made from; default: 20
#include "bench/metric_generator.h"
#include "storage/metrics/block_codec.h"
#include "storage/metrics/column_codec.h"

#include <lz4.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace jobledger::bench {
namespace {

using namespace storage::metrics;
using schema::Aggregation;
using schema::MetricScope;

constexpr std::size_t kHwthreads = 144, kSockets = 2, kDomains = 4;
constexpr int kRepeats = 7;  // the fastest counts

// Seconds that work() takes, at best.
template <class Work>
double best_time(Work work) {
  double best = 1e9;
  for (int i = 0; i < kRepeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
  }
  return best;
}

void require(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "metric_codec_bench: %s\n", what);
  std::exit(1);
}

bool same_bits(std::span<const float> left, std::span<const float> right) {
  return std::ranges::equal(left, right, [](float a, float b) {
    return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
  });
}

struct Figures {
  double samples = 0, bytes = 0, lz4_bytes = 0;
  double encode = 0, decode = 0, lz4_encode = 0, lz4_decode = 0, copy = 0;  // seconds

  Figures& operator+=(const Figures& more) {
    samples += more.samples;
    bytes += more.bytes;
    lz4_bytes += more.lz4_bytes;
    encode += more.encode;
    decode += more.decode;
    lz4_encode += more.lz4_encode;
    lz4_decode += more.lz4_decode;
    copy += more.copy;
    return *this;
  }
  void print(std::string_view what) const {
    const double ns = 1e9 / samples;
    std::printf("| %-24.*s | %5.2f | %5.2f | %5.1f | %5.1f | %5.1f | %5.1f | %5.2f |\n",
                static_cast<int>(what.size()), what.data(), bytes / samples, lz4_bytes / samples,
                encode * ns, decode * ns, lz4_encode * ns, lz4_decode * ns, copy * ns);
  }
};

void print_head(const char* first) {
  std::printf(
      "\n| %-24s | B/sample | LZ4 B/sample | encode ns | decode ns | LZ4 encode ns | "
      "LZ4 decode ns | memcpy ns |\n|---|---|---|---|---|---|---|---|\n",
      first);
}

// What LZ4 and memcpy do with the same floats.
void measure_limits(const std::vector<float>& values, Figures& figures) {
  const auto bytes = static_cast<int>(values.size() * sizeof(float));
  const auto* from = reinterpret_cast<const char*>(values.data());
  std::string packed(static_cast<std::size_t>(LZ4_compressBound(bytes)), '\0');
  std::vector<float> back(values.size());
  auto* to = reinterpret_cast<char*>(back.data());
  int size = 0;
  figures.lz4_encode += best_time([&] {
    size = LZ4_compress_default(from, packed.data(), bytes, static_cast<int>(packed.size()));
  });
  figures.lz4_decode += best_time(
      [&] { require(LZ4_decompress_safe(packed.data(), to, size, bytes) == bytes, "LZ4 failed"); });
  figures.lz4_bytes += size;
  figures.copy += best_time([&] {
    std::memcpy(to, from, values.size() * sizeof(float));
    asm volatile("" : : "r"(to) : "memory");
  });
}

Figures measure_raw_block(const RawBlock& block) {
  Figures figures;
  figures.samples = static_cast<double>(block.values.size());
  std::string bytes;
  figures.encode = best_time([&] {
    bytes.clear();
    encode_raw_block(bytes, block);
  });
  std::size_t read = 0;
  figures.decode = best_time([&] { read = decode_raw_block(bytes, {})->values.size(); });
  require(read == block.values.size(), "a raw block became shorter");
  require(same_bits(decode_raw_block(bytes, {})->values, block.values), "a raw block changed");
  figures.bytes = static_cast<double>(bytes.size());
  measure_limits(block.values, figures);
  return figures;
}

// `samples`: 0 where they were counted with the raw block already.
Figures measure_rollup_block(const RollupBlock& block, std::size_t samples) {
  Figures figures;
  figures.samples = static_cast<double>(samples);
  std::string bytes;
  figures.encode = best_time([&] {
    bytes.clear();
    encode_rollup_block(bytes, block);
  });
  std::size_t read = 0;
  figures.decode = best_time([&] { read = decode_rollup_block(bytes, {})->series.size(); });
  require(read == 1, "a roll-up block lost its node");
  const auto back = decode_rollup_block(bytes, {});
  require(same_bits(back->series[0].values, block.series[0].values), "a roll-up block changed");
  figures.bytes = static_cast<double>(bytes.size());
  if (samples > 0) measure_limits(block.series[0].values, figures);
  return figures;
}

struct HostMetric {
  MetricModel model;
  MetricScope scope;
  Aggregation aggregation;
  std::size_t times = 1;
};

// Profile B: 11 names of hwthreads, 4 of sockets, 19 of the node and 5 node copies of cpu_*.
const std::vector<HostMetric>& profile_b() {
  using enum MetricModel;
  constexpr auto kThread = MetricScope::hwthread, kSocket = MetricScope::socket,
                 kNode = MetricScope::node;
  constexpr auto kSum = Aggregation::sum, kAvg = Aggregation::avg;
  static const std::vector<HostMetric> metrics{
      {cpu_user, kThread, kAvg},      {cpu_system, kThread, kAvg}, {cpu_idle, kThread, kAvg},
      {cpu_iowait, kThread, kAvg},    {zero, kThread, kAvg},       {clock_mhz, kThread, kAvg},
      {ipc, kThread, kAvg},           {flops, kThread, kSum, 2},   {zero, kThread, kSum},
      {vectorization, kThread, kAvg}, {mem_bw, kSocket, kSum},     {socket_power, kSocket, kSum, 3},
      {cpu_user, kNode, kAvg},        {cpu_system, kNode, kAvg},   {cpu_idle, kNode, kAvg},
      {cpu_iowait, kNode, kAvg},      {zero, kNode, kAvg},         {load, kNode, kAvg},
      {mem_used_gb, kNode, kSum, 2},  {rate, kNode, kSum, 10},     {zero, kNode, kSum, 6}};
  return metrics;
}

std::size_t elements_of(MetricScope scope) {
  return scope == MetricScope::hwthread ? kHwthreads : scope == MetricScope::socket ? kSockets : 1;
}

// Elements begin to end of a raw block as one series.
RollupSeries roll_up(const RawBlock& block, std::size_t begin, std::size_t end, bool average) {
  RollupSeries series;
  series.elements = static_cast<std::uint32_t>(end - begin);
  for (std::size_t slot = 0; slot < block.grid.slots; ++slot) {
    double sum = 0, count = 0;
    for (std::size_t element = begin; element < end; ++element) {
      const float value = block.column(element)[slot];
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
    const double value = count == 0 ? std::nan("") : average ? sum / count : sum;
    series.values.push_back(static_cast<float>(value));
    if (count == 0) continue;
    Summary& summary = series.summary;
    summary.samples += static_cast<std::uint64_t>(count);
    summary.sum += series.values.back();
    summary.min =
        summary.count == 0 ? series.values.back() : std::min(summary.min, series.values.back());
    summary.max =
        summary.count == 0 ? series.values.back() : std::max(summary.max, series.values.back());
    ++summary.count;
  }
  return series;
}

RollupBlock roll_up(const RawBlock& block, const HostMetric& metric) {
  RollupBlock result;
  result.grid = block.grid;
  const bool average = metric.aggregation == Aggregation::avg;
  const std::size_t elements = block.elements.size();
  const auto add = [&](MetricScope scope, std::size_t parts) {
    for (std::size_t i = 0; i < parts; ++i) {
      RollupSeries series =
          roll_up(block, i * elements / parts, (i + 1) * elements / parts, average);
      series.scope = scope;
      series.index = static_cast<std::uint32_t>(i);
      result.series.push_back(std::move(series));
    }
  };
  add(MetricScope::node, 1);
  if (metric.scope != MetricScope::node) add(MetricScope::socket, kSockets);
  if (metric.scope == MetricScope::hwthread) add(MetricScope::memory_domain, kDomains);
  return result;
}

RawBlock make_block(HostWindow& host, MetricModel model, std::size_t elements) {
  RawBlock block;
  block.grid = {27'000'000, static_cast<std::uint32_t>(host.slots()), 60, 7};
  for (std::uint32_t i = 0; i < elements; ++i) block.elements.push_back(100 + i);
  block.values = host.make(model, elements);
  return block;
}

// The host was silent for some slots, and one sample in a thousand was lost on its own.
void cut_gaps(RawBlock& block, std::uint64_t seed, std::mt19937_64& random) {
  const std::size_t slots = block.grid.slots, begin = seed * 7 % slots, end = begin + seed % 5;
  for (std::size_t i = 0; i < block.values.size(); ++i) {
    const std::size_t slot = i % slots;
    if ((slot >= begin && slot < end) || random() % 1000 == 0) block.values[i] = std::nanf("");
  }
}

void bench_types(std::uint64_t windows) {
  print_head("one series type, busy host");
  for (int i = 0; i <= static_cast<int>(MetricModel::gpu_power); ++i) {
    const auto model = static_cast<MetricModel>(i);
    Figures figures;
    for (std::uint64_t seed = 0; seed < windows; ++seed) {
      HostWindow host(seed, {});
      figures += measure_raw_block(make_block(host, model, kHwthreads));
    }
    figures.print(to_string(model));
  }
}

struct HostCase {
  const char* what;
  HostShape shape;
  bool gaps = false;  // the host was silent for a while, and some hwthreads' samples are missing
};

// "raw" are the blocks of hwthreads and sockets by their samples; "all" adds the roll-up blocks,
// which for metrics of the node are the data.
void bench_host(const HostCase& host_case, std::uint64_t windows) {
  Figures raw, all;
  for (std::uint64_t seed = 0; seed < windows; ++seed) {
    HostWindow host(seed, host_case.shape);
    std::mt19937_64 random(seed);
    for (const HostMetric& metric : profile_b()) {
      for (std::size_t time = 0; time < metric.times; ++time) {
        RawBlock block = make_block(host, metric.model, elements_of(metric.scope));
        if (host_case.gaps) cut_gaps(block, seed, random);
        const bool of_node = metric.scope == MetricScope::node;
        if (!of_node) raw += measure_raw_block(block);
        all += measure_rollup_block(roll_up(block, metric), of_node ? host.slots() : 0);
      }
    }
  }
  all += raw;
  raw.print(std::string(host_case.what) + ", raw");
  all.print(std::string(host_case.what) + ", all");
}

// How long the common questions to the two blocks of one hwthread metric take.
void bench_reads(std::uint64_t windows) {
  double summaries = 0, node = 0, sockets = 0, one = 0, all = 0;
  for (std::uint64_t seed = 0; seed < windows; ++seed) {
    HostWindow host(seed, {});
    const RawBlock block = make_block(host, MetricModel::ipc, kHwthreads);
    std::string raw, rollup;
    encode_raw_block(raw, block);
    encode_rollup_block(
        rollup, roll_up(block, {MetricModel::ipc, MetricScope::hwthread, Aggregation::avg}));
    const std::uint32_t wanted[] = {block.elements[77]};
    const auto read_rollup = [&](MetricScope scope, bool values) {
      return best_time([&] {
        require(decode_rollup_block(rollup, {scope, values}).has_value(), "a roll-up block broke");
      });
    };
    const auto read_raw = [&](std::span<const std::uint32_t> elements) {
      return best_time(
          [&] { require(decode_raw_block(raw, elements).has_value(), "a raw block broke"); });
    };
    summaries += read_rollup(MetricScope::node, false);
    node += read_rollup(MetricScope::node, true);
    sockets += read_rollup(MetricScope::socket, true);
    one += read_raw(wanted);
    all += read_raw({});
  }
  const double ns = 1e9 / static_cast<double>(windows);
  std::printf(
      "\n| a window of one hwthread metric of one host | ns |\n|---|---|\n"
      "| summaries | %.0f |\n| node | %.0f |\n| sockets | %.0f |\n"
      "| one of %zu hwthreads | %.0f |\n| all hwthreads | %.0f |\n",
      summaries * ns, node * ns, sockets * ns, kHwthreads, one * ns, all * ns);
}

void run(std::uint64_t windows) {
  bench_types(windows);
  print_head("profile B, whole host");
  for (const HostCase& host_case :
       std::initializer_list<HostCase>{{"busy", {}},
                                       {"busy with gaps", {}, true},
                                       {"busy, own intervals", {.common_interval = false}},
                                       {"idle", {.busy = false}},
                                       {"busy, 16 slots", {.slots = 16}},
                                       {"busy, 240 slots", {.slots = 240}}}) {
    bench_host(host_case, windows);
  }
  bench_reads(windows);
}

}  // namespace
}  // namespace jobledger::bench

int main(int argc, char** argv) {
  jobledger::bench::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20);
}
