// SPDX-License-Identifier: MIT
#include "test/httpd/server_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <stdexcept>

namespace jobledger::test {
namespace asio = boost::asio;

void Gate::arrive_and_wait(const std::atomic<bool>& stop) {
  std::unique_lock lock(mutex_);
  arrived_ = true;
  changed_.notify_all();
  const auto slice = std::chrono::milliseconds(1);  // nobody announces the flag
  while (!open_ && !stop.load()) changed_.wait_for(lock, slice);
}

void Gate::wait_for_arrival() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return arrived_; });
}

void Gate::open() {
  std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

ServerFixture::ServerFixture(httpd::Config config, httpd::Router router)
    : guard_(loop_.get_executor()) {
  config.listen = {"127.0.0.1:0"};
  if (config.socket == kDefaultControlSocket) config.socket.clear();
  server_ =
      std::make_unique<httpd::Server>(loop_.get_executor(), config, std::move(router), telemetry_);
  if (auto started = server_->start(); !started) {
    throw std::runtime_error(started.error().detail);
  }
  port_ = server_->ports().at(0);
  thread_ = std::thread([this] { loop_.run(); });
}

ServerFixture::~ServerFixture() {
  if (!stopped_) stop(std::chrono::seconds(5)).wait();
  guard_.reset();
  thread_.join();
}

std::future<void> ServerFixture::stop(std::chrono::milliseconds deadline) {
  stopped_ = true;
  return asio::co_spawn(loop_, server_->stop(deadline), asio::use_future);
}

}  // namespace jobledger::test
