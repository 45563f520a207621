// SPDX-License-Identifier: MIT
#include "shop.h"

#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <latch>
#include <mutex>
#include <thread>

namespace {

// Two threads that take work in turn.
class Pool final : public graphql::Executor {
 public:
  Pool() {
    for (auto& thread : threads_) thread = std::thread([this] { run(); });
  }
  ~Pool() override {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  void post(std::function<void()> work) override {
    {
      std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
    }
    changed_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closed_ || !work_.empty(); });
      if (work_.empty()) return;
      auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool closed_ = false;
  std::thread threads_[2];
};

// Never gets to it.
class Idle final : public graphql::Executor {
 public:
  void post(std::function<void()>) override {}
};

struct Ask {
  const char* query;
  const char* variables;
};

constexpr Ask kAsks[] = {
    {"query ($c: Boolean!) { items { ...F count @include(if: $c) } } "
     "fragment F on Page { items { id labels { text } } }",
     R"({"c": true})"},
    {"query ($c: Boolean!) { items { ...F count @include(if: $c) } } "
     "fragment F on Page { items { id labels { text } } }",
     R"({"c": false})"},
    {"{ things { __typename ... on Item { id labels { text } } ... on Named { name } } }", ""},
    {"{ a: slow(name: \"a\") later b: slow(name: \"b\") c: slow(name: \"c\") fails }", ""},
    {"{ items { nope } }", ""},
};

std::string answer(const graphql::Engine& engine, const Ask& ask, graphql::Executor* executor) {
  const shop::Root root;
  shop::Counters counters;
  graphql::Request request;
  request.query = ask.query;
  request.variables_json = ask.variables;
  request.executor = executor;
  request.add_root(root).set_host(counters);
  return engine.execute(request).body;
}

}  // namespace

TEST_CASE("threads that share an engine get the answers that one alone gets") {
  graphql::Options options;
  SUBCASE("all documents are kept") {}
  SUBCASE("hardly any is kept") { options.cached_documents = 1; }
  const auto alone = shop::engine(options);
  std::vector<std::string> expected;
  for (const Ask& ask : kAsks) expected.push_back(answer(*alone, ask, nullptr));

  const auto shared = shop::engine(options);
  Pool pool;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> clients;
  for (std::size_t client = 0; client < 4; ++client) {
    clients.emplace_back([&, client] {
      for (std::size_t i = 0; i < 50; ++i) {
        const std::size_t which = (i + client) % std::size(kAsks);
        if (answer(*shared, kAsks[which], &pool) != expected[which]) ++wrong;
      }
    });
  }
  for (auto& client : clients) client.join();
  CHECK(wrong == 0);
}

TEST_CASE("an executor that never gets to its work delays nothing") {
  const auto engine = shop::engine();
  Idle idle;
  for (const Ask& ask : kAsks) CHECK(answer(*engine, ask, &idle) == answer(*engine, ask, nullptr));
}

TEST_CASE("concurrent root fields run at the same time") {
  struct Root {};
  std::latch both(2);  // one after the other they would wait for ever
  graphql::Binder binder;
  const auto meet = [&](const Root&) {
    both.arrive_and_wait();
    return 1;
  };
  binder.type<Root>("Query").concurrent("a", meet).concurrent("b", meet);
  const auto schema = graphql::Schema::parse("type Query { a: Int b: Int }").value();
  const auto engine = graphql::Engine::make(schema, binder).value();
  const Root root;
  Pool pool;
  graphql::Request request;
  request.query = "{ a b }";
  request.executor = &pool;
  request.add_root(root);
  CHECK(engine->execute(request).body == R"({"data":{"a":1,"b":1}})");
}
