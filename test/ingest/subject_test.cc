// SPDX-License-Identifier: MIT
#include "ingest/subject.h"

#include <doctest/doctest.h>

namespace jobledger::ingest {
namespace {

TEST_CASE("patterns match whole subjects token by token") {
  CHECK(subject_matches("a.b", "a.b"));
  CHECK(subject_matches("a.*", "a.b"));
  CHECK(subject_matches("*.b", "a.b"));
  CHECK(subject_matches("a.>", "a.b.c"));
  CHECK(subject_matches(">", "a"));
  CHECK_FALSE(subject_matches("a.b", "a"));
  CHECK_FALSE(subject_matches("a", "a.b"));
  CHECK_FALSE(subject_matches("a.*", "a.b.c"));
  CHECK_FALSE(subject_matches("a.>", "a"));
  CHECK_FALSE(subject_matches("a.b", "a.c"));
}

TEST_CASE("a pattern is covered when everything it matches is") {
  CHECK(subject_covered("a.b", {"x", "a.>"}));
  CHECK(subject_covered("a.*", {"a.>"}));
  CHECK(subject_covered("a.>", {"a.>"}));
  CHECK_FALSE(subject_covered("a.>", {"a.*"}));
  CHECK_FALSE(subject_covered("a.*", {"a.b"}));
  CHECK_FALSE(subject_covered("a", {}));
}

TEST_CASE("what is a subject") {
  for (const char* good : {"a", "a.b.c", "*", ">", "a.*.c", "a.>", "cc.job.event"}) {
    CAPTURE(good);
    CHECK(is_valid_subject_pattern(good));
  }
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a b", "a.>.b", "a\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_valid_subject_pattern(bad));
  }
}

TEST_CASE("patterns that some subject fits both of overlap") {
  struct Case {
    std::string_view one, other;
    bool overlap;
  };
  for (const Case& c :
       {Case{"a.b", "a.b", true}, Case{"a.b", "a.c", false}, Case{"a.*", "*.b", true},
        Case{"a.*", "a", false}, Case{"a.>", "a.b.c", true}, Case{"a.>", "a", false},
        Case{">", "x", true}, Case{"*.b.>", "a.*.c", true}, Case{"a", "a.b", false},
        Case{"*", "a.b", false}}) {
    CAPTURE(c.one);
    CAPTURE(c.other);
    CHECK(subjects_overlap(c.one, c.other) == c.overlap);
    CHECK(subjects_overlap(c.other, c.one) == c.overlap);
  }
}

}  // namespace
}  // namespace jobledger::ingest
