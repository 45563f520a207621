// SPDX-License-Identifier: MIT
// One request to an HTTP or HTTPS server and its answer, for threads that may wait. The only door
// to libcurl.
//
// Operation: connections stay open and are used again, one per thread that asks at a time. Answers
// may come packed by gzip. Certificates are verified. Redirects are not followed and proxies of the
// environment not used: what is sent goes to the server of the settings and to no other.
//
// Executor: any thread, several at once; a call blocks and looks at its stop signal 50 times a
// second. Only the look-up of a host name cannot be interrupted.
// Failure: `unavailable` with method, URL and reason: not reached, too slow, or any status but 2xx;
// `cancelled` when the stop flag was set; `too_large` when the answer is longer than allowed.
// Errors never show the token, and of the server's words only the first.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "sources/metric_source.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::sources {

struct FetchConfig {
  std::filesystem::path ca_file;  // PEM; empty: those that the system trusts
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds timeout{10'000};
  std::size_t max_answer_bytes = 32u << 20;  // unpacked
};

struct FetchRequest {
  std::string method = "GET";
  std::string url = {};
  std::vector<std::string> headers = {};  // "Name: value"
  std::string body = {};                  // also with GET, as the field has it; empty: none
  std::string scheme = "Bearer";          // of the authorization
  Secret token = {};                      // empty: none is sent
};

class HttpFetch {
 public:
  explicit HttpFetch(FetchConfig config);
  ~HttpFetch();
  HttpFetch(const HttpFetch&) = delete;
  HttpFetch& operator=(const HttpFetch&) = delete;

  Result<std::string> fetch(const FetchRequest& request, const Stop& stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "http" or "https", a host, perhaps a port and a path; no user, no query.
Result<void> check_url(std::string_view url);
// Everything but letters, digits and "-._~" as %XX.
std::string percent_encode(std::string_view text);

}  // namespace jobledger::sources
