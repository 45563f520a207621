// SPDX-License-Identifier: MIT
#include "sources/node_health.h"

#include "base/file.h"
#include "test/sources/fake_source.h"
#include "test/sources/source_fixture.h"

#include <doctest/doctest.h>

namespace jobledger::sources {
namespace {

using schema::MonitoringState;
using test::kBegin;
using test::known_clusters;

// Says of every host what it is told to, and remembers who was asked for.
class ToldSource : public FakeSource {
 public:
  Result<std::vector<HostHealth>> health(const HealthQuery& query, const ReadContext&) override {
    hosts = query.hostnames;
    ++questions;
    if (broken) return *broken;
    std::vector<HostHealth> out;
    for (const std::string& host : query.hostnames) out.push_back({host, state, {}, {}});
    return out;
  }

  MonitoringState state = MonitoringState::full;
  std::vector<std::string> hosts;
  int questions = 0;
};

class OwnSource : public FakeSource {
 public:
  bool is_own() const override { return true; }
};

struct Site {
  Site() {
    storage::Config config;
    config.path = directory.path() / "db";
    config.min_free_bytes = 0;
    auto opened = storage::Store::open(config);
    REQUIRE(opened.has_value());
    store = *std::move(opened);
    map.set("big", "main", away);
    Config of_sources;
    of_sources.health_interval = std::chrono::seconds(60);
    health = std::make_unique<NodeHealth>(
        of_sources, NodeHealth::Parts{known_clusters(), map, *store, [this] { return now; }});
  }
  void report(const std::vector<std::string>& hosts, const std::string& sub_cluster = "main") {
    storage::Update update = store->begin_update();
    std::vector<storage::NodeState> nodes;
    for (const std::string& host : hosts) {
      storage::NodeState& node = nodes.emplace_back();
      node.cluster = "big";
      node.hostname = host;
      node.sub_cluster = sub_cluster;
      node.time = kBegin;
    }
    update.put_node_states("big", kBegin, std::move(nodes));
    REQUIRE(store->commit(update, false).has_value());
  }
  auto find(const std::string& host, const std::string& sub_cluster = "main") const {
    return health->find("big", sub_cluster, host);
  }

  TemporaryDirectory directory;
  std::unique_ptr<storage::Store> store;
  OwnSource own;
  ToldSource away;
  FakeMap map{own};
  NodeHealth::Clock::time_point now{};
  std::unique_ptr<NodeHealth> health;
};

TEST_CASE("nodes of another store are failed until it answered, then what it says") {
  Site site;
  CHECK(site.find("n1") == MonitoringState::failed);
  CHECK_FALSE(site.find("n1", "ours").has_value());
  site.report({"n1", "n2"});
  site.report({"o1"}, "ours");
  site.report({"x1"}, "");
  site.health->ask();
  CHECK(site.away.hosts == std::vector<std::string>{"n1", "n2"});
  CHECK(site.find("n1") == MonitoringState::full);
  CHECK(site.find("n3") == MonitoringState::failed);
  CHECK_FALSE(site.find("o1", "ours").has_value());
  site.away.state = MonitoringState::partial;
  site.health->ask();
  CHECK(site.find("n2") == MonitoringState::partial);
}

TEST_CASE("a store out of reach is believed for five intervals, and then no more") {
  Site site;
  site.report({"n1"});
  site.health->ask();
  site.away.broken = Error{ErrorKind::unavailable, "out of reach"};
  site.now += std::chrono::seconds(300);
  site.health->ask();
  CHECK(site.find("n1") == MonitoringState::full);
  site.now += std::chrono::seconds(1);
  CHECK(site.find("n1") == MonitoringState::failed);
  site.away.broken.reset();
  site.health->ask();
  CHECK(site.find("n1") == MonitoringState::full);
  CHECK(site.away.questions == 3);
}

TEST_CASE("a source that fails takes no answer away from another one") {
  Site site;
  ToldSource dead;
  dead.broken = Error{ErrorKind::unavailable, "out of reach"};
  site.map.set("big", "gpu", dead);
  site.report({"g1"}, "gpu");
  site.report({"n1"});
  site.health->ask();
  CHECK(dead.questions == 1);
  CHECK(site.find("g1", "gpu") == MonitoringState::failed);
  CHECK(site.find("n1") == MonitoringState::full);
}

TEST_CASE("its thread asks at once and ends when told") {
  Site site;
  site.report({"n1"});
  site.health->start();
  while (site.find("n1") != MonitoringState::full) std::this_thread::yield();
  site.health->stop();
}

}  // namespace
}  // namespace jobledger::sources
