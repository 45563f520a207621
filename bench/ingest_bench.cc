// SPDX-License-Identifier: MIT
// Job start events from a real broker until they are durable and visible, beside the raw limit of
// the same run: the same pulls, with the raw text written to RocksDB with sync.
//
// usage: ingest_bench [EVENTS [NATS-SERVER [--raw|--metrics]]]
// --raw: prints the raw limit alone, as a bare number. --metrics: the same of so many messages of
// metrics, one of a node each.
#include "base/file.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "bench/job_generator.h"
#include "bench/metric_messages.h"
#include "ingest/ingest.h"
#include "ingest/line_protocol.h"
#include "ingest/nats_link.h"
#include "ingest/nats_source.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <rocksdb/db.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace jobledger;
using namespace jobledger::ingest;
using Clock = std::chrono::steady_clock;

constexpr const char* kSubject = "cc.job.event";
constexpr int kSingles = 200;

double seconds_since(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class Condition>
void wait_for(const char* what, Condition condition) {
  const auto deadline = Clock::now() + std::chrono::minutes(5);
  while (!condition()) {
    CHECK(Clock::now() < deadline, "waited in vain for {}", what);
    ::poll(nullptr, 0, 1);
  }
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class Broker {
 public:
  explicit Broker(const char* program) {
    port_ = free_port();
    const std::string port = std::to_string(port_), data = directory_.path() / "jetstream";
    const std::string log = directory_.path() / "log";
    const char* arguments[] = {program,     "-a",  "127.0.0.1", "-p",         port.c_str(), "-l",
                               log.c_str(), "-js", "-sd",       data.c_str(), nullptr};
    process_ = ::fork();
    if (process_ == 0) {
      ::execvp(program, const_cast<char* const*>(arguments));
      ::_exit(127);
    }
    wait_for("the broker", [this] { return listens(); });
  }
  ~Broker() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }
  std::string url() const { return fmt::format("nats://127.0.0.1:{}", port_); }

 private:
  static int free_port() {
    const Fd probe(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    CHECK(
        ::bind(probe.get(), generic, size) == 0 && ::getsockname(probe.get(), generic, &size) == 0,
        "no free port");
    return ntohs(address.sin_port);
  }
  bool listens() const {
    const Fd probe(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address = loopback(port_);
    return ::connect(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  TemporaryDirectory directory_;
  int port_ = 0;
  pid_t process_ = -1;
};

// As the Slurm adapter sends it.
std::string start_message(const schema::Job& job) {
  std::string resources;
  for (const schema::Resource& resource : job.resources) {
    if (!resources.empty()) resources += ',';
    resources += fmt::format(R"({{"hostname":"{}"}})", resource.hostname);
  }
  const std::string json = fmt::format(
      R"({{"cluster":"{}","subCluster":"","partition":"{}","project":"{}","user":"{}",)"
      R"("shared":"{}","jobState":"","resources":[{}],"energyFootprint":null,"footprint":null,)"
      R"("metaData":{{"jobName":"{}"}},"concurrentJobs":{{"items":null,"count":0}},"energy":0,)"
      R"("walltime":{},"jobId":{},"duration":0,"numHwthreads":{},"numNodes":{},)"
      R"("statistics":null,"startTime":{}}})",
      job.cluster, job.partition, job.project, job.user, to_string(job.shared), resources,
      job.meta("jobName"), job.walltime, job.job_id, job.num_hwthreads, job.num_nodes,
      job.start_time);
  std::string line = "job,function=start_job,hostname=sched,type=node,type-id=0 event=";
  write_line_string(line, json);
  return line + fmt::format(" {}000000000\n", job.start_time);
}

schema::Cluster any_cluster(const std::string& name) {
  auto cluster = schema::parse_cluster(fmt::format(
      R"({{"name":"{}","metricConfig":[{{"name":"cpu_load","unit":{{"base":""}},"scope":"node",)"
      R"("timestep":60,"aggregation":"avg","peak":1,"normal":1,"caution":1,"alert":1}}],"subClusters":[{{"name":"main","nodes":"*",)"
      R"("processorType":"X","socketsPerNode":1,"coresPerSocket":1,"threadsPerCore":1,)"
      R"("flopRateScalar":{{"unit":{{"base":"F/s"}},"value":1}},)"
      R"("flopRateSimd":{{"unit":{{"base":"F/s"}},"value":1}},)"
      R"("memoryBandwidth":{{"unit":{{"base":"B/s"}},"value":1}},)"
      R"("topology":{{"node":[0],"socket":[[0]],"memoryDomain":[[0]],"core":[[0]]}}}}]}})",
      name));
  CHECK(cluster.has_value(), "cluster: {}", cluster.error().detail);
  return *std::move(cluster);
}

ClustersNow clusters_now() {
  std::vector<schema::Cluster> clusters;
  clusters.push_back(any_cluster("alex"));
  clusters.push_back(any_cluster("fritz"));
  auto all = std::make_shared<const schema::Clusters>(std::move(clusters));
  return [all] { return all; };
}

std::size_t publish_all(NatsLink& link, const std::vector<std::string>& messages) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    bytes += messages[i].size();
    CHECK(link.publish(kSubject, {}, messages[i]).has_value(), "publish");
    if (i % 1000 == 999) CHECK(link.flush().has_value(), "flush");
  }
  CHECK(link.flush().has_value(), "flush");
  return bytes;
}

// Messages a second that the same pulls and a synced write of the text allow.
double raw_limit(const Config& config, std::size_t events) {
  TemporaryDirectory directory;
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  CHECK(rocksdb::DB::Open(options, directory.path() / "db", &opened).ok(), "open");
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::atomic<std::size_t> written{0};
  NatsSource source(config.nats, config.events, config.limits);
  const auto since = Clock::now();
  source.start(
      [&](RawBatch raw) {
        rocksdb::WriteBatch batch;
        for (const RawMessage& message : raw.messages) {
          const std::uint64_t key = __builtin_bswap64(message.sequence);
          batch.Put({reinterpret_cast<const char*>(&key), sizeof key},
                    {message.payload.data(), message.payload.size()});
        }
        rocksdb::WriteOptions synced;
        synced.sync = true;
        CHECK(db->Write(synced, &batch).ok(), "write");
        raw.settle();
        written += raw.messages.size();
      },
      [](std::string_view) { return std::nullopt; });
  wait_for("the raw writes", [&] { return written >= events; });
  const double took = seconds_since(since);
  source.stop();
  return static_cast<double>(events) / took;
}

struct Figures {
  double rate = 0, cpu = 0;
  std::vector<double> visible_ms;  // of single events, sorted
};

Figures our_road(const Config& config, NatsLink& link, const std::vector<std::string>& messages,
                 const std::vector<std::string>& singles) {
  TemporaryDirectory directory;
  Telemetry telemetry;
  storage::Config storage_config;
  storage_config.path = directory.path() / "db";
  auto opened = storage::Store::open(storage_config);
  CHECK(opened.has_value(), "open: {}", opened.error().detail);
  const std::unique_ptr<storage::Store> store = *std::move(opened);
  storage::Writer writer(*store, storage::WriterConfig{}, telemetry);
  writer.start();
  Ingest ingest(config, {*store, writer, telemetry, clusters_now()});
  Figures figures;
  const auto jobs = [&] { return store->snapshot()->jobs().job_count(); };
  const double cpu = cpu_seconds();
  const auto since = Clock::now();
  ingest.start();
  wait_for("the jobs", [&] { return jobs() >= messages.size(); });
  figures.rate = static_cast<double>(messages.size()) / seconds_since(since);
  figures.cpu = cpu_seconds() - cpu;
  for (const std::string& single : singles) {
    const std::uint64_t before = jobs();
    const auto sent = Clock::now();
    CHECK(link.publish(kSubject, {}, single).has_value() && link.flush().has_value(), "publish");
    while (jobs() == before) ::poll(nullptr, 0, 0);
    figures.visible_ms.push_back(seconds_since(sent) * 1000);
  }
  std::sort(figures.visible_ms.begin(), figures.visible_ms.end());
  ingest.stop();
  writer.stop();
  return figures;
}

void add_start_messages(std::vector<std::string>& messages, std::vector<std::string>& singles,
                        std::size_t events) {
  bench::JobShape shape;
  shape.jobs = events + kSingles;
  const bench::JobGenerator generator(shape);
  for (std::size_t i = 0; i < events; ++i) messages.push_back(start_message(generator.make(i)));
  for (std::size_t i = events; i < shape.jobs; ++i) {
    singles.push_back(start_message(generator.make(i)));
  }
}

void add_metric_messages(std::vector<std::string>& messages, std::size_t count) {
  constexpr std::size_t kDifferent = 100;  // more take memory only
  bench::MetricMessages maker;
  for (std::size_t i = 0; i < count; ++i) {
    messages.push_back(i < kDifferent ? maker.message(static_cast<int>(i), 1'700'000'000)
                                      : messages[i % kDifferent]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
  const char* program = argc > 2 ? argv[2] : "/usr/sbin/nats-server";
  const std::string_view mode = argc > 3 ? argv[3] : "";
  set_log_level(LogLevel::warning);
  std::vector<std::string> messages, singles;
  if (mode == "--metrics") {
    add_metric_messages(messages, events);
  } else {
    add_start_messages(messages, singles, events);
  }

  const Broker broker(program);
  Config config;
  config.nats.url = broker.url();
  // Jobs of the generator share no ids; what counts is that none is taken for a second report.
  config.rules.duplicate_window = 0;
  config.metrics.subjects = {};
  auto link = NatsLink::open(config.nats, [](std::string) {});
  CHECK(link.has_value(), "link");
  const StreamAnswer made = (*link)->make_stream(config.events, all_subjects(config.events));
  CHECK(made.answer == Answer::ok, "stream: {}", made.problem);
  const std::size_t bytes = publish_all(**link, messages);
  wait_for("the stream", [&] {
    return (*link)->find_stream(config.events.stream).facts.last_sequence >= events;
  });

  const double raw = raw_limit(config, events);
  if (!mode.empty()) {
    fmt::print("{:.0f}\n", raw);
    (*link)->close();
    return 0;
  }
  const Figures ours = our_road(config, **link, messages, singles);
  const auto at = [&](double part) {
    return ours.visible_ms[static_cast<std::size_t>(part * (kSingles - 1))];
  };
  fmt::print("{} start events of {} B\n", events, bytes / events);
  fmt::print("raw limit (pull, synced write of the text)   {:>9.0f} events/s\n", raw);
  fmt::print("pull, decode, apply, synced commit, visible  {:>9.0f} events/s   {:.0f} % of it\n",
             ours.rate, 100 * ours.rate / raw);
  fmt::print("processor time of ours                       {:>9.1f} us/event\n",
             ours.cpu * 1e6 / static_cast<double>(events));
  fmt::print("one event until visible: median {:.1f} ms, 99 % {:.1f} ms\n", at(0.5), at(0.99));
  (*link)->close();
  return 0;
}
