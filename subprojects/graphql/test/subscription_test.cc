// SPDX-License-Identifier: MIT
#include "graphql/graphql.h"

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <string>

namespace {

constexpr const char* kSubscriptionSdl = R"(
  type Query { stops: Int! }
  type Subscription { jobStopped(cluster: String!): Job broken: Job }
  type Job { id: ID! cluster: String! secret: String }
)";

struct Job {
  int id;
  std::string cluster;
};
struct LiveQuery {};
struct Stop {
  Job job;
};

// The host's stream: what passes its filter.
struct Stops {
  std::string cluster;
  std::deque<Stop> events;
  void offer(const Stop& stop) {
    if (stop.job.cluster == cluster) events.push_back(stop);
  }
};

graphql::Binder make_binder() {
  graphql::Binder binder;
  binder.type<LiveQuery>("Query").field("stops", [](const LiveQuery&) { return 3; });
  binder.type<Job>("Job")
      .field("id", &Job::id)
      .field("cluster", &Job::cluster)
      .field("secret", [](const Job& job) -> graphql::Expected<std::string> {
        return graphql::Failure{"not for you: " + std::to_string(job.id), "FORBIDDEN"};
      });
  binder.type<Stop>("Subscription").field("jobStopped", &Stop::job).field("broken", &Stop::job);
  binder.source<Stops>(
      "jobStopped",
      [](const graphql::Args& args,
         const graphql::Context& context) -> graphql::Expected<std::shared_ptr<Stops>> {
        ++context.host<int>();
        const auto cluster = args.get<std::string_view>("cluster");
        if (cluster == "none") return graphql::Failure{"no cluster none", "NONE"};
        return std::make_shared<Stops>(Stops{std::string(cluster), {}});
      });
  binder.source<Stops>("broken",
                       [](const graphql::Args&, const graphql::Context&) -> std::shared_ptr<Stops> {
                         throw std::runtime_error("private");
                       });
  return binder;
}

struct SubscriptionWorld {
  SubscriptionWorld() {
    engine = graphql::Engine::make(graphql::Schema::parse(kSubscriptionSdl).value(), make_binder())
                 .value();
  }
  graphql::Expected<graphql::Subscription, graphql::Response> subscribe(
      std::string_view query, std::string_view variables = {}) {
    graphql::Request request;
    request.query = query;
    request.variables_json = variables;
    request.set_host(streams);
    return engine->subscribe(request);
  }
  std::string refusal(std::string_view query) {
    auto answer = subscribe(query);
    REQUIRE_FALSE(answer.has_value());
    return answer.error().body;
  }

  std::shared_ptr<const graphql::Engine> engine;
  int streams = 0;  // made
};

std::string answer(const graphql::Subscription& subscription, const Stop& event) {
  graphql::Request request;
  request.add_root(event);
  return subscription.execute(request).body;
}

}  // namespace

TEST_CASE("each event of the source stream is answered by the subscription's selection") {
  SubscriptionWorld world;
  auto subscription = world.subscribe(
      "subscription ($c: String!) { stopped: jobStopped(cluster: $c) { id cluster } }",
      R"({"c": "fritz"})");
  REQUIRE(subscription.has_value());
  CHECK(world.streams == 1);
  Stops& stream = subscription->source<Stops>();
  for (const Stop& stop : {Stop{{1, "fritz"}}, Stop{{2, "alex"}}, Stop{{3, "fritz"}}}) {
    stream.offer(stop);
  }
  REQUIRE(stream.events.size() == 2);
  CHECK(answer(*subscription, stream.events[0]) ==
        R"({"data":{"stopped":{"id":"1","cluster":"fritz"}}})");
  CHECK(answer(*subscription, stream.events[1]) ==
        R"({"data":{"stopped":{"id":"3","cluster":"fritz"}}})");
  CHECK(world.streams == 1);
}

TEST_CASE("an event whose field fails is answered in part, and the next one as ever") {
  SubscriptionWorld world;
  auto subscription =
      world.subscribe("subscription { jobStopped(cluster: \"fritz\") { id secret } }");
  REQUIRE(subscription.has_value());
  for (const int id : {7, 8}) {
    const std::string body = answer(*subscription, Stop{{id, "fritz"}});
    CHECK(body.find(R"("data":{"jobStopped":{"id":")" + std::to_string(id) +
                    R"(","secret":null}})") != std::string::npos);
    CHECK(body.find("not for you: " + std::to_string(id)) != std::string::npos);
    CHECK(body.find(R"("path":["jobStopped","secret"])") != std::string::npos);
  }
}

TEST_CASE("an event can be stopped") {
  SubscriptionWorld world;
  auto subscription = world.subscribe("subscription { jobStopped(cluster: \"fritz\") { id } }");
  REQUIRE(subscription.has_value());
  const std::atomic<bool> gone{true};
  const Stop event{{1, "fritz"}};
  graphql::Request request;
  request.add_root(event);
  request.stop.flag = &gone;
  CHECK(subscription->execute(request).outcome == graphql::Outcome::aborted);
}

TEST_CASE("a stream that cannot be made says why at the field's place") {
  SubscriptionWorld world;
  const std::string body =
      world.refusal("subscription {\n  s: jobStopped(cluster: \"none\") { id } }");
  CHECK(body.find("no cluster none") != std::string::npos);
  CHECK(body.find(R"("code":"NONE")") != std::string::npos);
  CHECK(body.find(R"("locations":[{"line":2,"column":3}])") != std::string::npos);
  CHECK(body.find(R"("path":["s"])") != std::string::npos);
  CHECK(world.refusal("subscription { broken { id } }").find("private") == std::string::npos);
}

TEST_CASE("what is no subscription has no source stream") {
  SubscriptionWorld world;
  CHECK(world.refusal("{ stops }").find("Only subscriptions") != std::string::npos);
  CHECK(world.refusal("subscription { __typename }").find("errors") != std::string::npos);
  CHECK(world.refusal("subscription { jobStopped(cluster: \"a\") { id } broken { id } }")
            .find("errors") != std::string::npos);
  CHECK(world.refusal("subscription { jobStopped(cluster: \"a\") @skip(if: true) { id } }")
            .find("exactly one field") != std::string::npos);
  CHECK(world.refusal("subscription { jobStopped(cluster: 1) { id } }").find("errors") !=
        std::string::npos);
  CHECK(world.streams == 0);
}

TEST_CASE("sources are checked against the schema at start") {
  graphql::Binder binder = make_binder();
  binder.source<Stops>("gone", [](const graphql::Args&, const graphql::Context&) {
    return std::make_shared<Stops>();
  });
  const auto sdl = std::string(kSubscriptionSdl) + "extend type Subscription { silent: Job }";
  const auto engine = graphql::Engine::make(graphql::Schema::parse(sdl).value(), std::move(binder));
  REQUIRE_FALSE(engine.has_value());
  std::string all;
  for (const auto& error : engine.error()) all += error.message + "\n";
  CHECK(all.find("source gone: is bound, but") != std::string::npos);
  CHECK(all.find("Subscription.silent: no source is bound") != std::string::npos);
}
