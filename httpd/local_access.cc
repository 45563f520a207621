// SPDX-License-Identifier: MIT
#include "httpd/local_access.h"

#include <boost/asio/ip/address_v4.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace jobledger::httpd {
namespace {

// Pages that a browser loaded from elsewhere may reach this machine's ports under another name.
bool names_this_machine(std::string_view host) {
  const bool bracketed = host.starts_with('[');
  const auto end = bracketed ? host.find(']') : host.rfind(':');
  const std::string_view name = host.substr(0, std::min(end, host.size()));
  if (bracketed) return name == "[::1";
  if (name == "localhost") return true;
  // A whole address: "127.evil.example" is a name that anybody may let point here.
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address_v4(name, ec);
  return !ec && address.is_loopback();
}

bool is_local(const Request& request) {
  return request.from_loopback && !request.has_header("X-Forwarded-For") &&
         !request.has_header("Forwarded") && names_this_machine(request.header("Host"));
}

Response refusal() { return error_response(403, "only programs on this machine may use this"); }

Task<Response> refuse() { co_return refusal(); }

}  // namespace

DirectHandler local_only(DirectHandler handler) {
  return [handler = std::move(handler)](const Request& request) {
    return is_local(request) ? handler(request) : refusal();
  };
}

TaskHandler local_only(TaskHandler handler) {
  return [handler = std::move(handler)](const Request& request) {
    return is_local(request) ? handler(request) : refuse();
  };
}

}  // namespace jobledger::httpd
