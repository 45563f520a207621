// SPDX-License-Identifier: MIT
// Nonsense does not crowd out what is of our clusters.
#include "storage/letter_room.h"

#include "test/hex.h"
#include "test/storage/support.h"

#include <doctest/doctest.h>

#include <string>

namespace jobledger::storage {
namespace {

// Adds letters until one is dropped, and counts those that were kept.
class Filler {
 public:
  explicit Filler(TestStore& store) : store_(store) {}

  std::uint64_t fill(const std::string& kind, const std::string& subject, bool of_known_cluster) {
    const std::uint64_t before = store_->stats().dead_letters;
    Update update = store_->begin_update();
    for (int n = 0; n < 50; ++n) {
      DeadLetter letter;
      letter.origin = {"EV", 1, ++sequence_, 0};
      letter.subject = subject;
      letter.kind = kind;
      letter.of_known_cluster = of_known_cluster;
      letter.payload = "0123456789";
      REQUIRE(update.add_dead_letter(letter).has_value());
    }
    REQUIRE(store_->commit(update).has_value());
    return store_->stats().dead_letters - before;
  }

 private:
  TestStore& store_;
  std::uint64_t sequence_ = 0;
};

TEST_CASE("a reason on a subject has its part, and known clusters have a reserve") {
  TestStore store;
  store.config().max_dead_letters = 40;
  store.config().max_dead_letters_per_group = 12;
  store.reopen();
  Filler filler(store);
  CHECK(filler.fill("syntax", "a", false) == 12);
  CHECK(filler.fill("syntax", "a", false) == 0);
  store.reopen();
  CHECK(filler.fill("syntax", "a", false) == 0);
  CHECK(filler.fill("syntax", "b", false) == 12);
  CHECK(filler.fill("payload", "b", false) == 6);  // 30 of 40 in all
  CHECK(filler.fill("payload", "c", false) == 0);
  CHECK_FALSE(store->stats().dead_letter_reserve_touched);
  CHECK(filler.fill("syntax", "a", true) == 10);
  CHECK(store->stats().dead_letter_reserve_touched);
  CHECK(filler.fill("payload", "a", true) == 0);
  CHECK(store->stats().dead_letters_dropped == 8 * 50 - 40);
}

TEST_CASE("the same by bytes") {
  TestStore store;
  store.config().max_dead_letter_total_bytes = 400;
  store.config().max_dead_letter_group_bytes = 130;
  store.reopen();
  Filler filler(store);
  CHECK(filler.fill("syntax", "a", false) == 11);  // of 11 bytes each
  CHECK(filler.fill("syntax", "b", false) == 11);
  CHECK(filler.fill("syntax", "c", false) == 5);
  CHECK(filler.fill("syntax", "c", true) == 9);
  CHECK(store->stats().dead_letter_reserve_touched);
}

TEST_CASE("a dropped letter makes room for its own kind, also over a restart") {
  TestStore store;
  store.config().max_dead_letters_per_group = 3;
  store.reopen();
  Filler filler(store);
  CHECK(filler.fill("syntax", "a", false) == 3);
  store.reopen();
  Update update = store->begin_update();
  for (std::int64_t id = 1; id <= 3; ++id) CHECK(*update.drop_dead_letter(id));
  REQUIRE(store->commit(update).has_value());
  store.reopen();
  CHECK(filler.fill("syntax", "a", false) == 3);
}

TEST_CASE("subjects without end share one room") {
  TestStore store;
  store.config().max_dead_letters_per_group = 2;
  store.reopen();
  Update update = store->begin_update();
  for (std::uint64_t n = 1; n <= kMaxLetterGroups + 50; ++n) {
    DeadLetter letter;
    letter.origin = {"EV", 1, n, 0};
    letter.subject = "s" + std::to_string(n);
    letter.kind = "syntax";
    REQUIRE(update.add_dead_letter(letter).has_value());
  }
  REQUIRE(store->commit(update).has_value());
  CHECK(store->stats().dead_letters == kMaxLetterGroups + 2);
}

TEST_CASE("a room has exactly these bytes") {
  CHECK(hex(encode_letter_room({1, 300})) == "0101ac02");
  CHECK(*decode_letter_room(unhex("0101ac02")) == LetterRoom{1, 300});
  for (const char* bad : {"", "01", "0101", "0201ac02", "0101ac0200"}) {
    CHECK_FALSE(decode_letter_room(unhex(bad)).has_value());
  }
}

}  // namespace
}  // namespace jobledger::storage
