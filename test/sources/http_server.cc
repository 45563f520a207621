// SPDX-License-Identifier: MIT
#include "test/sources/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <sstream>
#include <thread>

namespace jobledger::test {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

HttpRequest parse_head(const std::string& head) {
  std::istringstream lines(head);
  HttpRequest request;
  std::string line;
  std::getline(lines, line);
  std::istringstream(line) >> request.method >> request.target;
  while (std::getline(lines, line) && line != "\r") {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto value = line.find_first_not_of(' ', colon + 1);
    const auto end = line.find_last_not_of("\r ") + 1;
    request.headers[lower(line.substr(0, colon))] =
        value < end ? line.substr(value, end - value) : std::string();
  }
  return request;
}

std::string write_answer(const HttpAnswer& answer) {
  std::ostringstream out;
  out << "HTTP/1.1 " << answer.status << " x\r\nContent-Length: " << answer.body.size() << "\r\n";
  for (const auto& [name, value] : answer.headers) out << name << ": " << value << "\r\n";
  out << (answer.close ? "Connection: close\r\n\r\n" : "\r\n") << answer.body;
  return out.str();
}

}  // namespace

std::string HttpRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

struct HttpServer::Impl {
  explicit Impl(Handler function) : handler(std::move(function)) {}

  // False at the end of the connection.
  template <class Stream>
  bool serve_one(Stream& stream, asio::streambuf& buffer, int number) {
    boost::system::error_code ec;
    const std::size_t head = asio::read_until(stream, buffer, "\r\n\r\n", ec);
    if (ec) return false;
    const auto data = asio::buffers_begin(buffer.data());
    HttpRequest request = parse_head(std::string(data, data + static_cast<std::ptrdiff_t>(head)));
    buffer.consume(head);
    request.connection = number;
    const std::string length = request.header("content-length");
    const std::size_t wanted = length.empty() ? 0 : std::stoul(length);
    if (buffer.size() < wanted) {
      asio::read(stream, buffer, asio::transfer_exactly(wanted - buffer.size()), ec);
      if (ec) return false;
    }
    const auto body = asio::buffers_begin(buffer.data());
    request.body.assign(body, body + static_cast<std::ptrdiff_t>(wanted));
    buffer.consume(wanted);
    ++requests;
    const HttpAnswer answer = handler(request);
    asio::write(stream, asio::buffer(answer.raw ? *answer.raw : write_answer(answer)), ec);
    return !ec && !answer.close && !answer.raw;
  }

  void serve(tcp::socket& socket, int number) {
    asio::streambuf buffer;
    boost::system::error_code ec;
    if (tls) {
      asio::ssl::stream<tcp::socket&> stream(socket, *tls);
      stream.handshake(asio::ssl::stream_base::server, ec);
      if (!ec) {
        while (serve_one(stream, buffer, number)) {
        }
      }
    } else {
      while (serve_one(socket, buffer, number)) {
      }
    }
    std::lock_guard lock(mutex);
    socket.shutdown(tcp::socket::shutdown_both, ec);
    socket.close(ec);
  }

  void accept() {
    for (;;) {
      boost::system::error_code ec;
      tcp::socket socket(context);
      acceptor.accept(socket, ec);
      std::lock_guard lock(mutex);
      if (ec || stopping) return;
      sockets.push_back(std::move(socket));
      threads.emplace_back(
          [this, &mine = sockets.back(), number = ++connections] { serve(mine, number); });
    }
  }

  void stop() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
      // Descriptors are closed by their threads only.
      for (tcp::socket& socket : sockets) {
        if (socket.is_open()) ::shutdown(socket.native_handle(), SHUT_RDWR);
      }
      ::shutdown(acceptor.native_handle(), SHUT_RDWR);  // wakes accept()
    }
    acceptor_thread.join();
    for (std::thread& thread : threads) thread.join();
  }

  Handler handler;
  asio::io_context context;
  tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
  std::unique_ptr<asio::ssl::context> tls;
  std::mutex mutex;  // guards what follows
  bool stopping = false;
  std::list<tcp::socket> sockets;
  std::list<std::thread> threads;
  std::atomic<int> connections = 0, requests = 0;
  std::thread acceptor_thread;
};

HttpServer::HttpServer(Handler handler, std::optional<CertificateFiles> tls)
    : impl_(std::make_unique<Impl>(std::move(handler))) {
  if (tls) {
    impl_->tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    impl_->tls->use_certificate_chain_file(tls->certificate);
    impl_->tls->use_private_key_file(tls->key, asio::ssl::context::pem);
  }
  impl_->acceptor_thread = std::thread([this] { impl_->accept(); });
}

HttpServer::~HttpServer() { impl_->stop(); }

std::uint16_t HttpServer::port() const { return impl_->acceptor.local_endpoint().port(); }

std::string HttpServer::url(const std::string& host) const {
  return (impl_->tls ? "https://" : "http://") + host + ":" + std::to_string(port());
}

int HttpServer::connections() const { return impl_->connections; }
int HttpServer::requests() const { return impl_->requests; }

}  // namespace jobledger::test
