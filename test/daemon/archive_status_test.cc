// SPDX-License-Identifier: MIT
#include "daemon/archive_status.h"

#include <doctest/doctest.h>

namespace jobledger::daemon {

TEST_CASE("what finished jobs wait for is one JSON object, those set aside a list") {
  archive::FinisherStatus status;
  status.archived = 5;
  status.settling = 1;
  status.deferred = 2;
  CHECK(archive_json(status, {}) ==
        R"({"archived":5,"settling":1,"deferred":2,"unread":0,"source_problem":"","set_aside":0})");
  status.unread = 4;
  status.source_trouble = "no \"answer\"";
  const std::vector<archive::JobTrouble> aside = {{7, "a/0/007/1", "no room", 3},
                                                  {9, "a/0/009/1", "bad", 4}};
  CHECK(archive_json(status, aside) ==
        R"({"archived":5,"settling":1,"deferred":2,"unread":4,"source_problem":"no \"answer\"",)"
        R"("set_aside":2,"first_set_aside":{"id":7,"job":"a/0/007/1","tries":3,)"
        R"("reason":"no room"}})");
  CHECK(set_aside_json(aside) ==
        R"({"count":2,"items":[{"id":7,"job":"a/0/007/1","tries":3,"reason":"no room"},)"
        R"({"id":9,"job":"a/0/009/1","tries":4,"reason":"bad"}]})");
  CHECK(set_aside_json({}) == R"({"count":0,"items":[]})");
}

}  // namespace jobledger::daemon
