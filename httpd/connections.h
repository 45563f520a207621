// SPDX-License-Identifier: MIT
// All open connections, for the few things that concern them together: deadlines, clients that
// left while we work for them, and the end.
//
// Deadlines are looked at in regular sweeps rather than by a timer of each operation:
// that costs a busy connection nothing, and leaves the socket usable to say 408.
// Executor: the loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>

namespace jobledger::httpd {

class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~Connection() = default;
  virtual void check(Clock::time_point now) = 0;  // deadline over? client gone?
  virtual void close_if_idle() = 0;
  virtual void abort() = 0;  // stop the work, close the socket
  // Has a place of the reserve, which a newer connection may take.
  virtual bool can_be_displaced() const = 0;
};

class Connections {
 public:
  using Place = std::list<Connection*>::iterator;

  Place add(Connection& connection) { return all_.insert(all_.end(), &connection); }
  void remove(Place place) { all_.erase(place); }
  std::size_t size() const { return all_.size(); }

  // How many wait for room in the memory budget.
  std::size_t waiting() const { return waiting_; }
  void begin_wait() { ++waiting_; }
  void end_wait() { --waiting_; }

  // From now on every answer ends its connection.
  void begin_stop();
  bool stopping() const { return stopping_; }
  void check(Connection::Clock::time_point now);
  void abort();
  // Aborts the oldest connection of the reserve; its place is free as soon as that has ended.
  void displace_oldest();

 private:
  std::list<Connection*> all_;
  std::size_t waiting_ = 0;
  bool stopping_ = false;
};

}  // namespace jobledger::httpd
