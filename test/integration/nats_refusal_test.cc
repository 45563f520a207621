// SPDX-License-Identifier: MIT
// Brokers that do not let us in, let us do less than we need, or say nothing.
#include "test/integration/follower.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <sys/socket.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace jobledger::ingest {
namespace {

// One user for us, one for publishers; `ours`: our permissions.
std::string users(const std::string& password, const std::string& ours = {}) {
  return fmt::format(
      "authorization {{ users: [ {{user: jl, password: \"{}\" {} }}, {{user: other, password: o}} "
      "] }}\n",
      password, ours.empty() ? "" : ", permissions: {" + ours + "}");
}

void write_password(const std::filesystem::path& file, const std::string& password) {
  std::ofstream(file) << password << '\n';
}

NatsConfig other_login(const NatsServer& server) {
  NatsConfig login;
  login.user = "other";
  login.password_file = server.folder() / "other";
  write_password(login.password_file, "o");
  return login;
}

Config login_config(const NatsServer& server, const std::string& password = "one") {
  Config config = quick_config(server);
  config.nats.user = "jl";
  config.nats.password_file = server.folder() / "password";
  config.nats.request_timeout = 500ms;
  write_password(config.nats.password_file, password);
  return config;
}

void wait_problem(Follower& follower, const std::string& text) {
  wait_until(text.c_str(), [&] {
    const SourceStatus status = follower->status();
    return status.mode != SourceMode::following && status.problem.find(text) != std::string::npos;
  });
}

std::size_t thread_count() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

// What is allocated and not freed; 0 with the address sanitizer, which looks for leaks itself.
std::size_t heap_bytes() { return ::mallinfo2().uordblks; }

TEST_CASE("a login that is refused for a while: the broker is asked again, and work goes on") {
  for (const bool ours_changes : {true, false}) {
    CAPTURE(ours_changes);
    NatsServer server;
    server.configure(users("one"));
    server.stop(SIGTERM);
    server.start();
    const Config config = login_config(server);
    Sink sink;
    Follower follower(config, sink);
    follower.wait_mode(SourceMode::following);
    server.configure(users("two"));  // in the middle of work
    wait_problem(follower, "uthorization");
    const auto since = std::chrono::steady_clock::now();
    const std::size_t before = server.logged("authentication error");
    wait_until("tries", [&] { return server.logged("authentication error") >= before + 5; });
    const std::size_t tries = server.logged("authentication error") - before;
    const auto took = std::chrono::steady_clock::now() - since;
    CHECK(took / config.nats.reconnect_wait + 2 >= static_cast<std::int64_t>(tries));
    if (ours_changes) {
      write_password(config.nats.password_file, "two");
    } else {
      server.configure(users("one"));
    }
    OtherClient other(server, other_login(server));
    other.publish_numbers(0, 5);
    sink.wait_for_messages(5);
    follower.wait_mode(SourceMode::following);
    CHECK(follower->status().problem.empty());
  }
}

TEST_CASE("what we may not do is named, and done once we may") {
  struct Case {
    const char* permissions;
    const char* named;
  };
  const Case cases[] = {
      {"publish: {deny: [\"$JS.API.>\"]}", "$JS.API.STREAM.INFO.EV"},
      {"publish: {deny: [\"$JS.API.STREAM.INFO.>\"]}", "$JS.API.STREAM.INFO.EV"},
      {"publish: {deny: [\"$JS.API.STREAM.CREATE.>\"]}", "$JS.API.STREAM.CREATE.EV"},
      {"publish: {deny: [\"$JS.API.CONSUMER.DELETE.>\"]}", "$JS.API.CONSUMER.DELETE.EV.jobledger"},
      {"publish: {deny: [\"$JS.API.CONSUMER.DURABLE.CREATE.>\", \"$JS.API.CONSUMER.CREATE.>\"]}",
       "$JS.API.CONSUMER"},
      {"publish: {deny: [\"$JS.API.CONSUMER.MSG.NEXT.>\"]}", "$JS.API.CONSUMER.MSG.NEXT"},
      {"subscribe: {deny: [\"_INBOX.>\"]}", "_INBOX."},
  };
  for (const Case& c : cases) {
    CAPTURE(c.permissions);
    NatsServer server;
    server.configure(users("one", c.permissions));
    server.stop(SIGTERM);
    server.start();
    Sink sink;
    Follower follower(login_config(server), sink);
    wait_problem(follower, c.named);
    CHECK(follower->status().mode == SourceMode::waiting_for_stream);
    server.configure(users("one"));
    follower.wait_mode(SourceMode::following);
    OtherClient other(server, other_login(server));
    other.publish_numbers(0, 5);
    sink.wait_for_messages(5);
    follower.wait_mode(SourceMode::following);
    CHECK(follower->status().problem.empty());
  }
}

TEST_CASE("permissions that are taken away in the middle of work, and given back") {
  NatsServer server;
  server.configure(users("one"));
  server.stop(SIGTERM);
  server.start();
  Sink sink;
  Follower follower(login_config(server), sink);
  follower.wait_mode(SourceMode::following);
  server.configure(
      users("one", "publish: {deny: [\"$JS.API.>\"]}, subscribe: {deny: [\"_INBOX.>\"]}"));
  wait_problem(follower, "ermissions");
  server.configure(users("one"));
  OtherClient other(server, other_login(server));
  other.publish_numbers(0, 5);
  sink.wait_for_messages(5);
}

TEST_CASE("permissions that are enough: no publishing to inboxes, no reading of single messages") {
  NatsServer server;
  server.configure(
      users("one",
            "publish: {allow: [\"$JS.API.STREAM.INFO.EV\", \"$JS.API.STREAM.CREATE.EV\","
            "\"$JS.API.CONSUMER.*.EV.jobledger\", \"$JS.API.CONSUMER.*.*.EV.jobledger\","
            "\"$JS.API.CONSUMER.CREATE.EV.>\", \"$JS.ACK.>\"]}, subscribe: [\"_INBOX.>\"]"));
  server.stop(SIGTERM);
  server.start();
  Sink sink;
  Follower follower(login_config(server), sink);
  follower.wait_mode(SourceMode::following);
  OtherClient other(server, other_login(server));
  other.publish_numbers(0, 5);
  sink.wait_for_messages(5);
  CHECK(follower->status().warnings.empty());
}

TEST_CASE("a command or an acknowledgement that we may not publish is told, and stops nothing") {
  NatsServer server;
  server.configure(users("one", "publish: {deny: [\"$JS.ACK.>\", \"jobledger.command\"]}"));
  server.stop(SIGTERM);
  server.start();
  Sink sink;
  Follower follower(login_config(server), sink);
  follower.wait_mode(SourceMode::following);
  OtherClient other(server, other_login(server));
  other.publish_numbers(0, 5);
  sink.wait_for_messages(5);
  wait_until("a warning", [&] {
    const auto warnings = follower->status().warnings;
    return !warnings.empty() && warnings.back().find("$JS.ACK.") != std::string::npos;
  });
  std::mutex mutex;
  std::optional<Result<void>> answer;
  follower->publish("{}", [&](Result<void> result) {
    std::lock_guard lock(mutex);
    answer = std::move(result);
  });
  wait_until("an answer", [&] {
    std::lock_guard lock(mutex);
    return answer.has_value();
  });
  REQUIRE_FALSE(answer->has_value());
  CHECK_MESSAGE(answer->error().detail.find("jobledger.command") != std::string::npos,
                answer->error().detail);
  CHECK(follower->status().mode == SourceMode::following);
}

TEST_CASE("our user is deleted, and comes back") {
  NatsServer server;
  server.configure(users("one"));
  server.stop(SIGTERM);
  server.start();
  Sink sink;
  Follower follower(login_config(server), sink);
  follower.wait_mode(SourceMode::following);
  server.configure("authorization { users: [ {user: other, password: o} ] }\n");
  wait_problem(follower, "uthorization");
  server.configure(users("one"));
  OtherClient other(server, other_login(server));
  other.publish_numbers(0, 5);
  sink.wait_for_messages(5);
}

TEST_CASE("JetStream is taken from our account, and given back") {
  const std::string account = "accounts {{ A: {{ {} users: [ {{user: jl, password: one}} ] }} }}\n";
  NatsServer server;
  server.configure(fmt::format(fmt::runtime(account), "jetstream: enabled,"));
  server.stop(SIGTERM);
  server.start();
  Sink sink;
  Follower follower(login_config(server), sink);
  follower.wait_mode(SourceMode::following);
  server.configure(fmt::format(fmt::runtime(account), ""));
  follower.wait_mode(SourceMode::plain);
  server.configure(fmt::format(fmt::runtime(account), "jetstream: enabled,"));
  follower.wait_mode(SourceMode::following);
}

// Accepts connections, sends one text, and nothing else until its end; or closes them at once.
class OddServer {
 public:
  enum class Then { keep, close };
  explicit OddServer(std::string text = {}, Then then = Then::keep)
      : text_(std::move(text)), then_(then), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_.get(), generic, size) == 0);
    REQUIRE(::listen(listener_.get(), 128) == 0);
    REQUIRE(::getsockname(listener_.get(), generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~OddServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string url() const { return fmt::format("nats://127.0.0.1:{}", port_); }
  int accepted() const { return accepted_; }

 private:
  void run() {
    for (;;) {
      Fd peer(::accept(listener_.get(), nullptr, nullptr));
      if (peer.get() < 0) return;
      ::send(peer.get(), text_.data(), text_.size(), MSG_NOSIGNAL);
      ++accepted_;
      if (then_ == Then::keep) peers_.push_back(std::move(peer));
    }
  }

  const std::string text_;
  const Then then_;
  const Fd listener_;
  int port_ = 0;
  std::vector<Fd> peers_;
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

constexpr const char* kInfo =
    R"(INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"headers":true)";

Config odd_config(const std::string& url) {
  Config config;
  config.nats.url = url;
  config.nats.connect_timeout = 100ms;
  config.nats.request_timeout = 200ms;
  config.nats.reconnect_wait = 10ms;
  config.events.stream = "EV";
  config.events.retry_wait = 10ms;
  return config;
}

TEST_CASE("a server that accepts and says nothing, at any point, is left and tried again") {
  struct Case {
    const char* name;
    std::string says;
  };
  const Case cases[] = {
      {"nothing", ""},
      {"half a line", "INFO {"},
      {"not our protocol", "SSH-2.0-OpenSSH\r\n"},
      {"no answer to CONNECT", kInfo + std::string("}\r\n")},
      {"no TLS handshake", kInfo + std::string(R"(,"tls_required":true})") + "\r\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    OddServer server(c.says);
    Sink sink;
    Config config = odd_config(server.url());
    if (std::string_view(c.name) == "no TLS handshake") {
      config.nats.url = "tls" + config.nats.url.substr(4);
    }
    Follower follower(config, sink);
    wait_until("tries", [&] { return server.accepted() >= 3; });
    const SourceStatus status = follower->status();
    CHECK(status.mode == SourceMode::connecting);
    CHECK(status.problem != "not connected yet");
    CHECK_FALSE(status.problem.empty());
  }
}

TEST_CASE("stopping while a TLS handshake hangs does not wait for it") {
  OddServer server(kInfo + std::string(R"(,"tls_required":true})") + "\r\n");
  Sink sink;
  Config config = odd_config("tls" + server.url().substr(4));
  config.nats.connect_timeout = 3'600'000ms;
  Follower follower(config, sink);
  wait_until("a try", [&] { return server.accepted() >= 1; });
  follower->stop();
  CHECK(follower->status().mode == SourceMode::stopped);
}

TEST_CASE("a name that is not resolved is told") {
  Sink sink;
  Follower follower(odd_config("nats://no-such-broker.invalid:4222"), sink);
  wait_until("a reason", [&] {
    const std::string problem = follower->status().problem;
    return problem.find("no-such-broker.invalid") != std::string::npos;
  });
  CHECK(follower->status().mode == SourceMode::connecting);
}

TEST_CASE("a broker that is stopped as it stands is left, and found again when it goes on") {
  NatsServer server;
  Sink sink;
  Config config = quick_config(server);
  config.nats.connect_timeout = 200ms;
  config.nats.request_timeout = 300ms;
  config.nats.ping_interval = 200ms;
  Follower follower(config, sink);
  follower.wait_mode(SourceMode::following);
  server.signal(SIGSTOP);
  wait_until("its loss", [&] { return follower->status().mode == SourceMode::connecting; });
  CHECK_FALSE(follower->status().problem.empty());
  server.signal(SIGCONT);
  OtherClient other(server);
  other.publish_numbers(0, 5);
  sink.wait_for_messages(5);
}

TEST_CASE("stopping a source while the broker stands still waits for no answer") {
  NatsServer server;
  Sink sink;
  Config config = quick_config(server);
  config.nats.request_timeout = 3'600'000ms;
  config.nats.ping_interval = 3'600'000ms;
  Follower follower(config, sink);
  follower.wait_mode(SourceMode::following);
  server.signal(SIGSTOP);
  const auto until = std::chrono::steady_clock::now() + 3 * config.events.status_interval;
  wait_until("a request", [&] { return std::chrono::steady_clock::now() > until; });
  follower->stop();
  CHECK(follower->status().mode == SourceMode::stopped);
}

TEST_CASE("hundreds of links leave neither threads nor memory behind") {
  NatsServer server;
  server.configure(users("one"));
  server.stop(SIGTERM);
  server.start();
  OddServer closes(kInfo + std::string("}\r\n"), OddServer::Then::close);
  Config refused = login_config(server, "wrong");
  refused.nats.reconnect_wait = 1ms;
  Config closed = odd_config(closes.url());
  closed.nats.reconnect_wait = 1ms;
  Sink sink;
  Follower a(refused, sink), b(closed, sink);
  const auto wait_for = [&](std::size_t tries) {
    wait_until("tries", [&] {
      return server.logged("authentication error") >= tries &&
             closes.accepted() >= static_cast<int>(tries);
    });
  };
  wait_for(50);
  const std::size_t threads = thread_count(), bytes = heap_bytes();
  wait_for(550);
  CHECK(thread_count() <= threads + 4);
  CHECK(heap_bytes() <= bytes + (1u << 20));  // of 1,000 links
}

TEST_CASE("hundreds of attachments leave neither threads nor memory behind") {
  NatsServer server;
  Sink sink;
  Config config = quick_config(server);
  config.nats.reconnect_wait = 1ms;
  config.events.retry_wait = 1ms;
  Follower follower(config, sink);
  follower.wait_mode(SourceMode::following);
  OtherClient other(server);
  const auto round = [&](int number) {
    other.request("$JS.API.CONSUMER.DELETE.EV.jobledger");
    other.publish_numbers(number, number + 1);
    sink.wait_for_messages(static_cast<std::size_t>(number) + 1);
  };
  for (int i = 0; i < 20; ++i) round(i);
  const std::size_t threads = thread_count(), bytes = heap_bytes();
  for (int i = 20; i < 220; ++i) round(i);
  CHECK(sink.payloads() == numbers(0, 220));
  CHECK(thread_count() <= threads + 4);
  CHECK(heap_bytes() <= bytes + (1u << 20));
}

}  // namespace
}  // namespace jobledger::ingest
