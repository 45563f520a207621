// SPDX-License-Identifier: MIT
#include "fake_daemon.h"

#include "base/file.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace jobledger::cli {
namespace asio = boost::asio;
using asio::ip::tcp;

struct FakeDaemon::Impl {
  explicit Impl(Answers given)
      : answers(std::move(given)),
        acceptor(loop, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)),
        port(acceptor.local_endpoint().port()),
        thread([this] { serve(); }) {}

  void serve() {
    while (true) {
      boost::system::error_code ec;
      tcp::socket socket(loop);
      acceptor.accept(socket, ec);
      if (ec || stopping) return;
      answer(socket);
    }
  }

  void answer(tcp::socket& socket) {
    boost::system::error_code ec;
    std::string text;
    const auto head = asio::read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n", ec);
    if (ec) return;
    std::size_t length = 0;
    if (const auto at = text.find("Content-Length: "); at < head) {
      length = std::strtoul(text.c_str() + at + 16, nullptr, 10);
    }
    if (text.size() < head + length) {
      asio::read(socket, asio::dynamic_buffer(text),
                 asio::transfer_exactly(head + length - text.size()), ec);
    }
    Request request{text.substr(0, text.find('\r')), text.substr(head)};
    const std::string body = answers(request);
    const std::string response =
        std::string(body.empty() ? "HTTP/1.1 404 Not Found" : "HTTP/1.1 200 OK") +
        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    {
      std::lock_guard lock(mutex);
      requests.push_back(std::move(request));
    }
    asio::write(socket, asio::buffer(response), ec);
  }

  Answers answers;
  asio::io_context loop;
  tcp::acceptor acceptor;
  unsigned short port;
  std::atomic<bool> stopping = false;
  mutable std::mutex mutex;
  std::vector<Request> requests;
  std::thread thread;
};

FakeDaemon::FakeDaemon(Answers answers) : impl_(std::make_unique<Impl>(std::move(answers))) {}

FakeDaemon::~FakeDaemon() {
  impl_->stopping = true;
  // Wakes the thread up.
  boost::system::error_code ec;
  asio::io_context loop;
  tcp::socket socket(loop);
  socket.connect(impl_->acceptor.local_endpoint(), ec);
  impl_->thread.join();
}

unsigned short FakeDaemon::port() const { return impl_->port; }

HttpClient FakeDaemon::client() const {
  return HttpClient({{{}, "http://127.0.0.1:" + std::to_string(impl_->port)}});
}

std::vector<FakeDaemon::Request> FakeDaemon::requests() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

std::string printed_by(const std::function<void()>& run) {
  TemporaryDirectory folder;
  const auto path = folder.path() / "stdout";
  std::fflush(stdout);
  const int saved = ::dup(STDOUT_FILENO);
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  REQUIRE(saved >= 0);
  REQUIRE(file >= 0);
  ::dup2(file, STDOUT_FILENO);
  run();
  std::fflush(stdout);
  ::dup2(saved, STDOUT_FILENO);
  ::close(file);
  ::close(saved);
  auto text = read_file(path, 64u << 20);
  REQUIRE_MESSAGE(text, text.error().detail);
  return *text;
}

}  // namespace jobledger::cli
