// SPDX-License-Identifier: MIT
// What a client can read: Accept-Encoding and Accept.
#pragma once

#include "httpd/config.h"
#include "httpd/message.h"

#include <string_view>

namespace jobledger::httpd {

bool accepts_gzip(std::string_view accept_encoding);

// Compresses the body where the client accepts it, the settings allow it and it is worth it; marks
// the response as encoded. Executor: any thread; takes about 10 ms for a MB.
void encode_body(Response& response, std::string_view accept_encoding, const Config& config);

}  // namespace jobledger::httpd
