// SPDX-License-Identifier: MIT
#include "base/mailbox.h"

#include <doctest/doctest.h>

#include <thread>

namespace jobledger {
namespace {

using namespace std::chrono_literals;

TEST_CASE("what is pushed arrives in order, and a full mailbox waits for the consumer") {
  Mailbox<int> mailbox(3);
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) REQUIRE(mailbox.push(i));
    mailbox.close();
  });
  int expected = 0;
  for (;;) {
    auto items = mailbox.pop_all(10s);
    if (items.empty()) break;
    CHECK(items.size() <= 3);
    for (int item : items) CHECK(item == expected++);
  }
  producer.join();
  CHECK(expected == 1000);
}

TEST_CASE("closing wakes a waiting producer, and queued items stay readable") {
  Mailbox<int> mailbox(1);
  REQUIRE(mailbox.push(1));
  CHECK(!mailbox.try_push(2));
  std::thread producer([&] { CHECK(!mailbox.push(2)); });
  mailbox.close();
  producer.join();
  CHECK(mailbox.pop_all(10s).size() == 1);
  CHECK(mailbox.pop_all(10s).empty());
}

}  // namespace
}  // namespace jobledger
