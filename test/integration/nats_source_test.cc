// SPDX-License-Identifier: MIT
#include "ingest/nats_link.h"
#include "test/integration/follower.h"

#include <fmt/format.h>
#include <signal.h>

namespace jobledger::ingest {
namespace {

TEST_CASE("the stream is made, followed in order, and acknowledged") {
  NatsServer server;
  Sink sink;
  Follower follower(quick_config(server), sink);
  follower.wait_mode(SourceMode::following);
  OtherClient other(server);
  other.publish_numbers(0, 100);
  sink.wait_for_messages(100);
  CHECK(sink.payloads() == numbers(0, 100));
  const std::string info = other.request("$JS.API.STREAM.INFO.EV");
  CHECK(info.find(R"("subjects":["cc.job.event","jobledger.command"])") != std::string::npos);
  CHECK(info.find(R"("storage":"file")") != std::string::npos);
  wait_until("acknowledgement", [&] {
    return other.request("$JS.API.CONSUMER.INFO.EV.jobledger").find(R"("num_ack_pending":0)") !=
           std::string::npos;
  });
  wait_until("the end of the stream", [&] { return follower->status().last_sequence == 100; });
  CHECK(follower->status().connected);
  CHECK(follower->status().out_of_reach.count() == 0);
}

TEST_CASE("what is published while nobody follows is there afterwards, once") {
  NatsServer server;
  Sink sink;
  OtherClient other(server);
  {
    Follower follower(quick_config(server), sink);
    follower.wait_mode(SourceMode::following);
    other.publish_numbers(0, 10);
    sink.wait_for_messages(10);
  }
  other.publish_numbers(10, 200);
  Follower follower(quick_config(server), sink);
  sink.wait_for_messages(200);
  CHECK(sink.payloads() == numbers(0, 200));
}

TEST_CASE("a burst is taken in whole batches, in order") {
  NatsServer server;
  Sink sink;
  OtherClient other(server);
  other.make_stream();
  other.publish_numbers(0, 5000);
  Follower follower(quick_config(server), sink);
  sink.wait_for_messages(5000);
  CHECK(sink.payloads() == numbers(0, 5000));
  CHECK(sink.largest_batch() <= 64);
  CHECK(sink.largest_batch() > 32);
}

TEST_CASE("a batch is bounded by bytes, too; messages larger than that arrive all the same") {
  NatsServer server;
  Sink sink;
  Config config = quick_config(server);
  config.events.batch_bytes = 64u << 10;
  OtherClient other(server);
  other.make_stream();
  std::vector<std::string> sent;
  for (std::size_t i = 0; i < 300; ++i) {
    sent.emplace_back(i % 50 == 49 ? 300'000 : 10'000, static_cast<char>('a' + i % 26));
  }
  sent.emplace_back(900'000, 'x');
  for (const std::string& message : sent) other.publish("cc.job.event", message);
  other.flush();
  Follower follower(config, sink);
  sink.wait_for_messages(sent.size());
  CHECK(sink.payloads() == sent);
  CHECK(sink.most_bytes_before_last() > (20u << 10));
  CHECK(sink.most_bytes_before_last() < (64u << 10));
  // Alone, with the pulls of the usual size waiting.
  other.publish("cc.job.event", std::string(500'000, 'y'));
  other.publish("cc.job.event", std::string(700'000, 'z'));
  other.flush();
  sink.wait_for_messages(sent.size() + 2);
  CHECK(follower->status().missed_messages == 0);
}

TEST_CASE("the broker restarts, politely or not") {
  for (const int how : {SIGTERM, SIGKILL}) {
    CAPTURE(how);
    NatsServer server;
    Sink sink;
    Follower follower(quick_config(server), sink);
    follower.wait_mode(SourceMode::following);
    {
      OtherClient other(server);
      other.publish_numbers(0, 50);
      sink.wait_for_messages(50);
    }
    server.stop(how);
    wait_until("the loss of the connection", [&] { return !follower->status().connected; });
    follower.wait_mode(SourceMode::connecting);
    CHECK_FALSE(follower->status().problem.empty());
    server.start();
    OtherClient other(server);
    other.publish_numbers(50, 100);
    sink.wait_for_messages(100);
    CHECK(sink.payloads() == numbers(0, 100));
    CHECK(follower->status().reconnects == 1);
  }
}

TEST_CASE("the broker is not there yet when we start") {
  NatsServer server;
  server.stop(SIGTERM);
  Sink sink;
  Follower follower(quick_config(server), sink);
  CHECK_FALSE(follower->status().connected);
  server.start();
  follower.wait_mode(SourceMode::following);
  OtherClient other(server);
  other.publish_numbers(0, 5);
  sink.wait_for_messages(5);
}

TEST_CASE("the stream is deleted and made anew while we follow") {
  NatsServer server;
  Sink sink;
  Follower follower(quick_config(server), sink);
  follower.wait_mode(SourceMode::following);
  OtherClient other(server);
  other.publish_numbers(0, 20);
  sink.wait_for_messages(20);
  other.request("$JS.API.STREAM.DELETE.EV");
  wait_until("its loss", [&] { return follower->status().mode != SourceMode::following; });
  const bool follower_made = other.link().find_stream("EV").answer == Answer::ok;
  CHECK_FALSE(follower_made);  // not at once
  follower.wait_mode(SourceMode::following);
  other.publish_numbers(20, 40);
  sink.wait_for_messages(40);
  CHECK(sink.payloads() == numbers(0, 40));
}

TEST_CASE("somebody else makes the stream anew at once, and the broker loses its way") {
  NatsServer server;
  Sink sink;
  Follower follower(quick_config(server), sink);
  follower.wait_mode(SourceMode::following);
  OtherClient other(server);
  for (int round = 0; round < 10; ++round) {
    other.publish_numbers(0, 5);
    other.request("$JS.API.STREAM.DELETE.EV");
    other.request("$JS.API.STREAM.CREATE.EV",
                  R"({"name":"EV","storage":"file","subjects":["cc.job.event"]})");
  }
  // Whatever happened to those: what is published from now on arrives.
  follower.wait_mode(SourceMode::following);
  wait_until("a message", [&] {
    other.publish("cc.job.event", "last");
    other.flush();
    const auto payloads = sink.payloads();
    return std::find(payloads.begin(), payloads.end(), "last") != payloads.end();
  });
}

TEST_CASE("the stream is made anew while we are away, with more in it than we had") {
  NatsServer server;
  Sink sink;
  OtherClient other(server);
  {
    Follower follower(quick_config(server), sink);
    follower.wait_mode(SourceMode::following);
    other.publish_numbers(0, 5);
    sink.wait_for_messages(5);
  }
  other.request("$JS.API.STREAM.DELETE.EV");
  other.make_stream();
  other.publish_numbers(5, 30);
  Follower follower(quick_config(server), sink);
  sink.wait_for_messages(30);
  CHECK(sink.payloads() == numbers(0, 30));
}

TEST_CASE("somebody deletes the consumer") {
  NatsServer server;
  Sink sink;
  Follower follower(quick_config(server), sink);
  follower.wait_mode(SourceMode::following);
  OtherClient other(server);
  for (int round = 0; round < 5; ++round) {
    other.publish_numbers(round * 100, round * 100 + 100);
    other.request("$JS.API.CONSUMER.DELETE.EV.jobledger");
  }
  sink.wait_for_messages(500);
  CHECK(sink.payloads() == numbers(0, 500));
}

TEST_CASE("a broker without JetStream is followed plainly until it has it") {
  NatsServer server(false);
  Sink sink;
  Follower follower(quick_config(server), sink);
  follower.wait_mode(SourceMode::plain);
  CHECK_FALSE(follower->status().problem.empty());
  {
    OtherClient other(server);
    other.publish_numbers(0, 20);
    sink.wait_for_messages(20);
  }
  server.stop(SIGTERM);
  server.start(true);
  follower.wait_mode(SourceMode::following);
  OtherClient other(server);
  other.publish_numbers(20, 40);
  sink.wait_for_messages(40);
  CHECK(sink.payloads() == numbers(0, 40));
}

TEST_CASE("a stream that we may not make is waited for") {
  NatsServer server;
  Sink sink;
  Config config = quick_config(server);
  config.nats.manage_streams = false;
  Follower follower(config, sink);
  follower.wait_mode(SourceMode::waiting_for_stream);
  CHECK(follower->status().problem.find("EV") != std::string::npos);
  OtherClient other(server);
  other.make_stream();
  other.publish_numbers(0, 5);
  sink.wait_for_messages(5);
  follower.wait_mode(SourceMode::following);
}

TEST_CASE("subjects that the stream lacks are added to it") {
  NatsServer server;
  Sink sink;
  OtherClient other(server);
  other.make_stream(R"(["something.else"])");
  Follower follower(quick_config(server), sink);
  follower.wait_mode(SourceMode::following);
  other.publish_numbers(0, 5);
  sink.wait_for_messages(5);
  const StreamAnswer stream = other.link().find_stream("EV");
  CHECK(stream.subjects.size() == 3);
}

TEST_CASE("a full writer holds the log back for as long as it takes") {
  NatsServer server;
  Sink sink;
  Follower follower(quick_config(server), sink);
  follower.wait_mode(SourceMode::following);
  sink.hold(true);
  OtherClient other(server);
  other.publish_numbers(0, 2000);
  wait_until("a batch that waits", [&] { return sink.holding(); });
  // Many heartbeats pass by: waiting is no silence.
  const auto until = std::chrono::steady_clock::now() + 1500ms;
  wait_until("time", [&] { return std::chrono::steady_clock::now() > until; });
  CHECK(follower->status().mode == SourceMode::following);
  sink.hold(false);
  sink.wait_for_messages(2000);
  CHECK(sink.payloads() == numbers(0, 2000));
}

TEST_CASE("messages that were purged before we saw them are counted") {
  NatsServer server;
  Sink sink;
  OtherClient other(server);
  {
    Follower follower(quick_config(server), sink);
    follower.wait_mode(SourceMode::following);
    other.publish_numbers(0, 10);
    sink.wait_for_messages(10);
  }
  other.publish_numbers(10, 30);
  other.request("$JS.API.STREAM.PURGE.EV", R"({"seq":26})");
  Follower follower(quick_config(server), sink);
  sink.wait_for_messages(15);
  follower.wait_mode(SourceMode::following);
  CHECK(follower->status().missed_messages == 15);
}

TEST_CASE("a command comes back through the log") {
  NatsServer server;
  Sink sink;
  Follower follower(quick_config(server), sink);
  const auto send = [&](const std::string& payload) {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Result<void>> answer;
    follower->publish(payload, [&](Result<void> result) {
      std::lock_guard lock(mutex);
      answer = std::move(result);
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, kPatience, [&] { return answer.has_value(); }));
    return *answer;
  };
  follower.wait_mode(SourceMode::following);
  CHECK(send("{}").has_value());
  sink.wait_for_messages(1);
  CHECK(sink.payloads() == std::vector<std::string>{"{}"});
  server.stop(SIGTERM);
  wait_until("the loss of the connection", [&] { return !follower->status().connected; });
  const Result<void> refused = send("{}");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unavailable);
}

}  // namespace
}  // namespace jobledger::ingest
