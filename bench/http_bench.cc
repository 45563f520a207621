// SPDX-License-Identifier: MIT
// The whole HTTP side over a real store: requests per second of 8 keep-alive clients for a page of
// 50 jobs, beside empty answers of the same run, and the latency of the listing queries. The load
// generator shares the machine; the server's CPU time of one request stands beside each figure.
// usage: http_bench [JOBS ...]        default: 200000 2000000
#include "base/file.h"
#include "bench/http_load.h"
#include "bench/http_site.h"
#include "bench/job_generator.h"
#include "storage/store.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace jobledger::bench {
namespace {

std::unique_ptr<storage::Store> make_store(const std::filesystem::path& path, std::uint64_t jobs) {
  storage::Config settings;
  settings.path = path;
  auto store = must(storage::Store::open(settings));
  JobShape shape;
  shape.jobs = jobs;
  const JobGenerator generator(shape);
  constexpr std::uint64_t kBatch = 2'000;
  for (std::uint64_t first = 0; first < jobs; first += kBatch) {
    auto update = store->begin_update();
    for (std::uint64_t i = first; i < std::min(jobs, first + kBatch); ++i) {
      must(update.add_job(generator.make(i)));
    }
    must(store->commit(update, first + kBatch >= jobs));
  }
  return store;
}

httpd::Services services_of(const storage::Store& store) {
  httpd::Services services;
  services.store = [&store] { return &store; };
  services.clusters = [none = std::make_shared<const schema::Clusters>()] { return none; };
  services.now = [] { return JobShape().end; };
  return services;
}

struct Listing {
  const char* name;
  std::string arguments;
};

// What the field's web front end asks for in its job list.
constexpr const char* kListFields =
    "{ items { id jobId user project cluster subCluster startTime duration numNodes numHWThreads "
    "numAcc walltime resources { hostname } SMT shared partition arrayJobId monitoringStatus state "
    "tags { id type name scope } userData { name } metaData footprint { name stat value } } count "
    "hasNextPage }";

std::vector<Listing> listings(const schema::Job& example) {
  const std::string page = "page: {itemsPerPage: 50, page: 1}";
  const std::string newest = "order: {field: \"startTime\", type: \"col\", order: DESC}";
  return {
      {"page of 50 jobs, newest first", newest + ", " + page},
      {"page of jobs on one node", "filter: [{node: {eq: \"" + example.resources.at(0).hostname +
                                       "\"}}], " + newest + ", " + page},
      {"page filtered and ordered by a footprint metric",
       "filter: [{metricStats: [{metricName: \"mem_used_max\", range: {from: 10, to: 100}}]}], "
       "order: {field: \"mem_used_max\", type: \"foot\", order: DESC}, " +
           page},
  };
}

void print(const char* name, const LoadResult& result) {
  std::printf("%-60s %7.0f/s  median %7.3f ms  99%% %7.3f ms  CPU %6.0f us  %5.1f KB\n", name,
              result.requests_per_second, result.median_ms, result.p99_ms, result.server_cpu_us,
              static_cast<double>(result.answer_bytes) / 1000);
}

void measure(std::uint64_t jobs) {
  TemporaryDirectory folder;
  const auto store = make_store(folder.path() / "db", jobs);
  JobShape shape;
  shape.jobs = jobs;
  const schema::Job example = JobGenerator(shape).make(jobs / 2);
  Site site(services_of(*store));
  std::printf("%llu jobs\n", static_cast<unsigned long long>(jobs));

  const auto eight = [&](const std::string& request) {
    return run_load(site.port(), request, 8, std::chrono::seconds(4));
  };
  const auto one = [&](const std::string& request) {
    return run_load(site.port(), request, 1, std::chrono::seconds(2));
  };
  const auto all = listings(example);
  print("8 clients: empty answers (raw limit)",
        eight("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  print("8 clients: smallest query", eight(post_query("{ __typename }")));
  print("8 clients: page of 50 jobs, job list's fields",
        eight(post_query("{ jobs(" + all[0].arguments + ") " + kListFields + " }")));
  print("8 clients: page of 50 jobs, three fields",
        eight(post_query("{ jobs(" + all[0].arguments + ") { items { id jobId state } } }")));
  for (const Listing& listing : all) {
    print(("1 client: " + std::string(listing.name)).c_str(),
          one(post_query("{ jobs(" + listing.arguments + ") " + kListFields + " }")));
  }
  std::printf("\n");
}

}  // namespace
}  // namespace jobledger::bench

int main(int argc, char** argv) {
  std::vector<std::uint64_t> sizes = {200'000, 2'000'000};
  if (argc > 1) sizes.clear();
  for (int i = 1; i < argc; ++i) sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  for (const auto size : sizes) jobledger::bench::measure(size);
  return 0;
}
