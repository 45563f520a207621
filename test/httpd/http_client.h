// SPDX-License-Identifier: MIT
// A client that sends what it is told, byte for byte, and understands answers. Blocking: for a
// thread of its own beside the loop.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace jobledger::test {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const;
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, bool tls = false);
  explicit HttpClient(const std::filesystem::path& socket);
  ~HttpClient();

  void send(std::string_view bytes);
  // nullopt when the server closed instead. `no_body`: the answer to HEAD.
  std::optional<Answer> receive(bool no_body = false);
  bool closed();  // waits for the server to close; false when it sends something instead
  void finish_sending();
  void disconnect();

  // A body is JSON, unless the headers say otherwise.
  Answer request(std::string_view method, std::string_view target, std::string_view body = {},
                 std::string_view headers = {});

 private:
  bool read_more();

  boost::asio::io_context context_;
  boost::asio::ssl::context tls_context_{boost::asio::ssl::context::tls_client};
  boost::asio::generic::stream_protocol::socket socket_{context_};
  std::unique_ptr<boost::asio::ssl::stream<boost::asio::generic::stream_protocol::socket&>> tls_;
  std::string received_;
};

}  // namespace jobledger::test
