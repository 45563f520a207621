// SPDX-License-Identifier: MIT
// What every request must have before a handler sees it, so that no page in somebody's browser uses
// the daemon in that person's name: it was sent to a name of ours, what changes something comes
// from a page of ours or from no page at all, and a body is JSON. Nothing that a proxy adds
// (X-Forwarded-*, Forwarded) matters.
//
// Executor: any. The constructor reads the names of this machine.
#pragma once

#include "base/setting_problem.h"
#include "httpd/config.h"
#include "httpd/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::httpd {

// The host in "host[:port]", in lower case and without the dot at its end; nullopt when it is not
// well-formed. IPv6 addresses keep their brackets.
std::optional<std::string> parse_host(std::string_view host_and_port);
// What `hostname` says, with and without its domain, and what stands beside it in /etc/hosts.
std::vector<std::string> names_of_machine(std::string_view hostname, std::string_view hosts_file);

// Of http.hosts and http.origins.
std::vector<SettingProblem> check_names(const Config& config);

class RequestRules {
 public:
  explicit RequestRules(const Config& config);

  // Why it is not answered; nullopt: it is.
  std::optional<Response> refusal(const Request& request) const;
  // May pages of that origin read answers and send what changes something?
  bool trusts(std::string_view origin) const;
  bool has_origins() const { return !origins_.empty(); }

 private:
  bool is_sent_to_us(const Request& request) const;
  bool comes_from_elsewhere(const Request& request) const;

  std::vector<std::string> hosts_, origins_;
};

// 415 for a body that is not application/json; nullopt: it is, or there is none.
std::optional<Response> body_refusal(const Request& request);

}  // namespace jobledger::httpd
