// SPDX-License-Identifier: MIT
// A store with a few known jobs, tags and node states, an archive, a source of samples that tests
// fill, and the endpoint over all.
//
// The clock stands at 2024-01-01T00:00:00Z. Clusters: "big" (schema/example_cluster.h) and "star",
// whose first sub-cluster has the nodes "*".
#pragma once

#include "archive/job_metrics.h"
#include "archive/tree.h"
#include "base/file.h"
#include "base/telemetry.h"
#include "base/worker_pool.h"
#include "httpd/config.h"
#include "httpd/graphql/endpoint.h"
#include "httpd/services.h"
#include "storage/store.h"
#include "test/sources/fake_source.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::test {

constexpr std::int64_t kNow = 1'704'067'200;

// A finished exclusive job of one node of big, one hour long, started `hours` before now.
schema::Job plain_job(std::int64_t job_id, std::int64_t hours);

class GraphqlFixture {
 public:
  // Fills the store with the known jobs, unless it is to stay empty.
  explicit GraphqlFixture(bool empty = false, httpd::Config config = {});
  ~GraphqlFixture();

  std::int64_t add(schema::Job job);  // its number
  void change(std::int64_t id, const std::function<void(schema::Job&)>& change);
  // The job's data.json in the archive.
  void put_data(const schema::Job& job, std::string_view data_json);
  void report_nodes(const std::string& cluster, std::int64_t time,
                    std::vector<storage::NodeState> states);

  // The whole answer, POSTed as application/json. `variables`: a JSON object.
  std::string ask(std::string_view query, std::string_view variables = {});
  httpd::Response post(std::string_view body, std::string_view accept = {});
  // The job ids (of the scheduler) that the filter elements find, by ascending number.
  std::string find(std::string_view filters);

  storage::Store& store() { return *store_; }
  sources::FakeSource& source() { return source_; }
  sources::FakeMap& sources() { return sources_; }
  httpd::Services& services() { return services_; }
  Telemetry& telemetry() { return telemetry_; }
  std::atomic<bool> stop = false;

 private:
  void fill();

  TemporaryDirectory folder_;
  archive::Tree tree_;
  std::unique_ptr<storage::Store> store_;
  Telemetry telemetry_;
  sources::FakeSource source_;
  sources::FakeMap sources_{source_};
  archive::JobMetrics metrics_{tree_, &sources_, telemetry_};
  WorkerPool pool_{"query", 2, 8};
  httpd::Config config_;
  httpd::Services services_;
  std::unique_ptr<httpd::GraphqlEndpoint> endpoint_;
};

}  // namespace jobledger::test
