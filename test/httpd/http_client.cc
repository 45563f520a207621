// SPDX-License-Identifier: MIT
#include "test/httpd/http_client.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace jobledger::test {
namespace asio = boost::asio;
using asio::ip::tcp;

std::string Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

HttpClient::HttpClient(std::uint16_t port, bool tls) {
  socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  socket_.set_option(tcp::no_delay(true));
  if (!tls) return;
  tls_ = std::make_unique<asio::ssl::stream<asio::generic::stream_protocol::socket&>>(socket_,
                                                                                      tls_context_);
  tls_->handshake(asio::ssl::stream_base::client);
}

HttpClient::HttpClient(const std::filesystem::path& socket) {
  socket_.connect(asio::local::stream_protocol::endpoint(socket.native()));
}

HttpClient::~HttpClient() = default;

void HttpClient::send(std::string_view bytes) {
  boost::system::error_code ignored;  // a server that refuses may close before it read all
  if (tls_) {
    asio::write(*tls_, asio::buffer(bytes), ignored);
  } else {
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
}

bool HttpClient::read_more() {
  std::array<char, 65536> piece{};
  boost::system::error_code ec;
  const std::size_t n =
      tls_ ? tls_->read_some(asio::buffer(piece), ec) : socket_.read_some(asio::buffer(piece), ec);
  received_.append(piece.data(), n);
  return !ec;
}

std::optional<Answer> HttpClient::receive(bool no_body) {
  std::size_t head = 0;
  while ((head = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  Answer answer;
  if (!received_.starts_with("HTTP/1.1 ")) throw std::runtime_error("no HTTP: " + received_);
  answer.status = std::stoi(received_.substr(9, 3));
  std::size_t line = received_.find("\r\n") + 2;
  while (line < head) {
    const std::size_t end = received_.find("\r\n", line), colon = received_.find(": ", line);
    std::string name = received_.substr(line, colon - line);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers[name] = received_.substr(colon + 2, end - colon - 2);
    line = end + 2;
  }
  received_.erase(0, head + 4);
  std::size_t length = 0;
  if (answer.headers.contains("content-length"))
    length = std::stoul(answer.headers["content-length"]);
  if (no_body) length = 0;
  while (received_.size() < length) {
    if (!read_more()) throw std::runtime_error("the body was cut off");
  }
  answer.body = received_.substr(0, length);
  received_.erase(0, length);
  return answer;
}

bool HttpClient::closed() {
  while (received_.empty()) {
    if (!read_more()) return received_.empty();
  }
  return false;
}

void HttpClient::finish_sending() { socket_.shutdown(asio::socket_base::shutdown_send); }

void HttpClient::disconnect() { socket_.close(); }

Answer HttpClient::request(std::string_view method, std::string_view target, std::string_view body,
                           std::string_view headers) {
  std::string text(method);
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(headers);
  if (!body.empty() || method == "POST") {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    const bool told = headers.find("Content-Type:") != std::string_view::npos;
    if (!told && !body.empty()) text += "Content-Type: application/json\r\n";
  }
  text.append("\r\n").append(body);
  send(text);
  auto answer = receive(method == "HEAD");
  if (!answer) throw std::runtime_error("the server closed without an answer");
  return std::move(*answer);
}

}  // namespace jobledger::test
