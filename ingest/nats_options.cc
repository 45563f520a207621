// SPDX-License-Identifier: MIT
#include "ingest/nats_options.h"

#include "base/secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace jobledger::ingest {

Result<void> check_nats(natsStatus status, std::string_view what) {
  if (status == NATS_OK) return {};
  return Error{ErrorKind::unavailable, fmt::format("{}: {}", what, natsStatus_GetText(status))};
}

std::string last_nats_error(natsStatus status, jsErrCode code) {
  natsStatus last = NATS_OK;
  const char* text = nats_GetLastError(&last);
  std::string words = text != nullptr && *text != '\0' ? text : natsStatus_GetText(status);
  if (code != 0) words += fmt::format(" (JetStream error {})", static_cast<int>(code));
  return words;
}

std::string last_words(natsConnection* connection) {
  const char* text = nullptr;
  const natsStatus status = natsConnection_GetLastError(connection, &text);
  if (status == NATS_OK) return {};
  return text != nullptr && *text != '\0' ? text : natsStatus_GetText(status);
}

namespace {

natsStatus set_servers(natsOptions* options, const NatsConfig& config) {
  std::vector<std::string> urls;
  for (std::size_t from = 0; from <= config.url.size();) {
    const std::size_t to = std::min(config.url.find(',', from), config.url.size());
    std::string url = config.url.substr(from, to - from);
    std::erase(url, ' ');
    if (!url.empty()) urls.push_back(std::move(url));
    from = to + 1;
  }
  std::vector<const char*> list;
  for (const std::string& url : urls) list.push_back(url.c_str());
  return natsOptions_SetServers(options, list.data(), static_cast<int>(list.size()));
}

Result<void> set_identity(natsOptions* options, const NatsConfig& config) {
  if (!config.credentials.empty()) {
    TRY(check_nats(
        natsOptions_SetUserCredentialsFromFiles(options, config.credentials.c_str(), nullptr),
        "credentials"));
  }
  if (!config.user.empty()) {
    Secret password;
    if (!config.password_file.empty()) {
      TRY(password, read_secret(config.password_file));
    }
    TRY(check_nats(natsOptions_SetUserInfo(options, config.user.c_str(), password.reveal().c_str()),
                   "user"));
  }
  if (!config.ca_certificates.empty() || config.url.find("tls://") != std::string::npos) {
    TRY(check_nats(natsOptions_SetSecure(options, true), "TLS"));
  }
  if (!config.ca_certificates.empty()) {
    TRY(check_nats(natsOptions_LoadCATrustedCertificates(options, config.ca_certificates.c_str()),
                   fmt::format("CA certificates {}", config.ca_certificates.string())));
  }
  return {};
}

// Nobody waits so long: nats_dial.h breaks off what takes longer than connect_timeout. The
// library's own time-out would make it read on and on where the broker does not answer to CONNECT.
constexpr std::int64_t kNever = 24 * 3600 * 1000;

natsStatus set_patience(natsOptions* options, const NatsConfig& config) {
  natsStatus status = natsOptions_SetName(options, config.client_name.c_str());
  const auto then = [&](natsStatus next) { status = status == NATS_OK ? next : status; };
  then(natsOptions_SetTimeout(options, kNever));
  then(natsOptions_SetAllowReconnect(options, false));
  then(natsOptions_SetPingInterval(options, config.ping_interval.count()));
  then(natsOptions_SetWriteDeadline(options, kWriteDeadlineMs));
  then(natsOptions_SetFailRequestsOnDisconnect(options, true));
  return status;
}

}  // namespace

Result<NatsOptions> make_nats_options(const NatsConfig& config) {
  natsOptions* raw = nullptr;
  TRY(check_nats(natsOptions_Create(&raw), "NATS options"));
  NatsOptions options(raw);
  TRY(check_nats(set_servers(raw, config), fmt::format("NATS url {}", config.url)));
  TRY(set_identity(raw, config));
  TRY(check_nats(set_patience(raw, config), "NATS options"));
  return options;
}

}  // namespace jobledger::ingest
