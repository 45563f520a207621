// SPDX-License-Identifier: MIT
#include "sources/http_fetch.h"

#include "base/log.h"
#include "base/turn.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <mutex>
#include <optional>

namespace jobledger::sources {
namespace {

using std::chrono::milliseconds;

constexpr int kLookMs = 20;                // between looks at the stop signal
constexpr std::size_t kMaxShown = 200;     // bytes of what a server says about its refusal
constexpr std::size_t kMaxRefusal = 4096;  // ... that are looked at
constexpr std::size_t kMaxIdle = 64;       // connections kept
constexpr milliseconds kForever{24 * 3600 * 1000};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

// The first line, printable.
std::string first_words(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, std::min(text.find_first_of("\r\n"), kMaxShown))) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    out += control ? ' ' : c;
  }
  return out;
}

milliseconds time_left(const Stop& stop) {
  using Clock = std::chrono::steady_clock;
  if (stop.deadline == Clock::time_point::max()) return kForever;
  return std::chrono::duration_cast<milliseconds>(stop.deadline - Clock::now());
}

bool is_flagged(const Stop& stop) { return stop.flag != nullptr && stop.flag->load(); }

// One connection, or none yet. The multi handle owns it, the easy handle describes one request.
class Line {
 public:
  Line() : multi_(curl_multi_init()), easy_(curl_easy_init()) {
    CHECK(multi_ != nullptr && easy_ != nullptr, "out of memory");
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
  }
  ~Line() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Result<std::string> run(const FetchRequest& request, const FetchConfig& config, const Stop& stop);

 private:
  static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self);
  void describe(const FetchRequest& request, const FetchConfig& config, milliseconds patience);
  std::optional<CURLcode> perform(const Stop& stop);
  Error failure(const FetchRequest& request, CURLcode code) const;
  Error refusal(const FetchRequest& request, long status) const;

  CURLM* multi_;
  CURL* easy_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::string body_;
  std::size_t max_bytes_ = 0;
  bool too_long_ = false;
};

std::size_t Line::on_data(char* data, std::size_t size, std::size_t count, void* self) {
  Line& line = *static_cast<Line*>(self);
  const std::size_t bytes = size * count;
  line.too_long_ = line.body_.size() + bytes > line.max_bytes_;
  if (line.too_long_) return 0;  // ends the transfer
  line.body_.append(data, bytes);
  return bytes;
}

void Line::describe(const FetchRequest& request, const FetchConfig& config, milliseconds patience) {
  curl_easy_reset(easy_);
  error_[0] = '\0';
  const auto set = [this](CURLoption option, auto value) {
    const CURLcode code = curl_easy_setopt(easy_, option, value);
    CHECK(code == CURLE_OK, "libcurl refuses option {}: {}", static_cast<int>(option),
          curl_easy_strerror(code));
  };
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!config.ca_file.empty()) set(CURLOPT_CAINFO, config.ca_file.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::min(config.connect_timeout, patience).count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
  set(CURLOPT_ACCEPT_ENCODING, "gzip");
  set(CURLOPT_WRITEFUNCTION, &Line::on_data);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_URL, request.url.c_str());
  if (!request.body.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.c_str());
  }
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

Error Line::failure(const FetchRequest& request, CURLcode code) const {
  const std::string where = request.method + " " + request.url;
  if (too_long_) {
    return {ErrorKind::too_large,
            fmt::format("{}: the answer is longer than {} bytes", where, max_bytes_)};
  }
  const std::string why = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
  return {ErrorKind::unavailable, request.token.hide_in(where + ": " + why)};
}

Error Line::refusal(const FetchRequest& request, long status) const {
  const std::string words = first_words(request.token.hide_in(body_.substr(0, kMaxRefusal)));
  const bool request_is_wrong = status == 400 || status == 422;
  return {request_is_wrong ? ErrorKind::invalid : ErrorKind::unavailable,
          fmt::format("{} {}: status {}{}{}", request.method, request.url, status,
                      words.empty() ? "" : ": ", words)};
}

