// SPDX-License-Identifier: MIT
// Who is at the other end of a connection, as far as shares and limits go: an IPv4 address (as
// mapped into IPv6), an IPv6 network of 64 bits (what one customer has), or the local socket.
#pragma once

#include <array>
#include <cstdint>

namespace jobledger::httpd {

using Peer = std::array<std::uint8_t, 16>;

inline constexpr Peer kLocalPeer{};

}  // namespace jobledger::httpd
