// SPDX-License-Identifier: MIT
#include "httpd/tls.h"

#include "base/file.h"
#include "test/certificate.h"
#include "test/httpd/http_client.h"
#include "test/httpd/server_fixture.h"
#include "test/httpd/test_routes.h"

#include <boost/asio/ip/tcp.hpp>
#include <doctest/doctest.h>

namespace jobledger::test {
namespace {

httpd::TlsConfig make_tls(const std::filesystem::path& folder, const std::string& name) {
  CertificateFiles files = make_certificate(folder, name);
  return {std::move(files.certificate), std::move(files.key)};
}

}  // namespace

TEST_CASE("requests over TLS are served and told to stay there") {
  TemporaryDirectory folder;
  httpd::Config config;
  config.tls = make_tls(folder.path(), "server");
  ServerFixture server(config, test_routes());
  HttpClient client(server.port(), true);
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.request("GET", "/hello");
    CHECK(answer.body == "hello\n");
    CHECK(answer.header("strict-transport-security") == "max-age=31536000");
  }
  CHECK(client.request("GET", "/big").body.size() == 1'000'000);
  CHECK(client.request("POST", "/echo", std::string(300'000, 'b')).body.size() == 300'000);
}

TEST_CASE("plain text and old protocol versions get no answer from a TLS port") {
  TemporaryDirectory folder;
  httpd::Config config;
  config.tls = make_tls(folder.path(), "server");
  ServerFixture server(config, test_routes());
  HttpClient plain(server.port());
  plain.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK_THROWS_AS(plain.receive().value(), std::exception);

  boost::asio::io_context context;
  boost::asio::ssl::context old(boost::asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(old.native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old.native_handle(), TLS1_1_VERSION);
  SSL_CTX_set_security_level(old.native_handle(), 0);
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream(context, old);
  stream.next_layer().connect({boost::asio::ip::address_v4::loopback(), server.port()});
  boost::system::error_code ec;
  stream.handshake(boost::asio::ssl::stream_base::client, ec);
  CHECK(ec);
}

TEST_CASE("certificates that cannot serve are refused with the file's name") {
  TemporaryDirectory folder;
  const auto one = make_tls(folder.path(), "one"), two = make_tls(folder.path(), "two");
  CHECK(*httpd::make_tls_context({}) == nullptr);
  CHECK(*httpd::make_tls_context(one) != nullptr);
  const auto message = [](const httpd::TlsConfig& tls) {
    auto made = httpd::make_tls_context(tls);
    REQUIRE_FALSE(made);
    return made.error().detail;
  };
  CHECK(message({one.certificate, {}}).find("both") != std::string::npos);
  CHECK(message({folder.path() / "absent.crt", one.key}).find("absent.crt") != std::string::npos);
  CHECK(message({one.certificate, two.key}).find("two.key") != std::string::npos);
  CHECK(message({one.key, one.key}).find("one.key") != std::string::npos);
}

}  // namespace jobledger::test
