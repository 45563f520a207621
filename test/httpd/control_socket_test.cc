// SPDX-License-Identifier: MIT
#include "httpd/control_socket.h"

#include "test/httpd/http_client.h"
#include "test/httpd/server_fixture.h"
#include "test/httpd/test_routes.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>
#include <thread>

namespace jobledger::test {
namespace {

using httpd::Access;
using httpd::ControlSocket;
namespace asio = boost::asio;

constexpr unsigned kStranger = 54'321;  // a user and group that no system has

class SocketFolder {
 public:
  std::filesystem::path path() const { return folder_.path() / "control.sock"; }
  Result<std::unique_ptr<ControlSocket>> make(const std::string& group = "") {
    return ControlSocket::make(loop_.get_executor(), path(), group);
  }
  unsigned rights() const {
    struct ::stat status {};
    REQUIRE(::lstat(path().c_str(), &status) == 0);
    return status.st_mode & 07777;
  }

 private:
  TemporaryDirectory folder_;
  asio::io_context loop_;
};

// What somebody dead leaves behind: a socket that nobody listens to.
void leave_socket(const std::filesystem::path& path) {
  asio::io_context loop;
  asio::local::stream_protocol::acceptor dead(loop, path.native());
}

std::string own_group() {
  const group* found = ::getgrgid(::getegid());
  return found != nullptr ? found->gr_name : "";
}

// Calls `ask` as another user, who is in this group besides. Only this thread changes.
void as_stranger(std::optional<gid_t> supplementary, const std::function<void()>& ask) {
  std::thread([&] {
    const gid_t group = supplementary.value_or(kStranger);
    bool changed = ::syscall(SYS_setgroups, 1, &group) == 0;
    changed = changed && ::syscall(SYS_setresgid, kStranger, kStranger, kStranger) == 0;
    changed = changed && ::syscall(SYS_setresuid, kStranger, kStranger, kStranger) == 0;
    REQUIRE(changed);
    ask();
  }).join();
}

}  // namespace

TEST_CASE("root and the daemon's user may change, the group may read") {
  struct Row {
    const char* who;
    httpd::PeerIdentity peer;
    Access expected;
  };
  const httpd::ControlRights rights{1000, 2000};
  for (const Row& row : {Row{"root", {0, 0, {}}, Access::change},
                         Row{"the service", {1000, 1000, {}}, Access::change},
                         Row{"by main group", {1001, 2000, {}}, Access::read},
                         Row{"by another group", {1001, 1001, {7, 2000}}, Access::read},
                         Row{"the group's number as user", {2000, 1001, {}}, Access::open},
                         Row{"a stranger", {1001, 1001, {7}}, Access::open},
                         Row{"root's group", {1001, 0, {0}}, Access::open},
                         Row{"not mapped", {65534, 65534, {65534}}, Access::open}}) {
    CAPTURE(row.who);
    CHECK(rights.of(row.peer) == row.expected);
  }
  const httpd::PeerIdentity unmapped{65534, 65534, {65534}};
  CHECK(httpd::ControlRights{65534, 65534}.of(unmapped) == Access::open);
  CHECK(httpd::ControlRights{65534, 1, true}.of(unmapped) == Access::change);
  CHECK(httpd::ControlRights{1, 65534, true}.of(unmapped) == Access::read);
  CHECK(httpd::ControlRights{1000, std::nullopt}.of({1001, 2000, {}}) == Access::open);
}

TEST_CASE("the kernel tells who is at the other end") {
  asio::io_context loop;
  ControlSocket::Protocol::socket here(loop), there(loop);
  asio::local::connect_pair(here, there);
  const auto peer = httpd::identity_of_peer(here.native_handle());
  REQUIRE(peer.has_value());
  CHECK(peer->user == ::geteuid());
  CHECK(peer->group == ::getegid());
  std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
  REQUIRE(::getgroups(static_cast<int>(groups.size()), groups.data()) >= 0);
  CHECK(peer->groups == groups);
}

TEST_CASE("the socket is its owner's, or the group's as well, and goes with the daemon") {
  SocketFolder folder;
  {
    auto socket = folder.make();
    REQUIRE_MESSAGE(socket.has_value(), socket.error().detail);
    CHECK(folder.rights() == 0600);
  }
  CHECK_FALSE(std::filesystem::exists(folder.path()));
  auto socket = folder.make("no-such-group-anywhere");
  REQUIRE(socket.has_value());
  CHECK(folder.rights() == 0600);
  socket->reset();
  socket = folder.make(own_group());
  REQUIRE(socket.has_value());
  CHECK(folder.rights() == 0660);
}

TEST_CASE("a socket that was left behind is replaced, one in use is not") {
  SocketFolder folder;
  leave_socket(folder.path());
  REQUIRE(std::filesystem::is_socket(folder.path()));
  auto first = folder.make();
  REQUIRE_MESSAGE(first.has_value(), first.error().detail);
  auto second = folder.make();
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind == ErrorKind::conflict);
  CHECK(second.error().detail.find("another jobledgerd has it") != std::string::npos);
  asio::io_context loop;
  ControlSocket::Protocol::socket client(loop);
  client.connect(folder.path().native());  // the first one is still there
  first->reset();
  CHECK(folder.make().has_value());
}

