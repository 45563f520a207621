// SPDX-License-Identifier: MIT
#include "sources/node_health.h"

#include "base/log.h"
#include "base/periodic_thread.h"

#include <atomic>
#include <ctime>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jobledger::sources {
namespace {

// Whom to ask about which cluster.
using Key = std::pair<std::string, MetricSource*>;
using Hosts = std::vector<std::string>;

struct Answer {
  NodeHealth::Clock::time_point time;
  std::unordered_map<std::string, schema::MonitoringState> states;  // by hostname
};
using Answers = std::map<Key, std::shared_ptr<const Answer>>;

}  // namespace

struct NodeHealth::Impl {
  Impl(const Config& c, Parts p) : interval(c.health_interval), parts(std::move(p)) {}

  void ask();
  std::map<Key, Hosts> find_hosts(const storage::Snapshot& snapshot) const;
  void note(const Key& key, const Result<std::vector<HostHealth>>& found);

  const std::chrono::milliseconds interval;
  const Parts parts;
  std::map<Key, bool> failing;  // by the last answer; the asking thread
  std::atomic<bool> stop_asking = false;
  mutable std::mutex mutex;
  Answers answers;  // by mutex
  PeriodicThread thread{"health of nodes"};
};

std::map<Key, Hosts> NodeHealth::Impl::find_hosts(const storage::Snapshot& snapshot) const {
  std::map<Key, Hosts> hosts;
  for (const storage::NodeState& node : snapshot.nodes()) {
    if (node.sub_cluster.empty()) continue;
    MetricSource& source = parts.sources.source_of(node.cluster, node.sub_cluster);
    if (!source.is_own()) hosts[{node.cluster, &source}].push_back(node.hostname);
  }
  return hosts;
}

void NodeHealth::Impl::ask() {
  const auto snapshot = parts.store.snapshot();
  ReadContext context;
  context.snapshot = snapshot.get();
  context.stop.flag = &stop_asking;
  for (auto& [key, hosts] : find_hosts(*snapshot)) {
    const schema::Cluster* cluster = parts.clusters->find(key.first);
    if (cluster == nullptr) continue;
    const auto found =
        key.second->health({cluster, std::move(hosts), {}, std::time(nullptr)}, context);
    if (stop_asking) return;
    note(key, found);
    if (!found) continue;
    auto answer = std::make_shared<Answer>();
    answer->time = parts.now();
    for (const HostHealth& host : *found) answer->states[host.hostname] = host.state;
    std::lock_guard lock(mutex);
    answers[key] = std::move(answer);
  }
}

// Once when it begins, once when it is over.
void NodeHealth::Impl::note(const Key& key, const Result<std::vector<HostHealth>>& found) {
  const bool failed = !found;
  if (std::exchange(failing[key], failed) == failed) return;
  if (failed) {
    LOG(warning, "sources", "health of nodes cannot be asked cluster={} reason={}", key.first,
        found.error().detail);
  } else {
    LOG(info, "sources", "health of nodes is answered again cluster={}", key.first);
  }
}

NodeHealth::NodeHealth(const Config& config, Parts parts)
    : impl_(std::make_unique<Impl>(config, std::move(parts))) {}

NodeHealth::~NodeHealth() = default;

void NodeHealth::start() {
  impl_->thread.start(impl_->interval, PeriodicThread::First::at_once,
                      [impl = impl_.get()] { impl->ask(); });
}

void NodeHealth::stop() {
  impl_->stop_asking = true;
  impl_->thread.stop();
}

void NodeHealth::ask() { impl_->ask(); }

std::optional<schema::MonitoringState> NodeHealth::find(std::string_view cluster,
                                                        std::string_view sub_cluster,
                                                        std::string_view hostname) const {
  using schema::MonitoringState;
  MetricSource& source = impl_->parts.sources.source_of(cluster, sub_cluster);
  if (source.is_own()) return std::nullopt;
  std::shared_ptr<const Answer> answer;
  {
    std::lock_guard lock(impl_->mutex);
    const auto at = impl_->answers.find({std::string(cluster), &source});
    if (at != impl_->answers.end()) answer = at->second;
  }
  if (!answer || impl_->parts.now() - answer->time > kKeptIntervals * impl_->interval) {
    return MonitoringState::failed;
  }
  const auto state = answer->states.find(std::string(hostname));
  return state != answer->states.end() ? state->second : MonitoringState::failed;
}

}  // namespace jobledger::sources
