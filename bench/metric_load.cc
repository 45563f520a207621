// SPDX-License-Identifier: MIT
// Publishes metrics of a made-up cluster to a broker, faster than any cluster does: line protocol,
// one message a node and time step, the values those of metric_site.h. An hour's messages of a few
// nodes are made once; of each only host name and time are written anew.
//
// usage: metric_load cluster STEP METRICS              prints the cluster.json of "fritz"
//        metric_load URL SUBJECT HOSTS STEP METRICS TICKS [PACE]
// STEP: seconds between samples. METRICS: the first of them by hardware thread, 0 to 11, and all
// others. PACE: seconds between ticks, which are of the time when they are sent; 0: as fast as the
// broker takes them, and the last is of now. Prints "MESSAGES SAMPLES BYTES".
#include "base/log.h"
#include "bench/metric_site.h"
#include "ingest/nats_link.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace jobledger;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kThreadMetrics = 11, kPatterns = 4, kSlots = 64;
constexpr std::string_view kHost = "f0000", kTime = "1700000000";

std::vector<bench::Metric> metrics_of(std::size_t thread_metrics) {
  auto all = bench::profile();
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(thread_metrics),
            all.begin() + kThreadMetrics);
  return all;
}

// A message with the places where host and time stand.
struct Template {
  std::string text;
  std::vector<std::size_t> hosts, times;
  std::size_t lines = 0;

  void add(const bench::Metric& metric, std::size_t element, float value) {
    text += fmt::format("{},cluster=fritz,hostname=", metric.name);
    hosts.push_back(text.size());
    text += fmt::format("{},type={}", kHost, metric.scope);
    if (metric.scope != "node") text += fmt::format(",type-id={}", element);
    text += fmt::format(" value={} ", value);
    times.push_back(text.size());
    text += fmt::format("{}\n", kTime);
    ++lines;
  }
  void set(std::string_view host, std::string_view time) {
    for (const std::size_t at : hosts) host.copy(text.data() + at, host.size());
    for (const std::size_t at : times) time.copy(text.data() + at, time.size());
  }
};

std::vector<Template> make_templates(const std::vector<bench::Metric>& metrics) {
  std::vector<Template> out(kPatterns * kSlots);
  for (std::size_t pattern = 0; pattern < kPatterns; ++pattern) {
    bench::HostWindow window(pattern + 1, {kSlots, pattern % 4 != 3, true});
    for (const bench::Metric& metric : metrics) {
      const std::vector<float> values = window.make(metric.model, metric.elements);
      for (std::size_t element = 0; element < metric.elements; ++element) {
        for (std::size_t slot = 0; slot < kSlots; ++slot) {
          out[pattern * kSlots + slot].add(metric, element, values[element * kSlots + slot]);
        }
      }
    }
  }
  return out;
}

struct Plan {
  std::string url, subject;
  std::size_t hosts = 0;
  std::int64_t step = 0;
  std::size_t metrics = 0;
  std::int64_t ticks = 0;
  double pace = 0;
};

class Publisher {
 public:
  explicit Publisher(const Plan& plan)
      : plan_(plan), templates_(make_templates(metrics_of(plan.metrics))) {
    ingest::NatsConfig config;
    config.url = plan.url;
    auto link = ingest::NatsLink::open(config, [](std::string) {});
    CHECK(link.has_value(), "no broker at {}: {}", plan.url, link.error().detail);
    link_ = *std::move(link);
  }
  ~Publisher() { link_->close(); }

  void run() {
    const auto begin = Clock::now();
    const std::int64_t last = now();
    for (std::int64_t tick = 0; tick < plan_.ticks; ++tick) {
      if (plan_.pace > 0) {
        const std::chrono::duration<double> due(static_cast<double>(tick) * plan_.pace);
        std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(due));
      }
      publish(tick, plan_.pace > 0 ? now() : last - (plan_.ticks - 1 - tick) * plan_.step);
    }
    fmt::print("{} {} {}\n", messages_, samples_, bytes_);
  }

 private:
  std::int64_t now() const { return std::time(nullptr) / plan_.step * plan_.step; }

  void publish(std::int64_t tick, std::int64_t time) {
    const std::string text = fmt::format("{:010}", time);
    for (std::size_t host = 0; host < plan_.hosts; ++host) {
      Template& message =
          templates_[host % kPatterns * kSlots + static_cast<std::size_t>(tick) % kSlots];
      message.set(fmt::format("f{:04}", host), text);
      CHECK(link_->publish(plan_.subject, {}, message.text).has_value(), "publish");
      if (++messages_ % 50 == 0) CHECK(link_->flush().has_value(), "flush");
      samples_ += message.lines;
      bytes_ += message.text.size();
    }
    CHECK(link_->flush().has_value(), "flush");
  }

  const Plan plan_;
  std::vector<Template> templates_;
  std::unique_ptr<ingest::NatsLink> link_;
  std::size_t messages_ = 0, samples_ = 0, bytes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at) { return argc > at ? std::strtoll(argv[at], nullptr, 10) : 0; };
  if (argc == 4 && std::string_view(argv[1]) == "cluster") {
    const auto metrics = metrics_of(static_cast<std::size_t>(number(3)));
    fmt::print("{}\n", bench::cluster_text(metrics, static_cast<int>(number(2))));
    return 0;
  }
  if (argc < 7) {
    fmt::print(
        stderr,
        "metric_load: cluster STEP METRICS, or URL SUBJECT HOSTS STEP METRICS TICKS [PACE]\n");
    return 2;
  }
  Plan plan{argv[1],
            argv[2],
            static_cast<std::size_t>(number(3)),
            number(4),
            static_cast<std::size_t>(number(5)),
            number(6),
            argc > 7 ? std::strtod(argv[7], nullptr) : 0};
  Publisher(plan).run();
  return 0;
}
