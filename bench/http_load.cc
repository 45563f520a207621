// SPDX-License-Identifier: MIT
#include "bench/http_load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace jobledger::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what, std::string_view detail) {
  std::fprintf(stderr, "http_load: %s: %.*s\n", what,
               static_cast<int>(std::min<std::size_t>(detail.size(), 500)), detail.data());
  std::exit(1);
}

double cpu_us(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

double cpu_of_others_us() { return cpu_us(RUSAGE_SELF) - cpu_us(RUSAGE_THREAD); }

class Client {
 public:
  Client(std::uint16_t port, const std::string& request)
      : request_(request), fd_(::socket(AF_INET, SOCK_STREAM, 0)), buffer_(1 << 20) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      fail("connect", "refused");
    }
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int fd() const { return fd_; }
  std::size_t body_bytes() const { return body_bytes_; }

  void send() {
    sent_ = Clock::now();
    used_ = 0;
    expected_ = 0;
    const auto n = ::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (n != static_cast<ssize_t>(request_.size())) fail("send", "cut off");
  }

  // True when the answer is complete; `took` is then how long it took.
  bool read(double& took_ms) {
    if (buffer_.size() - used_ < 65536) buffer_.resize(buffer_.size() * 2);
    const auto n = ::recv(fd_, buffer_.data() + used_, buffer_.size() - used_, 0);
    if (n <= 0) fail("recv", "the server closed");
    used_ += static_cast<std::size_t>(n);
    const std::string_view text(buffer_.data(), used_);
    if (expected_ == 0) look_at_head(text);
    if (expected_ == 0 || used_ < expected_) return false;
    took_ms = std::chrono::duration<double, std::milli>(Clock::now() - sent_).count();
    if (text.find("{\"errors\"") != std::string_view::npos) fail("answer", text);
    return true;
  }

 private:
  void look_at_head(std::string_view text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return;
    if (!text.starts_with("HTTP/1.1 200")) fail("answer", text);
    const auto at = text.find("Content-Length: ");
    body_bytes_ = std::strtoull(text.data() + at + 16, nullptr, 10);
    expected_ = end + 4 + body_bytes_;
  }

  const std::string& request_;
  int fd_;
  std::vector<char> buffer_;
  std::size_t used_ = 0, expected_ = 0, body_bytes_ = 0;
  Clock::time_point sent_;
};

}  // namespace

LoadResult run_load(std::uint16_t port, const std::string& request, std::size_t clients,
                    std::chrono::milliseconds duration) {
  std::vector<std::unique_ptr<Client>> all;
  std::vector<pollfd> waiting;
  for (std::size_t i = 0; i < clients; ++i) {
    all.push_back(std::make_unique<Client>(port, request));
    waiting.push_back({all.back()->fd(), POLLIN, 0});
  }
  std::vector<double> times;
  const auto warm = Clock::now() + duration / 10;
  double cpu = 0;
  for (auto& client : all) client->send();
  while (Clock::now() < warm + duration) {
    ::poll(waiting.data(), waiting.size(), 1000);
    for (std::size_t i = 0; i < clients; ++i) {
      double took_ms = 0;
      if ((waiting[i].revents & POLLIN) == 0 || !all[i]->read(took_ms)) continue;
      if (Clock::now() >= warm) {
        if (times.empty()) cpu = cpu_of_others_us();
        times.push_back(took_ms);
      }
      all[i]->send();
    }
  }
  const std::chrono::duration<double> seconds = Clock::now() - warm;
  LoadResult result;
  if (times.empty()) return result;
  result.requests_per_second = static_cast<double>(times.size()) / seconds.count();
  std::sort(times.begin(), times.end());
  result.median_ms = times[times.size() / 2];
  result.p99_ms = times[times.size() * 99 / 100];
  result.server_cpu_us = (cpu_of_others_us() - cpu) / static_cast<double>(times.size());
  result.answer_bytes = all.front()->body_bytes();
  return result;
}

}  // namespace jobledger::bench
