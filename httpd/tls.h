// SPDX-License-Identifier: MIT
// The server's side of TLS: certificate, key, versions. The only door to OpenSSL.
#pragma once

#include "base/result.h"
#include "httpd/config.h"

#include <memory>

namespace boost::asio::ssl {
class context;
}

namespace jobledger::httpd {

// Null when TLS is not configured.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsConfig& config);

}  // namespace jobledger::httpd
