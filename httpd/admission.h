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
enum class Service : std::uint8_t { all, essential };  // which routes are answered

class Admission {
 public:
  explicit Admission(const Config& config) : config_(config) {}

  // The place of one connection, as long as it lives.
  class Ticket {
   public:
    Ticket(Admission& admission, ListenerKind kind, Service service, const Peer& peer)
        : admission_(&admission), kind_(kind), service_(service), peer_(peer) {}
    ~Ticket() {
      if (admission_ != nullptr) admission_->leave(*this);
    }
    Ticket(Ticket&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)),
          kind_(other.kind_),
          service_(other.service_),
          peer_(other.peer_) {}
    Ticket& operator=(Ticket&&) = delete;

    ListenerKind kind() const { return kind_; }
    Service service() const { return service_; }
    const Peer& peer() const { return peer_; }

   private:
    Admission* admission_;
    ListenerKind kind_;
    Service service_;
    Peer peer_;
  };

  // nullopt: there is no place, not even a reserved one.
  std::optional<Ticket> enter(ListenerKind kind, const Peer& peer);

  // Somebody of the reserve has to leave: the newest one has no place of its own. Twice the reserve
  // is let in, as who has to leave needs a moment.
  bool reserve_overdrawn() const { return reserved_ > config_.reserved_connections; }

 private:
  void leave(const Ticket& ticket);

  const Config& config_;
  std::size_t network_ = 0, reserved_ = 0, local_ = 0;
  std::map<Peer, std::size_t> by_peer_;  // of network_
};

}  // namespace jobledger::httpd