TEST_CASE("what others put at the socket's place stays") {
  SocketFolder folder;
  asio::io_context loop;
  {
    ControlSocket::Protocol::acceptor other(loop, folder.path().native());
    auto refused = folder.make();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().detail.find("another program listens there") != std::string::npos);
    CHECK(std::filesystem::is_socket(folder.path()));
    ::unlink(folder.path().c_str());
  }
  REQUIRE(write_file(folder.path(), "precious", false).has_value());
  CHECK_FALSE(folder.make().has_value());
  CHECK(*read_file(folder.path(), 100) == "precious");
  std::filesystem::remove(folder.path());
  std::filesystem::create_symlink("/nowhere", folder.path());
  CHECK_FALSE(folder.make().has_value());
  CHECK(std::filesystem::is_symlink(folder.path()));
}

TEST_CASE("a socket's path is absolute, short, and in a folder that is there or can be made") {
  TemporaryDirectory folder;
  const std::string root = folder.path().native();
  for (const std::string& path :
       {std::string(), std::string("control.sock"), std::string("@abstract"),
        std::string("\0abstract", 9), std::string("/a\0b", 4), root + "/",
        root + "/" + std::string(108 - root.size() - 1, 'x')}) {
    CAPTURE(path);
    CHECK_FALSE(httpd::check_socket_path(path).has_value());
  }
  const std::string longest = root + "/" + std::string(107 - root.size() - 1, 'x');
  CHECK(httpd::check_socket_path(longest).has_value());
  asio::io_context loop;
  CHECK(ControlSocket::make(loop.get_executor(), longest, "").has_value());
  CHECK(ControlSocket::make(loop.get_executor(), root + "/run/control.sock", "").has_value());
  const auto deep = ControlSocket::make(loop.get_executor(), root + "/a/b/control.sock", "");
  REQUIRE_FALSE(deep.has_value());
  CHECK(deep.error().detail.starts_with(root + "/a/b: make this folder"));
}

TEST_CASE("members of the group read, and change nothing") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root can be somebody else");
    return;
  }
  TemporaryDirectory folder;
  ::chmod(folder.path().c_str(), 0755);
  const group* reading = ::getgrnam("daemon");
  REQUIRE(reading != nullptr);
  const gid_t members = reading->gr_gid;
  httpd::Config config;
  config.socket = folder.path() / "control.sock";
  config.socket_group = "daemon";
  ServerFixture server(config, control_routes());
  const auto ask = [&](std::string_view method, std::string_view target) {
    HttpClient client(config.socket);
    return client.request(method, target).status;
  };
  CHECK(ask("GET", "/look") == 200);
  CHECK(ask("POST", "/change") == 200);
  as_stranger(members, [&] {
    CHECK(ask("GET", "/look") == 200);
    CHECK(ask("POST", "/change") == 403);
    CHECK(ask("GET", "/hello") == 200);
  });
  as_stranger(std::nullopt, [&] { CHECK_THROWS(ask("GET", "/hello")); });
  ::chmod(config.socket.c_str(), 0666);  // as if an administrator had opened it
  as_stranger(std::nullopt, [&] {
    CHECK(ask("GET", "/look") == 404);
    CHECK(ask("POST", "/change") == 404);
    CHECK(ask("GET", "/hello") == 200);
  });
}

TEST_CASE("a place that somebody chose must do") {
  TemporaryDirectory folder;
  httpd::Config config;
  config.socket = folder.path() / "absent" / "absent" / "control.sock";
  CHECK_THROWS_WITH_AS(ServerFixture(config, test_routes()), doctest::Contains("http.socket: "),
                       std::runtime_error);
}

}  // namespace jobledger::test
