// SPDX-License-Identifier: MIT
#include "httpd/discreet.h"

#include "httpd/message.h"

#include <doctest/doctest.h>

#include <string>

namespace jobledger::httpd {
namespace {

TEST_CASE("clients see neither paths of the server nor addresses behind it") {
  struct Case {
    const char *text, *expected;
  };
  for (const Case& one : {
           Case{"disk: 5 MB free at /var/lib/jobledger/db, storage.min_free_bytes asks for 64 MB",
                "disk: 5 MB free at [path], storage.min_free_bytes asks for 64 MB"},
           {"GET https://store.example.org:8082/api?x=1: no route", "GET [address]=1: no route"},
           {"nats://user:secret@broker:4222 refuses", "[address] refuses"},
           {"open /srv/a/meta.json: Permission denied", "open [path]: Permission denied"},
           {"(\"/srv/a b\")", "(\"[path] b\")"},
           {"path=/a/b", "path=[path]"},
           {"/a/b.", "[path]."},
           {"half / and /api, 3/4, a/b, //", "half / and /api, 3/4, a/b, //"},
           {"a::b: c.", "a::b: c."},
           {"", ""},
       }) {
    CHECK(without_places(one.text) == one.expected);
  }
}

TEST_CASE("an error's answer names no place") {
  const Response response =
      error_response(Error{ErrorKind::unavailable, "open /var/lib/jobledger/db/000007.sst: busy"});
  CHECK(response.status == 503);
  CHECK(response.body.find("/var") == std::string::npos);
  CHECK(response.body.find("open [path]: busy") != std::string::npos);
}

}  // namespace
}  // namespace jobledger::httpd
