// SPDX-License-Identifier: MIT
#include "cli/simulate_publish.h"

#include <fmt/format.h>
#include <nats/nats.h>

namespace jobledger::cli {
namespace {

struct DestroyOptions {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
struct DestroyConnection {
  void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
};

Error broker_error(std::string_view what, natsStatus status) {
  return {ErrorKind::unavailable, fmt::format("{}: {}", what, natsStatus_GetText(status))};
}

}  // namespace

struct Publisher::Impl {
  std::string url;
  std::unique_ptr<natsConnection, DestroyConnection> connection;
};

Publisher::Publisher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Publisher::Publisher(Publisher&&) noexcept = default;
Publisher::~Publisher() = default;

Result<Publisher> Publisher::connect(const std::string& url) {
  natsOptions* raw = nullptr;
  if (auto status = natsOptions_Create(&raw); status != NATS_OK) {
    return broker_error("nats", status);
  }
  const std::unique_ptr<natsOptions, DestroyOptions> options(raw);
  natsStatus status = natsOptions_SetURL(raw, url.c_str());
  if (status == NATS_OK) status = natsOptions_SetName(raw, "jobledger simulate");
  if (status == NATS_OK) status = natsOptions_SetMaxReconnect(raw, -1);
  if (status == NATS_OK) status = natsOptions_SetReconnectWait(raw, 500);
  if (status == NATS_OK) status = natsOptions_SetTimeout(raw, 5000);
  natsConnection* connection = nullptr;
  if (status == NATS_OK) status = natsConnection_Connect(&connection, raw);
  if (status != NATS_OK) return broker_error("connect to " + url, status);
  auto impl = std::make_unique<Impl>();
  impl->url = url;
  impl->connection.reset(connection);
  return Publisher(std::move(impl));
}

Result<void> Publisher::publish(const std::string& subject, const std::string& message) {
  const auto status = natsConnection_Publish(impl_->connection.get(), subject.c_str(),
                                             message.data(), static_cast<int>(message.size()));
  if (status != NATS_OK) return broker_error("publish to " + impl_->url, status);
  return {};
}

Result<void> Publisher::flush(std::chrono::milliseconds patience) {
  const auto status =
      natsConnection_FlushTimeout(impl_->connection.get(), static_cast<int64_t>(patience.count()));
  if (status != NATS_OK) return broker_error("flush to " + impl_->url, status);
  return {};
}

}  // namespace jobledger::cli
