// SPDX-License-Identifier: MIT
// Streams that lose what they took, or may lose it.
#include "test/integration/follower.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>

namespace jobledger::ingest {
namespace {

std::vector<std::string> texts(const std::string& prefix, int from, int to) {
  std::vector<std::string> result;
  for (int i = from; i < to; ++i) result.push_back(fmt::format("{}{}", prefix, i));
  return result;
}

void publish(OtherClient& other, const std::vector<std::string>& payloads) {
  for (const std::string& payload : payloads) other.publish("cc.job.event", payload);
  other.flush();
}

bool has_all(Sink& sink, const std::vector<std::string>& wanted) {
  const std::vector<std::string> have = sink.payloads();
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& payload) {
    return std::find(have.begin(), have.end(), payload) != have.end();
  });
}

// A broker whose stream holds the first `kept` messages of `read`, of which all were read.
struct Loser {
  Loser(int kept, int read, Sink& sink, const Config& config) {
    {
      OtherClient other(server);
      other.make_stream();
      publish(other, texts("old", 0, kept));
      other.wait_stored("EV", static_cast<std::uint64_t>(kept));
    }
    server.stop(SIGTERM);
    server.keep_data();
    server.start();
    Config here = config;
    here.nats.url = server.url();
    Follower follower(here, sink);
    OtherClient other(server);
    publish(other, texts("old", kept, read));
    sink.wait_for_messages(static_cast<std::size_t>(read));
    wait_until("the position",
               [&] { return sink.position()->sequence == static_cast<std::uint64_t>(read); });
  }
  void lose() {
    server.stop(SIGKILL);
    server.restore_data();
    server.start();
  }

  NatsServer server;
};

TEST_CASE("a broker that lost its tail gives the numbers to new messages, and none is missed") {
  for (const int more : {5, 50, 80}) {  // fewer than were lost, as many, more
    CAPTURE(more);
    NatsServer probe(false);  // only for a configuration
    Sink sink;
    Config config = quick_config(probe);
    Loser loser(30, 80, sink, config);
    loser.lose();
    config.nats.url = loser.server.url();
    OtherClient other(loser.server);
    publish(other, texts("new", 0, more));
    Follower follower(config, sink);
    wait_until("what is new", [&] { return has_all(sink, texts("new", 0, more)); });
    CHECK(follower->status().rewinds == 1);
    CHECK(sink.position()->epoch == 2);
    publish(other, texts("later", 0, 100));
    wait_until("what comes later", [&] { return has_all(sink, texts("later", 0, 100)); });
  }
}

TEST_CASE("a broker that loses its tail while it is followed") {
  NatsServer probe(false);
  Sink sink;
  Config config = quick_config(probe);
  Loser loser(30, 80, sink, config);
  config.nats.url = loser.server.url();
  Follower follower(config, sink);
  follower.wait_mode(SourceMode::following);
  loser.lose();
  OtherClient other(loser.server);
  publish(other, texts("new", 0, 80));
  wait_until("what is new", [&] { return has_all(sink, texts("new", 0, 80)); });
  CHECK(follower->status().reconnects == 1);
}

TEST_CASE("a broker that loses its tail again and again") {
  NatsServer probe(false);
  Sink sink;
  Config config = quick_config(probe);
  Loser loser(30, 80, sink, config);
  config.nats.url = loser.server.url();
  for (int round = 0; round < 4; ++round) {
    loser.lose();
    const auto fresh = texts(fmt::format("round{}.", round), 0, 50 + round % 2);
    OtherClient other(loser.server);
    publish(other, fresh);
    Follower follower(config, sink);
    wait_until("what is new", [&] { return has_all(sink, fresh); });
    wait_until("the position", [&] {
      return sink.position()->sequence == 30 + static_cast<std::uint64_t>(fresh.size());
    });
  }
  CHECK(sink.position()->epoch == 5);
}

