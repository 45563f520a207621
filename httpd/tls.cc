// SPDX-License-Identifier: MIT
#include "httpd/tls.h"

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

namespace jobledger::httpd {

using boost::asio::ssl::context;

Result<std::shared_ptr<context>> make_tls_context(const TlsConfig& config) {
  if (config.certificate.empty() && config.key.empty()) return std::shared_ptr<context>();
  if (config.certificate.empty() || config.key.empty()) {
    return invalid("TLS needs both a certificate and a key");
  }
  auto tls = std::make_shared<context>(context::tls_server);
  tls->set_options(context::default_workarounds | context::no_compression);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(tls->native_handle(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code ec;
  tls->use_certificate_chain_file(config.certificate.string(), ec);
  if (ec) return invalid("certificate " + config.certificate.string() + ": " + ec.message());
  tls->use_private_key_file(config.key.string(), context::pem, ec);
  if (ec) return invalid("key " + config.key.string() + ": " + ec.message());
  if (SSL_CTX_check_private_key(tls->native_handle()) != 1) {
    return invalid("key " + config.key.string() + " does not belong to certificate " +
                   config.certificate.string());
  }
  return tls;
}

}  // namespace jobledger::httpd
