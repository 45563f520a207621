// SPDX-License-Identifier: MIT
#include "httpd/negotiate.h"

#include "base/gzip.h"

#include <algorithm>

namespace jobledger::httpd {
namespace {

constexpr int kGzipLevel = 1;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return x == y || ((x ^ y) == 0x20 && (x | 0x20) >= 'a' && (x | 0x20) <= 'z');
  });
}

// "q=0", "q=0.0", ...: the coding is refused.
bool refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find(';'), parameters.size());
    const std::string_view parameter = trim(parameters.substr(0, end));
    if (parameter.size() > 2 && (parameter[0] | 0x20) == 'q' && parameter[1] == '=') {
      return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
    }
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
  }
  return false;
}

}  // namespace

std::string media_type(std::string_view entry) {
  return lower_case(trim(entry.substr(0, entry.find(';'))));
}

bool is_json(std::string_view content_type) { return media_type(content_type) == kJsonType; }

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view entry = accept_encoding.substr(0, end);
    const auto semicolon = std::min(entry.find(';'), entry.size());
    const std::string_view coding = trim(entry.substr(0, semicolon));
    const bool accepted = !refused(entry.substr(std::min(semicolon + 1, entry.size())));
    if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) return accepted;
    if (coding == "*") any = accepted;
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
  }
  return any;
}

void encode_body(Response& response, std::string_view accept_encoding, const Config& config) {
  if (response.encoded) return;
  response.encoded = true;
  if (!config.gzip || response.body.size() < config.gzip_min_bytes) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!accepts_gzip(accept_encoding)) return;
  response.body = jobledger::gzip(response.body, kGzipLevel);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace jobledger::httpd
