// SPDX-License-Identifier: MIT
// Where the daemon is reached: by its control socket, which has everything, or by a port, which has
// what everybody may read.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::cli {

struct DaemonAddress {
  std::string socket;  // path; empty: by TCP
  std::string url;     // without a slash at the end
  std::string text() const { return socket.empty() ? url : socket; }
};
// "http://host[:port][/prefix]", or https.
Result<DaemonAddress> at_url(std::string_view url);
Result<DaemonAddress> at_socket(std::string_view path);

// What the command line and the environment say; empty texts are as good as none.
struct NamedAddresses {
  std::string socket, url;                                // --socket, --url
  std::string socket_by_environment, url_by_environment;  // JOBLEDGER_SOCKET, JOBLEDGER_URL
};

// Where to ask, one after the other until somebody is there. Options stand above the environment,
// sockets before ports; where nothing is named, the default socket and then the default port.
Result<std::vector<DaemonAddress>> places_to_ask(const NamedAddresses& named);
// For commands that ports do not serve. A port that was named as option is refused, as the daemon
// of the default socket may be another one.
Result<DaemonAddress> place_of_control(const NamedAddresses& named);

}  // namespace jobledger::cli
