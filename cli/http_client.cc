// SPDX-License-Identifier: MIT
#include "cli/http_client.h"

#include "cli/json_view.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace jobledger::cli {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct HttpRequest {
  std::string method, target;
  const std::string& body;
  std::chrono::milliseconds patience;
};

// What one try came to: an answer, or why there is none.
struct Attempt {
  HttpAnswer answer;
  CURLcode code = CURLE_OK;
  int system_error = 0;  // of connecting
  std::string why;
};

std::size_t keep(char* data, std::size_t size, std::size_t count, void* into) {
  std::string& body = *static_cast<std::string*>(into);
  const std::size_t bytes = size * count;
  if (body.size() + bytes > kMaxAnswerBytes) return 0;  // ends the transfer
  body.append(data, bytes);
  return bytes;
}

bool is_loopback(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  char* found = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
  if (curl_url_get(parsed.get(), CURLUPART_HOST, &found, 0) != CURLUE_OK) return false;
  const std::string host(found);
  curl_free(found);
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return host == "localhost" || host == "[::1]";
}

void set_tls(CURL* curl, const DaemonAddress& place) {
  if (is_loopback(place.url)) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  } else if (const char* authorities = std::getenv("SSL_CERT_FILE")) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
  }
}

void describe(CURL* curl, const DaemonAddress& place, const HttpRequest& request) {
  const std::string url = place.url + request.target;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  if (!place.socket.empty()) {
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, place.socket.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "jobledger");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.patience.count()));
  if (request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

Attempt ask(const DaemonAddress& place, const HttpRequest& request) {
  const Handle curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) return {{}, CURLE_OUT_OF_MEMORY, 0, "out of memory"};
  HeaderList headers(curl_slist_append(nullptr, "Content-Type: application/json"),
                     &curl_slist_free_all);
  curl_slist_append(headers.get(), "Expect:");  // the body goes out at once
  Attempt out;
  std::array<char, CURL_ERROR_SIZE> words{};
  describe(curl.get(), place, request);
  set_tls(curl.get(), place);
  if (request.method == "POST") curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &keep);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, static_cast<void*>(&out.answer.body));
  out.code = curl_easy_perform(curl.get());
  long number = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_OS_ERRNO, &number);
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &out.answer.status);
  out.system_error = static_cast<int>(number);
  out.why = words[0] != '\0' ? words.data() : curl_easy_strerror(out.code);
  return out;
}

bool is_tls_failure(CURLcode code) {
  return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
         code == CURLE_SSL_CACERT_BADFILE;
}

Error failure(const DaemonAddress& place, const Attempt& attempt) {
  if (is_tls_failure(attempt.code)) {
    return {ErrorKind::unavailable,
            fmt::format("no secure connection to {}: {}", place.text(), attempt.why)};
  }
  const bool by_socket = !place.socket.empty();
  if (by_socket && attempt.system_error == EACCES) {
    return invalid(fmt::format(
        "{}: permission denied: this socket is for root, the daemon's user and the group of "
        "http.socket_group",
        place.socket));
  }
  const std::string why = by_socket && attempt.system_error != 0
                              ? std::generic_category().message(attempt.system_error)
                              : attempt.why;
  return {
      ErrorKind::unavailable,
      fmt::format("nobody answers at {} ({}). Is jobledgerd running? --{} or JOBLEDGER_{} "
                  "name another place",
                  place.text(), why, by_socket ? "socket" : "url", by_socket ? "SOCKET" : "URL")};
}

}  // namespace

HttpClient::HttpClient(std::vector<DaemonAddress> places, std::chrono::seconds patience)
    : places_(std::move(places)), patience_(patience) {}

Result<HttpAnswer> HttpClient::request(std::string_view method, std::string_view target,
                                       const std::string& body) const {
  const HttpRequest request{std::string(method), std::string(target), body, patience_};
  for (std::size_t i = 0;; ++i) {
    Attempt attempt = ask(places_[i], request);
    if (attempt.code == CURLE_OK) return std::move(attempt.answer);
    const bool last = i + 1 == places_.size();
    if (last || attempt.code != CURLE_COULDNT_CONNECT) return failure(places_[i], attempt);
  }
}

Result<std::string> HttpClient::checked(std::string_view method, std::string_view target,
                                        const std::string& body) const {
  TRY(HttpAnswer answer, request(method, target, body));
  if (answer.status / 100 == 2) return std::move(answer.body);
  const std::string told = error_text(answer.body);
  const auto kind = answer.status == 404   ? ErrorKind::not_found
                    : answer.status == 409 ? ErrorKind::conflict
                    : answer.status == 503 ? ErrorKind::unavailable
                                           : ErrorKind::invalid;
  return Error{kind, told.empty() ? fmt::format("the daemon answered {} to {} {}", answer.status,
                                                method, target)
                                  : told};
}

}  // namespace jobledger::cli
