// SPDX-License-Identifier: MIT
// What a client can read, and what it sends: Accept-Encoding, media types.
#pragma once

#include "httpd/config.h"
#include "httpd/message.h"

#include <string>
#include <string_view>

namespace jobledger::httpd {

// The media type of one Accept entry or Content-Type, in lower case, without parameters.
std::string media_type(std::string_view entry);
inline constexpr std::string_view kJsonType = "application/json";
bool is_json(std::string_view content_type);

bool accepts_gzip(std::string_view accept_encoding);

// Compresses the body where the client accepts it, the settings allow it and it is worth it; marks
// the response as encoded. Executor: any thread; takes about 10 ms for a MB.
void encode_body(Response& response, std::string_view accept_encoding, const Config& config);

}  // namespace jobledger::httpd
