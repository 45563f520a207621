// SPDX-License-Identifier: MIT
// Which connections are let in.
//
// From the network at most max_connections at once, and at most max_connections_per_peer from one
// peer. Who comes beyond that gets one of reserved_connections, where only essential routes are
// answered (health and the daemon's own numbers), so that a flood does not look like an outage.
// The local socket has as many places of its own, which the network cannot take.
// Executor: the loop. Lifetime: outlives its tickets.
#pragma once

#include "httpd/config.h"
#include "httpd/peer.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace jobledger::httpd {

enum class ListenerKind : std::uint8_t { network, local };
enum class Access : std::uint8_t { all, essential };  // which routes are answered

class Admission {
 public:
  explicit Admission(const Config& config) : config_(config) {}

  // The place of one connection, as long as it lives.
  class Ticket {
   public:
    Ticket(Admission& admission, ListenerKind kind, Access access, const Peer& peer)
        : admission_(&admission), kind_(kind), access_(access), peer_(peer) {}
    ~Ticket() {
      if (admission_ != nullptr) admission_->leave(*this);
    }
    Ticket(Ticket&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)),
          kind_(other.kind_),
          access_(other.access_),
          peer_(other.peer_) {}
    Ticket& operator=(Ticket&&) = delete;

    ListenerKind kind() const { return kind_; }
    Access access() const { return access_; }
    const Peer& peer() const { return peer_; }

   private:
    Admission* admission_;
    ListenerKind kind_;
    Access access_;
    Peer peer_;
  };

  // nullopt: there is no place, not even a reserved one.
  std::optional<Ticket> enter(ListenerKind kind, const Peer& peer);

  std::size_t reserved_in_use() const { return reserved_; }

 private:
  void leave(const Ticket& ticket);

  const Config& config_;
  std::size_t network_ = 0, reserved_ = 0, local_ = 0;
  std::map<Peer, std::size_t> by_peer_;  // of network_
};

}  // namespace jobledger::httpd
