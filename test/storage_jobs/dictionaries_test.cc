// SPDX-License-Identifier: MIT
#include "storage/jobs/dictionaries.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

namespace jobledger::storage::jobs {
namespace {

std::string numbered(std::uint32_t i) { return "text number " + std::to_string(i); }

TEST_CASE("texts get dense numbers in order of appearance and keep them") {
  Dictionaries dictionaries;
  CHECK(dictionaries.intern(Dictionary::user, "a") == 0);
  CHECK(dictionaries.intern(Dictionary::user, "") == 1);
  CHECK(dictionaries.intern(Dictionary::user, "a") == 0);
  CHECK(dictionaries.intern(Dictionary::host, "b") == 0);
  CHECK(dictionaries.size(Dictionary::user) == 2);
  CHECK(dictionaries.find(Dictionary::user, "") == 1);
  CHECK_FALSE(dictionaries.find(Dictionary::user, "b"));
  CHECK_FALSE(dictionaries.find(Dictionary::project, "a"));
  CHECK(dictionaries.text(Dictionary::host, 0) == "b");
}

TEST_CASE("a dictionary grows over many pieces without moving a text") {
  Dictionaries dictionaries;
  const std::string long_text(100'000, 'x');
  dictionaries.intern(Dictionary::job_name, numbered(0));
  const std::string_view first = dictionaries.text(Dictionary::job_name, 0);
  for (std::uint32_t i = 1; i < 20'000; ++i)
    REQUIRE(dictionaries.intern(Dictionary::job_name, numbered(i)) == i);
  dictionaries.intern(Dictionary::job_name, long_text);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    REQUIRE(dictionaries.text(Dictionary::job_name, i) == numbered(i));
    REQUIRE(dictionaries.find(Dictionary::job_name, numbered(i)) == i);
  }
  CHECK(dictionaries.text(Dictionary::job_name, 20'000) == long_text);
  CHECK(first.data() == dictionaries.text(Dictionary::job_name, 0).data());
  CHECK(dictionaries.memory_bytes() > 100'000);
}

TEST_CASE("ranks follow the bytes of the texts and the growth of the dictionary") {
  Dictionaries dictionaries;
  for (const char* text : {"b", "a", "C"}) dictionaries.intern(Dictionary::user, text);
  const auto ranks = dictionaries.ranks(Dictionary::user);
  CHECK(*ranks == std::vector<std::uint32_t>{2, 1, 0});
  CHECK(dictionaries.ranks(Dictionary::user) == ranks);
  dictionaries.intern(Dictionary::user, "aa");
  CHECK(*dictionaries.ranks(Dictionary::user) == std::vector<std::uint32_t>{3, 1, 0, 2});
}

TEST_CASE("readers look texts up while the dictionary grows") {
  Dictionaries dictionaries;
  std::atomic<std::uint32_t> published{0};
  std::atomic<bool> wrong{false};
  const auto read = [&] {
    for (std::uint32_t seen = 0; seen < 5'000;) {
      seen = published.load(std::memory_order_acquire);
      if (seen == 0) continue;
      const std::uint32_t last = seen - 1;
      if (dictionaries.text(Dictionary::host, last) != numbered(last) ||
          dictionaries.find(Dictionary::host, numbered(last)) != last ||
          dictionaries.ranks(Dictionary::host)->size() < seen)
        wrong = true;
    }
  };
  std::thread one(read), two(read);
  for (std::uint32_t i = 0; i < 5'000; ++i) {
    dictionaries.intern(Dictionary::host, numbered(i));
    published.store(i + 1, std::memory_order_release);
  }
  one.join();
  two.join();
  CHECK_FALSE(wrong.load());
}

}  // namespace
}  // namespace jobledger::storage::jobs
