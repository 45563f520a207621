// SPDX-License-Identifier: MIT
#include "httpd/request_rules.h"

#include "base/file.h"
#include "httpd/negotiate.h"
#include "httpd/server.h"

#include <boost/asio/ip/address.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace jobledger::httpd {
namespace {

constexpr const char* kHostsFile = "/etc/hosts";
constexpr std::size_t kMaxHostsFile = 1u << 20;
constexpr std::string_view kAlwaysAnswered = "/healthz";  // for balancers, which know no name

bool is_number(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_name(std::string_view host) {
  return !host.empty() && host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
                              std::string_view::npos;
}

bool is_address(std::string_view host) {
  boost::system::error_code ec;
  if (host.starts_with('[') && host.ends_with(']')) {
    boost::asio::ip::make_address_v6(host.substr(1, host.size() - 2), ec);
  } else {
    boost::asio::ip::make_address_v4(host, ec);
  }
  return !ec;
}

// "http://host[:port]" in lower case, without the port that its scheme has anyway; empty when it is
// no such thing.
std::string normal_origin(std::string_view text) {
  std::string origin = lower_case(text);
  for (const auto& [scheme, port] : {std::pair{"http://", ":80"}, std::pair{"https://", ":443"}}) {
    if (!origin.starts_with(scheme)) continue;
    if (!parse_host(std::string_view(origin).substr(std::string_view(scheme).size()))) return {};
    if (origin.ends_with(port)) origin.resize(origin.size() - std::string_view(port).size());
    return origin;
  }
  return {};
}

bool contains(const std::vector<std::string>& all, std::string_view wanted) {
  return std::find(all.begin(), all.end(), wanted) != all.end();
}

std::string hostname() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Response forbidden(std::string text) {
  Response response;
  response.status = 403;
  response.body = std::move(text);
  return response;
}

}  // namespace

std::optional<std::string> parse_host(std::string_view host_and_port) {
  const auto bracket = host_and_port.rfind(']');
  const auto colon = host_and_port.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        (bracket == std::string_view::npos || colon == bracket + 1);
  if (has_port && !is_number(host_and_port.substr(colon + 1))) return std::nullopt;
  std::string host = lower_case(host_and_port.substr(0, has_port ? colon : host_and_port.size()));
  if (host.ends_with('.')) host.pop_back();
  if (!is_name(host) && !is_address(host)) return std::nullopt;
  return host;
}

std::vector<std::string> names_of_machine(std::string_view hostname, std::string_view hosts_file) {
  const std::string full = lower_case(hostname);
  std::vector<std::string> names = {"localhost"};
  if (full.empty()) return names;
  names.push_back(full);
  names.push_back(full.substr(0, full.find('.')));
  std::istringstream lines{std::string(hosts_file)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(lower_case(line.substr(0, line.find('#'))));
    std::string address;
    words >> address;
    std::vector<std::string> beside;
    for (std::string name; words >> name;) beside.push_back(std::move(name));
    if (contains(beside, full)) names.insert(names.end(), beside.begin(), beside.end());
  }
  return names;
}

std::vector<SettingProblem> check_names(const Config& config) {
  std::vector<SettingProblem> problems;
  for (const std::string& host : config.hosts) {
    if (const auto parsed = parse_host(host); !parsed || *parsed != lower_case(host)) {
      problems.push_back({"http.hosts", "\"" + host + "\": expected a name without port"});
    }
  }
  for (const std::string& origin : config.origins) {
    if (normal_origin(origin).empty()) {
      problems.push_back({"http.origins", "\"" + origin +
                                              "\": expected http:// or https://, a host, and the "
                                              "port where it has one"});
    }
  }
  return problems;
}

RequestRules::RequestRules(const Config& config) {
  const auto file = read_file(kHostsFile, kMaxHostsFile);
  hosts_ = names_of_machine(hostname(), file ? *file : "");
  for (const std::string& host : config.hosts) hosts_.push_back(lower_case(host));
  for (const std::string& text : config.listen) {
    if (auto address = parse_listen_address(text)) hosts_.push_back(lower_case(address->host));
  }
  for (const std::string& origin : config.origins) origins_.push_back(normal_origin(origin));
}

bool RequestRules::trusts(std::string_view origin) const {
  const std::string normal = normal_origin(origin);
  return !normal.empty() && contains(origins_, normal);
}

// Programs that speak HTTP/1.0 may name no host; browsers always do.
bool RequestRules::is_sent_to_us(const Request& request) const {
  if (!request.has_header("Host")) return true;
  const auto host = parse_host(request.header("Host"));
  return host && (is_address(*host) || contains(hosts_, *host));
}

// Browsers tell whose page asks, by Sec-Fetch-Site or at least by Origin; other programs tell
// nothing. Behind a proxy that speaks TLS we do not see a page's scheme: host and port must do.
bool RequestRules::comes_from_elsewhere(const Request& request) const {
  const std::string_view site = request.header("Sec-Fetch-Site");
  const std::string_view origin = request.header("Origin");
  if (trusts(origin) || site == "same-origin") return false;
  if (!site.empty() && site != "none") return true;
  if (!request.has_header("Origin")) return false;
  const std::string page = normal_origin(origin);
  const auto scheme = std::string_view(page).substr(0, page.find("//") + 2);
  return page.empty() ||
         page != normal_origin(std::string(scheme) + std::string(request.header("Host")));
}

std::optional<Response> RequestRules::refusal(const Request& request) const {
  const bool by_port = request.access == Access::open;
  if (by_port && request.path != kAlwaysAnswered && !is_sent_to_us(request)) {
    return error_response(421, "this is no name of this server: http.hosts can have more of them");
  }
  if (is_safe(request.method)) return std::nullopt;
  if (request.header("Sec-Fetch-Site") == "cross-site" && !trusts(request.header("Origin"))) {
    return forbidden("cross-site request blocked\n");
  }
  if (!comes_from_elsewhere(request)) return std::nullopt;
  return forbidden("request from a page of another origin blocked: http.origins can permit it\n");
}

std::optional<Response> body_refusal(const Request& request) {
  const bool has_none = request.body.empty() && !request.has_header("Content-Type");
  if (is_safe(request.method) || has_none || is_json(request.header("Content-Type"))) {
    return std::nullopt;
  }
  return error_response(415, "the Content-Type must be application/json");
}

}  // namespace jobledger::httpd
