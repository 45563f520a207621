// SPDX-License-Identifier: MIT
#include "cli/daemon_address.h"

#include "base/default_paths.h"
#include "base/file.h"
#include "cli/http_client.h"
#include "fake_daemon.h"

#include <doctest/doctest.h>

using namespace jobledger;
using namespace jobledger::cli;

namespace {

std::string joined(const Result<std::vector<DaemonAddress>>& places) {
  REQUIRE_MESSAGE(places, places.error().detail);
  std::string out;
  for (const DaemonAddress& place : *places) out += (out.empty() ? "" : " ") + place.text();
  return out;
}

}  // namespace

TEST_CASE("URLs name a host, perhaps a port and a prefix") {
  CHECK(at_url("http://127.0.0.1:8080")->url == "http://127.0.0.1:8080");
  CHECK(at_url("http://[::1]/ledger/")->url == "http://[::1]/ledger");
  CHECK(at_url("http://[::1]:80")->url == "http://[::1]:80");
  CHECK(at_url("https://jobs.example.org")->socket.empty());
  for (const char* text : {"", "127.0.0.1:8080", "ftp://x", "https://", "http://", "http://:80",
                           "http://x:y", "http://x:", "http:///x", "/run/x.sock"}) {
    CAPTURE(text);
    CHECK_FALSE(at_url(text));
  }
}

TEST_CASE("sockets are named by short paths") {
  CHECK(at_socket("/run/x.sock")->socket == "/run/x.sock");
  CHECK(at_socket("demo-run/control.sock")->text() == "demo-run/control.sock");
  CHECK(at_socket(std::string(107, 'x')));
  for (const std::string& text :
       {std::string(), std::string("@abstract"), std::string("http://127.0.0.1:8080"),
        std::string("unix:///run/x"), std::string(108, 'x')}) {
    CAPTURE(text);
    CHECK_FALSE(at_socket(text));
  }
}

TEST_CASE("what is read is asked of the socket first, options stand above the environment") {
  struct Row {
    NamedAddresses named;
    std::string expected;
  };
  const std::string both = std::string(kDefaultControlSocket) + " http://127.0.0.1:8080";
  for (const Row& row :
       {Row{{}, both}, Row{{"", "", "/e", ""}, "/e"}, Row{{"", "", "", "http://e"}, "http://e"},
        Row{{"", "", "/e", "http://e"}, "/e http://e"}, Row{{"/o", "", "", "http://e"}, "/o"},
        Row{{"", "http://o", "/e", ""}, "http://o"},
        Row{{"/o", "http://o", "/e", "http://e"}, "/o http://o"}}) {
    CHECK(joined(places_to_ask(row.named)) == row.expected);
  }
  CHECK_FALSE(places_to_ask({"", "nonsense", "", ""}));
  CHECK_FALSE(places_to_ask({"", "", "@x", "http://e"}));
}

TEST_CASE("control needs a socket, and never takes another daemon's than the one that was named") {
  CHECK(place_of_control({})->text() == kDefaultControlSocket);
  CHECK(place_of_control({"", "", "", "http://e"})->text() == kDefaultControlSocket);
  CHECK(place_of_control({"", "", "/e", "http://e"})->text() == "/e");
  CHECK(place_of_control({"/o", "http://o", "/e", ""})->text() == "/o");
  const auto refused = place_of_control({"", "http://o", "/e", ""});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("control socket") != std::string::npos);
  CHECK(refused.error().detail.find("--socket") != std::string::npos);
}

TEST_CASE("nobody at the other end is told as such") {
  const HttpClient nobody({*at_url("http://127.0.0.1:1")});
  auto answer = nobody.get("/");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::unavailable);
  CHECK(answer.error().detail.starts_with("nobody answers at http://127.0.0.1:1 ("));
  TemporaryDirectory folder;
  const std::string path = folder.path() / "control.sock";
  answer = HttpClient({*at_socket(path)}).get("/");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::unavailable);
  CHECK(answer.error().detail ==
        "nobody answers at " + path +
            " (No such file or directory). Is jobledgerd running? --socket or JOBLEDGER_SOCKET "
            "name another place");
}

TEST_CASE("where no socket is, the next place is asked") {
  FakeDaemon daemon([](const FakeDaemon::Request& request) { return request.line; });
  TemporaryDirectory folder;
  const HttpClient client({*at_socket((folder.path() / "control.sock").native()),
                           *at_url("http://127.0.0.1:" + std::to_string(daemon.port()))});
  CHECK(client.get("/x?y=1").value_or("") == "GET /x?y=1 HTTP/1.1");
  CHECK(client.post("/z", "{}").value_or("") == "POST /z HTTP/1.1");
  CHECK(client.remove("/w").value_or("") == "DELETE /w HTTP/1.1");
  CHECK(daemon.requests().at(1).body == "{}");
}