HeaderList headers_of(const FetchRequest& request) {
  HeaderList headers;
  const auto add = [&headers](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
    CHECK(longer != nullptr, "out of memory");
    [[maybe_unused]] curl_slist* const same = headers.release();
    headers.reset(longer);
  };
  add("Expect:");  // the body goes out at once
  for (const std::string& line : request.headers) add(line);
  if (!request.token.empty()) {
    add("Authorization: " + request.scheme + " " + request.token.reveal());
  }
  return headers;
}

// nullopt: stopped before its end.
std::optional<CURLcode> Line::perform(const Stop& stop) {
  CHECK(curl_multi_add_handle(multi_, easy_) == CURLM_OK, "libcurl takes no request");
  const TurnPause pause;  // others work while this thread waits for the network
  for (int running = 1; running > 0 && !is_flagged(stop);) {
    curl_multi_perform(multi_, &running);
    if (running > 0) curl_multi_poll(multi_, nullptr, 0, kLookMs, nullptr);
  }
  std::optional<CURLcode> code;
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  curl_multi_remove_handle(multi_, easy_);
  return code;
}

Result<std::string> Line::run(const FetchRequest& request, const FetchConfig& config,
                              const Stop& stop) {
  const milliseconds patience = std::min(config.timeout, time_left(stop));
  if (patience.count() <= 0) {
    return Error{ErrorKind::unavailable,
                 fmt::format("{} {}: no time is left", request.method, request.url)};
  }
  describe(request, config, patience);
  body_.clear();
  too_long_ = false;
  max_bytes_ = config.max_answer_bytes;
  const HeaderList headers = headers_of(request);
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers.get());
  const std::optional<CURLcode> code = perform(stop);
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_reset(easy_);  // forgets the headers, which end here
  if (!code) {
    return Error{ErrorKind::cancelled, fmt::format("{} {}: stopped", request.method, request.url)};
  }
  if (*code != CURLE_OK) return failure(request, *code);
  if (status < 200 || status >= 300) return refusal(request, status);
  return std::move(body_);
}

}  // namespace

struct HttpFetch::Impl {
  FetchConfig config;
  std::mutex mutex;  // guards idle
  std::vector<std::unique_ptr<Line>> idle;

  std::unique_ptr<Line> take() {
    std::lock_guard lock(mutex);
    if (idle.empty()) return nullptr;
    std::unique_ptr<Line> line = std::move(idle.back());
    idle.pop_back();
    return line;
  }
  void put_back(std::unique_ptr<Line> line) {
    std::lock_guard lock(mutex);
    if (idle.size() < kMaxIdle) idle.push_back(std::move(line));
  }
};

HttpFetch::HttpFetch(FetchConfig config) : impl_(std::make_unique<Impl>()) {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(once == CURLE_OK, "libcurl: {}", curl_easy_strerror(once));
  impl_->config = std::move(config);
}

HttpFetch::~HttpFetch() = default;

Result<std::string> HttpFetch::fetch(const FetchRequest& request, const Stop& stop) {
  std::unique_ptr<Line> line = impl_->take();
  if (!line) line = std::make_unique<Line>();
  auto answer = line->run(request, impl_->config, stop);
  impl_->put_back(std::move(line));
  return answer;
}

Result<void> check_url(std::string_view url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  CHECK(parsed != nullptr, "out of memory");
  const std::string text(url);
  if (!text.starts_with("http://") && !text.starts_with("https://")) {
    return invalid("expected http:// or https://");
  }
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0);
  if (code != CURLUE_OK) return invalid(fmt::format("not a URL: {}", curl_url_strerror(code)));
  const auto has = [&parsed](CURLUPart part) {
    char* found = nullptr;
    const bool there = curl_url_get(parsed.get(), part, &found, 0) == CURLUE_OK;
    curl_free(found);
    return there;
  };
  if (has(CURLUPART_USER) || has(CURLUPART_PASSWORD)) return invalid("a URL may not name a user");
  if (has(CURLUPART_QUERY) || has(CURLUPART_FRAGMENT)) {
    return invalid("expected host, port and path only");
  }
  return {};
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 &&
        (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

}  // namespace jobledger::sources
