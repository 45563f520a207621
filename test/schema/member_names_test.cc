// SPDX-License-Identifier: MIT
#include "schema/member_names.h"

#include <doctest/doctest.h>

using namespace jobledger::schema;

TEST_CASE("names are found in any case, and nothing else is") {
  static constexpr std::string_view kNames[] = {"jobId", "jobState", "user", "a", "ab", "userId"};
  static constexpr MemberNames kMembers(kNames);
  static_assert(kMembers.find("jobId") == 0);
  for (int i = 0; i < 6; ++i) CHECK(kMembers.find(kNames[i]) == i);
  CHECK(kMembers.find("JOBSTATE") == 1);
  CHECK(kMembers.find("uSER") == 2);
  CHECK(kMembers.find("A") == 3);
  CHECK(kMembers.find("") == -1);
  CHECK(kMembers.find("jobid ") == -1);
  CHECK(kMembers.find("jobIe") == -1);
  CHECK(kMembers.find("users") == -1);
  CHECK(kMembers.find("\xC3\xBCser") == -1);
}
