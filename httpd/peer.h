// SPDX-License-Identifier: MIT
// Who is at the other end of a connection, as far as shares and limits go: an IPv4 address, an
// IPv6 network of 64 bits (what one customer has), or this machine's local socket.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstdint>

namespace jobledger::httpd {

using Peer = std::array<std::uint8_t, 16>;

inline constexpr Peer kLocalPeer{};

inline Peer peer_of(const boost::asio::ip::address& address) {
  Peer peer{};
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    peer[10] = peer[11] = 0xff;  // as mapped into IPv6
    for (std::size_t i = 0; i < bytes.size(); ++i) peer[12 + i] = bytes[i];
    return peer;
  }
  const auto bytes = address.to_v6().to_bytes();
  const std::size_t kept = address.to_v6().is_v4_mapped() ? 16 : 8;
  for (std::size_t i = 0; i < kept; ++i) peer[i] = bytes[i];
  peer[15] |= kept == 8 ? 1 : 0;  // [::]/64 is not the local socket
  return peer;
}

}  // namespace jobledger::httpd
