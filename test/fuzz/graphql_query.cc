// SPDX-License-Identifier: MIT
// Whatever is POSTed to /query, as the body or as the query inside it, the answer is one JSON
// object of the promised shape.
#include "base/file.h"
#include "base/log.h"
#include "httpd/graphql/endpoint.h"
#include "schema/json_read.h"
#include "schema/json_write.h"
#include "storage/store.h"
#include "test/fuzz/target.h"

#include <string>

using namespace jobledger;
using namespace jobledger::httpd;

namespace {

schema::Job made_job(std::int64_t number) {
  schema::Job job;
  job.job_id = number;
  job.cluster = "big";
  job.sub_cluster = "main";
  job.user = "alice";
  job.num_nodes = 1;
  job.start_time = 1'700'000'000 + number;
  job.shared = schema::Sharing::multi_user;
  job.resources = {{"n01", {0}, {}, ""}};
  job.tags = {{"kind", "good", "global", 0}};
  job.footprint.emplace(1, schema::NamedValue{"cpu_load_avg", 1.5});
  return job;
}

class Site {
 public:
  Site() {
    storage::Config settings;
    settings.path = folder_.path() / "db";
    settings.memtable_bytes = 1 << 20;
    store_ = std::move(*storage::Store::open(settings));
    auto update = store_->begin_update();
    for (int i = 0; i < 20; ++i) CHECK(update.add_job(made_job(i)).has_value(), "no job");
    CHECK(store_->commit(update).has_value(), "no commit");
    services_.store = [this] { return store_.get(); };
    services_.clusters = [] { return std::make_shared<const schema::Clusters>(); };
    services_.now = [] { return std::int64_t{1'700'100'000}; };
    CHECK(endpoint_.prepare().has_value(), "the resolvers do not fit");
  }

  Response post(std::string body) {
    Request request;
    request.method = Method::post;
    request.body = std::move(body);
    request.arrived = std::chrono::steady_clock::now();
    request.stop = &stop_;
    return endpoint_.execute(request, endpoint_.sources());
  }

 private:
  TemporaryDirectory folder_;
  std::unique_ptr<storage::Store> store_;
  std::atomic<bool> stop_ = false;
  Telemetry telemetry_;
  WorkerPool pool_{"query", 1, 1};
  Config config_;
  Services services_;
  GraphqlEndpoint endpoint_{config_, services_, pool_, telemetry_};
};

void check_answer(const Response& response) {
  CHECK(response.status == 200 || response.status == 400 || response.status == 422, "status {}",
        response.status);
  CHECK(response.body.starts_with("{\"errors\":[") || response.body.starts_with("{\"data\":"),
        "answer: {}", response.body);
  const auto parsed = schema::JsonReader::of_this_thread().parse(response.body);
  CHECK(parsed.has_value(), "the answer is not JSON: {}", response.body);
}

}  // namespace

FUZZ_TARGET(graphql_query) {
  static Site site;
  const std::string_view text = text_of(data, size);
  check_answer(site.post(std::string(text)));
  std::string body = "{\"query\":";
  schema::write_json_string(body, text);
  check_answer(site.post(body + "}"));
  return 0;
}
