// SPDX-License-Identifier: MIT
#include "test/integration/other_client.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <poll.h>

namespace jobledger::test {

using ingest::InMessage;
using ingest::NatsLink;

void wait_until(const char* what, const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline, what);
    ::poll(nullptr, 0, 5);
  }
}

OtherClient::OtherClient(const NatsServer& server, ingest::NatsConfig login) {
  login.url = server.url();
  // A broker that reads its configuration anew may refuse anybody for a moment.
  wait_until("a connection", [&] {
    auto opened = NatsLink::open(login, [](std::string) {});
    if (opened) link_ = *std::move(opened);
    return link_ != nullptr;
  });
}

OtherClient::~OtherClient() { link_->close(); }

void OtherClient::publish(const std::string& subject, const std::string& payload) {
  REQUIRE(link_->publish(subject, {}, payload).has_value());
}

void OtherClient::publish_numbers(int from, int to) {
  for (int i = from; i < to; ++i) publish("cc.job.event", std::to_string(i));
  flush();
}

void OtherClient::flush() { REQUIRE(link_->flush().has_value()); }

void OtherClient::wait_stored(const std::string& stream, std::uint64_t last_sequence) {
  wait_until("messages in the stream",
             [&] { return link_->find_stream(stream).facts.last_sequence >= last_sequence; });
}

std::string OtherClient::request(const std::string& subject, const std::string& body) {
  const std::string inbox = link_->new_inbox();
  std::string answer;
  bool answered = false;
  const auto subscription = link_->subscribe(inbox,
                                             [&](InMessage message) {
                                               std::lock_guard lock(mutex_);
                                               answer = message.payload;
                                               answered = true;
                                               changed_.notify_all();
                                             },
                                             {});
  REQUIRE(subscription.has_value());
  REQUIRE(link_->publish(subject, inbox, body).has_value());
  std::unique_lock lock(mutex_);
  REQUIRE(changed_.wait_for(lock, kPatience, [&] { return answered; }));
  link_->unsubscribe(*subscription);
  return answer;
}

void OtherClient::make_stream(const std::string& subjects) {
  const std::string answer =
      request("$JS.API.STREAM.CREATE.EV",
              fmt::format(R"({{"name":"EV","storage":"file","subjects":{}}})", subjects));
  REQUIRE(answer.find("\"error\"") == std::string::npos);
}

}  // namespace jobledger::test
