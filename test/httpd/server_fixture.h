// SPDX-License-Identifier: MIT
// A running Server on a free port with routes of the test's choice; its loop has a thread.
#pragma once

#include "base/telemetry.h"
#include "httpd/server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <mutex>
#include <thread>

namespace jobledger::test {

// Lets a handler wait until the test says go (or it is told to stop), and the test wait until the
// handler is there.
class Gate {
 public:
  void arrive_and_wait(const std::atomic<bool>& stop);
  void wait_for_arrival();
  void open();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool arrived_ = false, open_ = false;
};

class ServerFixture {
 public:
  // Without a control socket, unless the configuration names one.
  explicit ServerFixture(httpd::Config config = {}, httpd::Router router = {});
  ~ServerFixture();

  std::uint16_t port() const { return port_; }
  Telemetry& telemetry() { return telemetry_; }
  boost::asio::io_context& loop() { return loop_; }
  // Begins to stop; the future is ready when all is gone.
  std::future<void> stop(std::chrono::milliseconds deadline);

 private:
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  Telemetry telemetry_;
  std::unique_ptr<httpd::Server> server_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace jobledger::test
