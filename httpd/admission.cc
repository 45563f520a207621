// SPDX-License-Identifier: MIT
#include "httpd/admission.h"

namespace jobledger::httpd {

std::optional<Admission::Ticket> Admission::enter(ListenerKind kind, const Peer& peer) {
  if (kind == ListenerKind::local) {
    if (local_ >= config_.reserved_connections) return std::nullopt;
    ++local_;
    return Ticket(*this, kind, Service::all, peer);
  }
  const auto found = by_peer_.find(peer);
  const std::size_t of_peer = found == by_peer_.end() ? 0 : found->second;
  if (network_ < config_.max_connections && of_peer < config_.max_connections_per_peer) {
    ++network_;
    by_peer_[peer] = of_peer + 1;
    return Ticket(*this, kind, Service::all, peer);
  }
  if (reserved_ >= 2 * config_.reserved_connections) return std::nullopt;
  ++reserved_;
  return Ticket(*this, kind, Service::essential, peer);
}

void Admission::leave(const Ticket& ticket) {
  if (ticket.kind() == ListenerKind::local) {
    --local_;
  } else if (ticket.service() == Service::essential) {
    --reserved_;
  } else {
    --network_;
    const auto found = by_peer_.find(ticket.peer());
    if (--found->second == 0) by_peer_.erase(found);
  }
}

}  // namespace jobledger::httpd
