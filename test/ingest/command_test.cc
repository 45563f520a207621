// SPDX-License-Identifier: MIT
#include "ingest/command.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace jobledger::ingest {
namespace {

constexpr const char* kDrop = R"({"command":"dead_letter_drop","dead_letter":7})";

// Takes commands, answers when told to.
class Paper : public CommandPublisher {
 public:
  void publish(std::string payload, std::function<void(Result<void>)> done) override {
    payloads.push_back(std::move(payload));
    answers.push_back(std::move(done));
  }
  std::vector<std::string> payloads;
  std::vector<std::function<void(Result<void>)>> answers;
};

struct Fixture {
  explicit Fixture(LimitsConfig limits = {}) : desk(std::make_shared<CommandDesk>(paper, limits)) {}

  CommandDesk::Done into(std::optional<Result<void>>& answer) {
    return [&answer](Result<void> result) { answer = std::move(result); };
  }
  std::string id_of(std::size_t n) { return parse_command(paper.payloads.at(n), 1000)->id; }

  Paper paper;
  std::shared_ptr<CommandDesk> desk;
};

TEST_CASE("a command is published with an id and answered when it was applied") {
  Fixture f;
  std::optional<Result<void>> first, second;
  f.desk->submit(kDrop, f.into(first));
  f.desk->submit(kDrop, f.into(second));
  REQUIRE(f.paper.payloads.size() == 2);
  CHECK(f.id_of(0) != f.id_of(1));
  CHECK(parse_command(f.paper.payloads[0], 1000)->dead_letter == 7);
  f.paper.answers[0]({});
  CHECK_FALSE(first);  // the log has it, that is not enough
  f.desk->answer(f.id_of(0), {});
  REQUIRE(first);
  CHECK(first->has_value());
  f.desk->answer(f.id_of(1), invalid("no"));
  CHECK_FALSE(second->has_value());
  f.desk->answer(f.id_of(1), {});
  f.desk->answer("somebody else", {});
  CHECK(f.desk->waiting() == 0);
}

TEST_CASE("what is no command is not published") {
  Fixture f;
  for (const char* bad : {"", "x", "{}", "[1]", R"({"command":"x"})", R"({"id":"y")"}) {
    CAPTURE(bad);
    std::optional<Result<void>> answer;
    f.desk->submit(bad, f.into(answer));
    REQUIRE(answer);
    CHECK(answer->error().kind == ErrorKind::invalid);
  }
  CHECK(f.paper.payloads.empty());
  CHECK(f.desk->waiting() == 0);
}

TEST_CASE("a log out of reach is an answer at once") {
  Fixture f;
  std::optional<Result<void>> answer;
  f.desk->submit(kDrop, f.into(answer));
  f.paper.answers[0](Error{ErrorKind::unavailable, "no broker"});
  REQUIRE(answer);
  CHECK(answer->error().detail == "no broker");
}

TEST_CASE("a command that does not come back is given up after its patience") {
  LimitsConfig limits;
  limits.command_patience = std::chrono::milliseconds(1000);
  Fixture f(limits);
  std::optional<Result<void>> answer;
  f.desk->submit(kDrop, f.into(answer));
  f.desk->expire(std::chrono::steady_clock::now());
  CHECK_FALSE(answer);
  f.desk->expire(std::chrono::steady_clock::now() + std::chrono::seconds(2));
  REQUIRE(answer);
  CHECK(answer->error().kind == ErrorKind::unavailable);
}

TEST_CASE("only so many wait, and the end answers all of them") {
  LimitsConfig limits;
  limits.max_waiting_commands = 1;
  Fixture f(limits);
  std::optional<Result<void>> first, second, third;
  f.desk->submit(kDrop, f.into(first));
  f.desk->submit(kDrop, f.into(second));
  CHECK(second->error().kind == ErrorKind::unavailable);
  f.desk->close();
  CHECK(first->error().kind == ErrorKind::cancelled);
  f.desk->submit(kDrop, f.into(third));
  CHECK(third);
  CHECK(f.paper.payloads.size() == 1);
  f.paper.answers[0](Error{ErrorKind::unavailable, "late"});
}

}  // namespace
}  // namespace jobledger::ingest
