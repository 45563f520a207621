// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/example_archive.h"
#include "cli/exit_codes.h"
#include "cli/pacing.h"
#include "cli/simulate_publish.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>

namespace jobledger::cli {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// So that a lost broker is noticed, and little is under way.
constexpr std::uint64_t kFlushEvery = 1000;
constexpr std::size_t kFlushBytes = 8 << 20;

// Several clusters as one stream, in order of time.
class Stream {
 public:
  explicit Stream(const SimulateOptions& options) {
    for (const std::string& name : options.clusters) {
      SimulationConfig config = options.simulation;
      config.cluster.name = name;
      config.seed += heads_.size();
      simulations_.push_back(std::make_unique<Simulation>(config));
      heads_.push_back(simulations_.back()->next());
    }
  }

  std::optional<SimulatedEvent> next() {
    std::size_t first = heads_.size();
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      if (heads_[i] && (first == heads_.size() || heads_[i]->time < heads_[first]->time)) first = i;
    }
    if (first == heads_.size()) return std::nullopt;
    return std::exchange(heads_[first], simulations_[first]->next());
  }

 private:
  std::vector<std::unique_ptr<Simulation>> simulations_;
  std::vector<std::optional<SimulatedEvent>> heads_;
};

struct Totals {
  std::uint64_t starts = 0, stops = 0, repeats = 0, malformed = 0, node_reports = 0, messages = 0;
  std::uint64_t metric_messages = 0, samples = 0;

  std::uint64_t events() const { return messages - metric_messages; }

  void add(const SimulatedEvent& event) {
    ++messages;
    if (event.repeated) {
      ++repeats;
    } else if (event.kind == SimulatedEvent::Kind::start) {
      ++starts;
    } else if (event.kind == SimulatedEvent::Kind::stop) {
      ++stops;
    } else if (event.kind == SimulatedEvent::Kind::malformed) {
      ++malformed;
    } else if (event.kind == SimulatedEvent::Kind::metrics) {
      ++metric_messages;
      samples += event.samples;
    } else {
      ++node_reports;
    }
  }
  void print() const {
    fmt::print(
        "{} messages: {} starts, {} stops, {} repeats, {} malformed, {} node reports, {} metric "
        "messages, {} samples\n",
        messages, starts, stops, repeats, malformed, node_reports, metric_messages, samples);
    std::fflush(stdout);
  }
};

class Run {
 public:
  Run(const SimulateOptions& options, Pacing pacing, std::optional<Publisher> publisher)
      : options_(options),
        pacing_(pacing),
        publisher_(std::move(publisher)),
        stream_(options),
        signals_(loop_, SIGINT, SIGTERM) {
    signals_.async_wait([this](const auto& ec, int) { stopped_ = stopped_ || !ec; });
  }

  int all() {
    while (!stopped_) {
      auto event = stream_.next();
      if (!event || !wait_for(*event)) break;
      if (auto sent = send(*event); !sent) return fail(sent.error());
    }
    if (publisher_) {
      if (auto flushed = publisher_->flush(10s); !flushed) return fail(flushed.error());
      totals_.print();
    }
    return kExitDone;
  }

 private:
  // Until the event is due. False when it is time to stop.
  bool wait_for(const SimulatedEvent& event) {
    auto due = begin_ + pacing_.due(event.time, totals_.events());
    if (event.samples > 0) due = std::max(due, samples_.due());
    const auto end = options_.seconds > 0 ? begin_ + std::chrono::seconds(options_.seconds)
                                          : Clock::time_point::max();
    loop_.poll();
    while (!stopped_ && std::min(due, end) > Clock::now()) {
      asio::steady_timer timer(loop_, std::min(due, end));
      bool over = false;
      timer.async_wait([&over](const auto&) { over = true; });
      while (!over && !stopped_) loop_.run_one();
      timer.cancel();
      while (!over) loop_.run_one();
    }
    return !stopped_ && Clock::now() < end;
  }

  Result<void> send(const SimulatedEvent& event) {
    totals_.add(event);
    samples_.spend(Clock::now(), event.samples);
    if (!publisher_) {
      const bool lines = event.message.ends_with('\n');
      fmt::print("{}{}", event.message, lines ? "" : "\n");
      return {};
    }
    TRY(publisher_->publish(subject_of(event.kind), event.message));
    unflushed_ += event.message.size();
    if (totals_.messages % kFlushEvery == 0 || unflushed_ > kFlushBytes) {
      TRY(publisher_->flush(30s));
      unflushed_ = 0;
    }
    return {};
  }

  const std::string& subject_of(SimulatedEvent::Kind kind) const {
    if (kind == SimulatedEvent::Kind::metrics) return options_.metric_subject;
    const bool of_nodes = kind == SimulatedEvent::Kind::node_states;
    return of_nodes ? options_.node_subject : options_.job_subject;
  }

  const SimulateOptions& options_;
  Pacing pacing_;
  std::optional<Publisher> publisher_;
  Stream stream_;
  asio::io_context loop_{1};
  asio::signal_set signals_;
  bool stopped_ = false;
  Totals totals_;
  std::size_t unflushed_ = 0;  // bytes
  Allowance samples_{options_.metric_rate};
  const Clock::time_point begin_ = Clock::now();
};

int write_archive(const SimulateOptions& options) {
  if (options.simulation.max_jobs == 0) {
    return fail(invalid("--write-archive needs --jobs: how many jobs there shall be"));
  }
  for (std::size_t i = 0; i < options.clusters.size(); ++i) {
    SimulationConfig config = options.simulation;
    config.cluster.name = options.clusters[i];
    config.seed += i;
    auto written = write_example_archive(options.write_archive, config);
    if (!written) return fail(written.error());
    fmt::print("{}: {} jobs of cluster {}\n", options.write_archive.string(), *written,
               config.cluster.name);
  }
  return kExitDone;
}

}  // namespace

int simulate(SimulateOptions options) {
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  const bool history =
      !options.write_archive.empty() || options.rate != "real" || options.compression > 1;
  SimulationConfig& simulation = options.simulation;
  // Clusters say how often their agents measure.
  if (const auto interval = simulation.agents.interval; interval > 0) {
    simulation.cluster.timestep = static_cast<std::int32_t>(interval);
  }
  if (simulation.start == 0) simulation.start = default_start(simulation, now, history);
  if (simulation.first_job_id == 0) simulation.first_job_id = default_job_id(simulation.start);
  if (!options.write_archive.empty()) return write_archive(options);

  auto pacing = Pacing::parse(options.rate, options.compression, simulation.start, now);
  if (!pacing) return fail(pacing.error());
  std::optional<Publisher> publisher;
  if (!options.print) {
    auto connected = Publisher::connect(options.nats_url);
    if (!connected) return fail(connected.error());
    publisher.emplace(*std::move(connected));
  }
  return Run(options, *pacing, std::move(publisher)).all();
}

}  // namespace jobledger::cli
