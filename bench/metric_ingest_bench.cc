// SPDX-License-Identifier: MIT
// Metric messages from bytes to samples with everything resolved, on one core, beside a look for
// the line ends in the same bytes (memchr), which is as fast as memory can be read.
//
// usage: metric_ingest_bench [NODES]
#include "base/log.h"
#include "bench/metric_messages.h"
#include "ingest/metric_decoder.h"
#include "ingest/metric_line.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace jobledger;
using namespace jobledger::ingest;

constexpr std::int64_t kTime = 1'700'000'000;
constexpr int kRounds = 7;
constexpr std::size_t kBatch = 25;  // messages: about 4 MiB

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Messages {
  std::vector<std::string> texts;
  std::size_t bytes = 0, lines = 0;
};

void add(Messages& messages, std::string text) {
  messages.bytes += text.size();
  messages.lines += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  messages.texts.push_back(std::move(text));
}

// The best of some rounds: others use the machine, too.
template <class Work>
void measure(std::string_view what, const Messages& messages, Work work) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const double since = cpu_seconds();
    work();
    best = std::min(best, cpu_seconds() - since);
  }
  const auto lines = static_cast<double>(messages.lines);
  fmt::print("{:<58}{:>7.1f} ns/line {:>6.1f}M lines/s {:>6.2f} GB/s\n", what, best * 1e9 / lines,
             lines / best * 1e-6, static_cast<double>(messages.bytes) / best * 1e-9);
}

std::size_t count_lines(const Messages& messages) {
  std::size_t lines = 0;
  for (const std::string& text : messages.texts) {
    const char* end = text.data() + text.size();
    for (const char* p = text.data(); p != end; ++lines) {
      p = static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(end - p))) + 1;
    }
  }
  return lines;
}

double tokenize(const Messages& messages) {
  double sum = 0;
  Line line;
  for (const std::string& text : messages.texts) {
    LineReader reader(text);
    while (reader.next(line)) sum += line.fields.front().real;
  }
  return sum;
}

double read(const Messages& messages) {
  double sum = 0;
  MetricLine line;
  for (const std::string& text : messages.texts) {
    MetricReader reader(text);
    while (reader.next(line)) sum += static_cast<double>(line.value);
  }
  return sum;
}

std::size_t decode(const Messages& messages, MetricDecoder& decoder) {
  std::size_t samples = 0;
  for (std::size_t first = 0; first < messages.texts.size(); first += kBatch) {
    std::vector<RawMessage> raw;
    for (std::size_t i = first; i < std::min(first + kBatch, messages.texts.size()); ++i) {
      raw.push_back({i + 1, kTime * 1'000'000'000, "hpc-nats", messages.texts[i]});
    }
    samples += decoder.decode(raw).samples.samples.size();
  }
  return samples;
}

// The same lines, those of different nodes in turn.
Messages interleave(const Messages& messages, std::size_t nodes) {
  Messages mixed;
  for (std::size_t first = 0; first + nodes <= messages.texts.size(); first += nodes) {
    std::vector<std::string_view> rest(
        messages.texts.begin() + static_cast<std::ptrdiff_t>(first),
        messages.texts.begin() + static_cast<std::ptrdiff_t>(first + nodes));
    std::string text;
    while (!rest.front().empty()) {
      for (std::string_view& one : rest) {
        const std::size_t length = std::min(one.find('\n') + 1, one.size());
        text += one.substr(0, length);
        one.remove_prefix(length);
      }
    }
    add(mixed, std::move(text));
  }
  return mixed;
}

// Every metric but those of the node is one that nobody knows.
Messages rename(const Messages& messages) {
  Messages renamed;
  for (const std::string& text : messages.texts) {
    std::string other;
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t length = std::min(rest.find('\n') + 1, rest.size());
      if (rest.substr(0, length).find("type=node") == std::string_view::npos) other += "my_";
      other += rest.substr(0, length);
      rest.remove_prefix(length);
    }
    add(renamed, std::move(other));
  }
  return renamed;
}

}  // namespace

int main(int argc, char** argv) {
  const int nodes = argc > 1 ? std::atoi(argv[1]) : 400;
  bench::MetricMessages generator;
  Messages messages;
  for (int node = 0; node < nodes; ++node) add(messages, generator.message(node, kTime + node % 7));
  std::vector<schema::Cluster> list;
  list.push_back(bench::MetricMessages::cluster());
  const auto clusters = std::make_shared<const schema::Clusters>(std::move(list));
  MetricDecoder decoder({}, {}, [&clusters] { return clusters; });

  fmt::print("{} messages of {} lines, {:.1f} B a line\n", nodes,
             bench::MetricMessages::kLinesOfNode,
             static_cast<double>(messages.bytes) / static_cast<double>(messages.lines));
  measure("raw limit: line ends by memchr", messages,
          [&] { CHECK(count_lines(messages) == messages.lines, "lines"); });
  measure("tokens of every line, no memory of others (LineReader)", messages,
          [&] { CHECK(tokenize(messages) > 0, "values"); });
  measure("parts and numbers (MetricReader)", messages,
          [&] { CHECK(read(messages) > 0, "values"); });
  measure("samples with everything resolved (MetricDecoder)", messages,
          [&] { CHECK(decode(messages, decoder) == messages.lines, "samples"); });
  const Messages mixed = interleave(messages, 8);
  measure("... lines of 8 nodes in turn", mixed,
          [&] { CHECK(decode(mixed, decoder) == mixed.lines, "samples"); });
  const Messages renamed = rename(messages);
  measure("... 98 % of the metrics unknown", renamed,
          [&] { CHECK(decode(renamed, decoder) > 0, "samples"); });
  return 0;
}
