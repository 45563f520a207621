// SPDX-License-Identifier: MIT
#include "cli/daemon_address.h"

#include "base/default_paths.h"

#include <fmt/format.h>
#include <sys/un.h>

namespace jobledger::cli {
namespace {

constexpr std::string_view kDefaultUrl = "http://127.0.0.1:8080";
constexpr std::size_t kMaxSocketBytes = sizeof(sockaddr_un::sun_path) - 1;

bool has_host(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return false;
  std::string_view authority = url.substr(url.find("//") + 2);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) return !authority.empty();
  const std::string_view port = authority.substr(colon + 1);
  return colon > 0 && !port.empty() &&
         port.find_first_not_of("0123456789") == std::string_view::npos;
}

using Places = std::vector<DaemonAddress>;

Result<void> add_named(Places& places, std::string_view socket, std::string_view url) {
  if (!socket.empty()) {
    TRY(places.emplace_back(), at_socket(socket));
  }
  if (!url.empty()) {
    TRY(places.emplace_back(), at_url(url));
  }
  return {};
}

}  // namespace

Result<DaemonAddress> at_url(std::string_view url) {
  if (!has_host(url)) {
    return invalid(fmt::format("expected a URL such as {}, found \"{}\"", kDefaultUrl, url));
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  return DaemonAddress{{}, std::string(url)};
}

Result<DaemonAddress> at_socket(std::string_view path) {
  if (path.empty() || path.starts_with('@') || path.find("://") != std::string_view::npos) {
    return invalid(fmt::format("expected the path of a socket, found \"{}\"", path));
  }
  if (path.size() > kMaxSocketBytes) {
    return invalid(fmt::format("\"{}\": longer than the {} bytes that a socket's path may have",
                               path, kMaxSocketBytes));
  }
  return DaemonAddress{std::string(path), "http://localhost"};
}

Result<std::vector<DaemonAddress>> places_to_ask(const NamedAddresses& named) {
  Places places;
  TRY(add_named(places, named.socket, named.url));
  if (places.empty()) TRY(add_named(places, named.socket_by_environment, named.url_by_environment));
  if (places.empty()) TRY(add_named(places, kDefaultControlSocket, kDefaultUrl));
  return places;
}

Result<DaemonAddress> place_of_control(const NamedAddresses& named) {
  if (!named.socket.empty()) return at_socket(named.socket);
  if (!named.url.empty()) {
    return invalid(
        "this command needs the daemon's control socket, which no --url leads to: leave --url "
        "away, "
        "or name the socket by --socket");
  }
  if (!named.socket_by_environment.empty()) return at_socket(named.socket_by_environment);
  return at_socket(kDefaultControlSocket);
}

}  // namespace jobledger::cli
