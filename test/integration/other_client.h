// SPDX-License-Identifier: MIT
// Somebody else at the same broker: an unmodified publisher, or an administrator.
#pragma once

#include "ingest/nats_link.h"
#include "test/integration/nats_server.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace jobledger::test {

constexpr std::chrono::seconds kPatience{20};

// Looks until the condition holds; fails naming what was waited for.
void wait_until(const char* what, const std::function<bool()>& condition);

class OtherClient {
 public:
  explicit OtherClient(const NatsServer& server, ingest::NatsConfig login = {});
  ~OtherClient();

  // As schedulers do: without asking whether it arrived.
  void publish(const std::string& subject, const std::string& payload);
  void publish_numbers(int from, int to);  // "from" to "to - 1" on cc.job.event, flushed
  void flush();
  // Until the stream has taken so many: newer brokers take them after they have answered.
  void wait_stored(const std::string& stream, std::uint64_t last_sequence);
  std::string request(const std::string& subject, const std::string& body = {});
  void make_stream(const std::string& subjects = R"(["cc.job.event","jobledger.command"])");
  ingest::NatsLink& link() { return *link_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<ingest::NatsLink> link_;
};

}  // namespace jobledger::test