TEST_CASE("of a long stream only what is behind the last common mark is read again") {
  NatsServer probe(false);
  Sink sink;
  Config config = quick_config(probe);
  config.events.batch = 512;
  Loser loser(9000, 13'000, sink, config);
  loser.lose();
  config.nats.url = loser.server.url();
  OtherClient other(loser.server);
  publish(other, texts("new", 0, 5000));
  Follower follower(config, sink);
  wait_until("what is new", [&] { return has_all(sink, texts("new", 4990, 5000)); });
  CHECK(has_all(sink, texts("new", 0, 100)));
  const std::vector<std::string> all = sink.payloads();
  CHECK(all[13'000] == "old8192");  // message 8193
}

TEST_CASE("single messages that we may not read: the stream is read from its beginning") {
  const std::string login = "authorization {{ users: [ {{user: jl, password: one {} }} ] }}\n";
  NatsServer probe(false);
  Sink sink;
  Config config = quick_config(probe);
  config.events.batch = 512;
  Loser loser(5000, 6000, sink, config);
  loser.server.configure(fmt::format(
      fmt::runtime(login), ", permissions: {publish: {deny: [\"$JS.API.STREAM.MSG.GET.>\"]}}"));
  loser.lose();
  config.nats.url = loser.server.url();
  config.nats.user = "jl";
  config.nats.request_timeout = 500ms;
  config.nats.password_file = loser.server.folder() / "password";
  std::ofstream(config.nats.password_file) << "one\n";
  OtherClient other(loser.server, config.nats);
  publish(other, texts("new", 0, 2000));
  Follower follower(config, sink);
  wait_until("what is new", [&] { return has_all(sink, texts("new", 1990, 2000)); });
  CHECK(sink.payloads()[6000] == "old0");
}

TEST_CASE("our last message was deleted by hand: nothing is missed") {
  NatsServer server;
  Sink sink;
  const Config config = quick_config(server);
  OtherClient other(server);
  {
    Follower follower(config, sink);
    follower.wait_mode(SourceMode::following);
    other.publish_numbers(0, 20);
    sink.wait_for_messages(20);
  }
  other.request("$JS.API.STREAM.MSG.DELETE.EV", R"({"seq":20})");
  publish(other, texts("new", 0, 5));
  Follower follower(config, sink);
  wait_until("what is new", [&] { return has_all(sink, texts("new", 0, 5)); });
}

TEST_CASE("a purged stream is followed; that nothing can be compared is counted") {
  NatsServer server;
  Sink sink;
  const Config config = quick_config(server);
  OtherClient other(server);
  {
    Follower follower(config, sink);
    follower.wait_mode(SourceMode::following);
    other.publish_numbers(0, 20);
    sink.wait_for_messages(20);
  }
  other.request("$JS.API.STREAM.PURGE.EV");
  other.publish_numbers(20, 30);
  Follower follower(config, sink);
  sink.wait_for_messages(30);
  CHECK(sink.payloads() == numbers(0, 30));
  follower.wait_mode(SourceMode::following);
  CHECK(follower->status().unproven_resumes == 1);
  CHECK(follower->status().rewinds == 0);
}

TEST_CASE("what left the stream before the first start is told") {
  NatsServer server;
  Sink sink;
  OtherClient other(server);
  other.make_stream();
  other.publish_numbers(0, 40);
  other.request("$JS.API.STREAM.PURGE.EV", R"({"seq":31})");
  Follower follower(quick_config(server), sink);
  sink.wait_for_messages(10);
  follower.wait_mode(SourceMode::following);
  CHECK(follower->status().missed_messages == 30);
  REQUIRE(follower->status().warnings.size() == 1);
  CHECK(follower->status().warnings[0].starts_with("30 messages"));
}

TEST_CASE("streams that cannot keep what they took are told of, while they are followed") {
  struct Case {
    const char* settings;
    const char* says;
  };
  const Case cases[] = {
      {R"("storage":"memory")", "in memory"},
      {R"("storage":"file","max_msgs_per_subject":3)", "3 messages of a subject"},
      {R"("storage":"file","retention":"interest")", "while a consumer is there"},
      {R"("storage":"file","no_ack":true)", "acknowledges nothing"},
      {R"("storage":"file","discard":"new","max_msgs":1000)", "refuses new messages"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.settings);
    NatsServer server;
    Sink sink;
    OtherClient other(server);
    const std::string made = other.request(
        "$JS.API.STREAM.CREATE.EV",
        fmt::format(R"({{"name":"EV","subjects":["cc.job.event","jobledger.command"],{}}})",
                    c.settings));
    REQUIRE_MESSAGE(made.find("\"error\"") == std::string::npos, made);
    Follower follower(quick_config(server), sink);
    follower.wait_mode(SourceMode::following);
    const std::vector<std::string> warnings = follower->status().warnings;
    REQUIRE(warnings.size() == 1);
    CHECK_MESSAGE(warnings[0].find(c.says) != std::string::npos, warnings[0]);
    CHECK(follower->status().problem.empty());
  }
}

}  // namespace
}  // namespace jobledger::ingest
