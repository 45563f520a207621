// SPDX-License-Identifier: MIT
// The Unix socket of the control interface: makes it, and says what a peer of it may use.
//
// Operation: "<path>.lock" stays locked while the socket is open. Whoever holds the lock may
// replace a socket that a daemon left behind when it died. The file of the socket is open to its
// owner and to the group only; besides, the kernel tells user and groups of each peer. Executor:
// the loop. make() blocks for name service (the group).
#pragma once

#include "base/file.h"
#include "base/result.h"
#include "httpd/message.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jobledger::httpd {

// The user and the groups of a process.
struct PeerIdentity {
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  // supplementary ones
};
// Of the process that opened the connection, at that moment.
Result<PeerIdentity> identity_of_peer(int socket);

// Who may use the control interface. In a user namespace that has no number for some users and
// groups, the kernel shows all of them as nobody: then nobody has no rights.
struct ControlRights {
  uid_t user = 0;              // of the service
  std::optional<gid_t> group;  // nullopt: there is no such group
  bool all_numbered = false;   // every user and group has a number here
  Access of(const PeerIdentity& peer) const;
};

// Can a socket have that name?
Result<void> check_socket_path(const std::filesystem::path& path);

class ControlSocket {
 public:
  using Protocol = boost::asio::local::stream_protocol;

  // `conflict` when another program listens there. Makes the socket's folder when only that is
  // absent.
  static Result<std::unique_ptr<ControlSocket>> make(boost::asio::any_io_executor executor,
                                                     const std::filesystem::path& path,
                                                     const std::string& group);
  ~ControlSocket();  // the socket is gone
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  Protocol::acceptor& acceptor() { return acceptor_; }
  Access access_of(Protocol::socket& peer) const;

 private:
  ControlSocket(boost::asio::any_io_executor executor, std::filesystem::path path);
  Result<void> open();
  Result<void> remove_left_over();
  Result<void> permit_group();

  std::filesystem::path path_;
  ControlRights rights_;
  Fd lock_;
  bool bound_ = false;
  Protocol::acceptor acceptor_;
};

}  // namespace jobledger::httpd
