// SPDX-License-Identifier: MIT
#include "httpd/session.h"

#include "base/log.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <poll.h>

#include <array>
#include <optional>

namespace jobledger::httpd {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using PlainStream = Socket;
using TlsStream = asio::ssl::stream<Socket>;

constexpr std::size_t kReadAhead = 16u << 10;      // of the buffer, beyond the header limit
constexpr std::size_t kWritePiece = 1u << 20;      // each piece has its own write deadline
constexpr std::size_t kJoinedBody = 16u << 10;     // shorter bodies are copied behind the header
constexpr std::size_t kMaxLingerBytes = 4u << 20;  // of a refused request thrown away

Method to_method(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::post:
      return Method::post;
    case http::verb::put:
      return Method::put;
    case http::verb::patch:
      return Method::patch;
    case http::verb::delete_:
      return Method::del;
    case http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

// The status for what the parser refused; 0 when the connection simply ended.
int refusal_status(error_code ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) return 431;
  if (ec == http::error::bad_version) return 505;
  if (ec == http::error::end_of_stream || ec == http::error::partial_message) return 0;
  return ec.category() == make_error_code(http::error::bad_method).category() ? 400 : 0;
}

// Path and query of the request target; the absolute form is for proxies but must be understood,
// and then the host in it counts.
void split_target(std::string_view target, Request& request) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto end = std::min(target.find_first_of("/?#"), target.size());
    request.set_header("Host", target.substr(0, end));
    target.remove_prefix(end);
    break;
  }
  target = target.substr(0, target.find('#'));
  const auto question = std::min(target.find('?'), target.size());
  request.path = question == 0 ? "/" : target.substr(0, question);
  request.query = question < target.size() ? target.substr(question + 1) : std::string_view{};
}

Socket& socket_of(PlainStream& stream) { return stream; }
Socket& socket_of(TlsStream& stream) { return stream.next_layer(); }

template <class Stream>
class Session final : public Connection {
 public:
  Session(Stream stream, Access access, Admission::Ticket ticket, SessionContext& context)
      : stream_(std::move(stream)),
        ticket_(std::move(ticket)),
        context_(context),
        config_(context.dispatcher.config()),
        buffer_(config_.max_header_bytes + kReadAhead),
        room_found_(socket_of(stream_).get_executor(), Clock::time_point::max()),
        access_(access),
        place_(context.connections.add(*this)) {}
  ~Session() override { context_.connections.remove(place_); }

  Task<> run() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      enter(Phase::other, patience(config_.handshake_timeout));
      auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
      if (ec) co_return;
    }
    bool more = true;
    while (more) {
      more = co_await wait_for_request();
      if (more) more = co_await serve_request();
    }
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      enter(Phase::other, config_.linger_timeout);
      [[maybe_unused]] auto done = co_await stream_.async_shutdown(kAwait);
    }
  }

  void check(Clock::time_point now) override {
    if (phase_ == Phase::working) {
      if (peer_left()) stop_.store(true);
    } else if (phase_ == Phase::waiting) {
      if (now >= deadline_ || peer_left() || take_room()) room_found_.cancel();
    } else if (now >= deadline_) {
      deadline_ = Clock::time_point::max();
      timed_out_ = true;
      error_code ignored;
      // A request that does not come to its end is told so; nobody waits for the other operations.
      if (phase_ == Phase::reading) {
        socket_of(stream_).cancel(ignored);
      } else {
        // Who does not take an answer shall not have it kept by the system either.
        if (phase_ == Phase::writing) {
          socket_of(stream_).set_option(asio::socket_base::linger(true, 0), ignored);
        }
        socket_of(stream_).close(ignored);
      }
    }
  }

  bool can_be_displaced() const override { return is_reserved() && !stop_.load(); }

  void close_if_idle() override {
    error_code ignored;
    if (phase_ == Phase::idle) socket_of(stream_).close(ignored);
  }

  void abort() override {
    stop_.store(true);
    room_found_.cancel();
    error_code ignored;
    socket_of(stream_).close(ignored);
  }

 private:
  enum class Phase { idle, reading, waiting, working, writing, other };
  using Parser = http::request_parser<http::string_body>;

  void enter(Phase phase, std::chrono::milliseconds patience) {
    phase_ = phase;
    timed_out_ = false;
    deadline_ = Clock::now() + patience;
  }

  bool is_reserved() const { return ticket_.service() == Service::essential; }

  std::chrono::milliseconds patience(std::chrono::milliseconds usual) const {
    return is_reserved() ? std::min(usual, config_.reserved_timeout) : usual;
  }

  bool peer_left() {
    pollfd peer{socket_of(stream_).native_handle(), POLLRDHUP, 0};
    return ::poll(&peer, 1, 0) > 0;
  }

  // False when the connection ended or stays silent.
  Task<bool> wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    if (context_.connections.stopping()) co_return false;
    enter(Phase::idle, patience(config_.idle_timeout));
    auto room = buffer_.prepare(kReadAhead);
    auto [ec, n] = co_await stream_.async_read_some(room, kAwait);
    if (ec) co_return false;
    buffer_.commit(n);
    co_return true;
  }

  // False when the connection is to end.
  Task<bool> serve_request() {
    enter(Phase::reading, patience(config_.read_timeout));
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(config_.max_header_bytes));
    parser.body_limit(boost::none);  // its length is told before it is read: see objection()
    Request request;
    request.stop = &stop_;
    request.secure = std::is_same_v<Stream, TlsStream>;
    request.access = access_;
    request.budget = &context_.memory;
    request.peer = ticket_.peer();
    auto [header_error, header_bytes] =
        co_await http::async_read_header(stream_, buffer_, parser, kAwait);
    request.arrived = Clock::now();
    if (header_error) {
      bool closing = co_await refuse(request, header_error);
      co_return closing;
    }
    fill(request, parser);
    if (auto refusal = objection(request, parser)) {
      bool closing = co_await refuse(request, std::move(*refusal));
      co_return closing;
    }
    bool room = co_await find_room(parser.content_length().value_or(0));
    if (!room) {
      bool closing = co_await refuse(request, no_room_response());
      co_return closing;
    }
    if (!parser.is_done()) {
      if (request.header("Expect") == "100-continue") {
        auto [ec, n] = co_await asio::async_write(
            stream_, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), kAwait);
        if (ec) co_return false;
      }
      auto [body_error, body_bytes] = co_await http::async_read(stream_, buffer_, parser, kAwait);
      if (body_error) {
        bool closing = co_await refuse(request, body_error);
        co_return closing;
      }
    }
    request.body = std::move(parser.get().body());

    phase_ = Phase::working;
    stop_.store(false);
    Response response = co_await context_.dispatcher.answer(request);
    request.body = {};
    body_memory_.reset();
    const bool keep_alive =
        parser.get().keep_alive() && !context_.connections.stopping() && !is_reserved();
    bool written = co_await write(request, response, keep_alive);
    co_return written&& keep_alive;
  }

  void fill(Request& request, const Parser& parser) {
    const auto& message = parser.get();
    request.method = to_method(message.method());
    for (const auto& field : message) {
      request.headers.push_back({field.name_string(), field.value()});
    }
    split_target(message.target(), request);
  }

  // What makes a well-formed request unacceptable before its body is read.
  std::optional<Response> objection(const Request& request, const Parser& parser) {
    const auto& message = parser.get();
    if (is_reserved() && !context_.dispatcher.is_essential(request)) {
      return busy_response("too many connections, of all or of your address: try again");
    }
    const auto hosts = message.count(http::field::host);
    if (hosts > 1 || (hosts == 0 && message.version() >= 11)) {
      return error_response(400, "exactly one Host header is needed");
    }
    if (message.count(http::field::transfer_encoding) > 0) {
      return error_response(411, "Transfer-Encoding is not supported: send a Content-Length");
    }
    const bool has_body = request.method == Method::post || request.method == Method::put ||
                          request.method == Method::patch;
    if (has_body && !parser.content_length()) {
      return error_response(411, "Content-Length is needed");
    }
    const auto length = parser.content_length();
    const std::size_t most =
        std::min(context_.dispatcher.max_body_bytes(request), context_.memory.largest_share());
    if (length && *length > most) {
      return error_response(413, reason_phrase(413));
    }
    return std::nullopt;
  }

  bool take_room() { return body_memory_.resize(body_bytes_); }

  // Of the budget, for the body of a request. The sweep asks again for those that wait, the oldest
  // connection first; who comes while others wait goes behind them. False when there was no room
  // in time.
  Task<bool> find_room(std::uint64_t body_bytes) {
    body_bytes_ = body_bytes <= MemoryBudget::kFree ? 0 : static_cast<std::size_t>(body_bytes);
    body_memory_ = MemoryShare(&context_.memory);
    const bool small = body_bytes_ <= MemoryBudget::kSmallShare;
    if ((small || context_.connections.waiting() == 0) && take_room()) co_return true;
    enter(Phase::waiting, config_.buffer_wait);
    context_.connections.begin_wait();
    [[maybe_unused]] auto woken = co_await room_found_.async_wait(kAwait);
    context_.connections.end_wait();
    const bool found = body_memory_.bytes() == body_bytes_;
    enter(Phase::reading, config_.read_timeout);
    co_return found;
  }

  Task<bool> refuse(Request& request, error_code why) {
    int status = refusal_status(why);
    if (timed_out_ && why == asio::error::operation_aborted) status = 408;
    if (status == 0) co_return false;
    std::string text(status == 400 ? why.message() : std::string(reason_phrase(status)));
    bool closing = co_await refuse(request, error_response(status, text));
    co_return closing;
  }

  // Answers and ends the connection such that the client has a chance to read the answer: what it
  // still sends is read and dropped, as closing at once would take the answer back.
  Task<bool> refuse(Request& request, Response response) {
    context_.dispatcher.count_refusal(response.status);
    LOG(debug, "http", "request refused: {}", response.status);
    bool written = co_await write(request, response, false);
    if (!written) co_return false;
    enter(Phase::other, config_.linger_timeout);
    error_code ignored;
    socket_of(stream_).shutdown(asio::socket_base::shutdown_send, ignored);
    std::array<char, 4096> rest{};
    std::size_t dropped = 0;
    while (dropped < kMaxLingerBytes) {
      auto [ec, n] = co_await socket_of(stream_).async_read_some(asio::buffer(rest), kAwait);
      if (ec) break;
      dropped += n;
    }
    socket_of(stream_).close(ignored);
    co_return false;
  }

  Task<bool> write(const Request& request, const Response& response, bool keep_alive) {
    enter(Phase::writing, patience(config_.write_timeout));
    head_.clear();
    context_.dispatcher.write_head(head_, request, response, keep_alive);
    std::string_view body = response.body;
    if (request.method == Method::head) body = {};
    std::string_view piece = body.substr(0, kWritePiece);
    body.remove_prefix(piece.size());
    if (piece.size() <= kJoinedBody) {
      head_.append(piece);
      piece = {};
    }
    const std::array<asio::const_buffer, 2> first{asio::buffer(head_), asio::buffer(piece)};
    auto [first_error, first_bytes] = co_await asio::async_write(stream_, first, kAwait);
    if (first_error) co_return false;
    while (!body.empty()) {
      enter(Phase::writing, patience(config_.write_timeout));
      piece = body.substr(0, kWritePiece);
      body.remove_prefix(piece.size());
      auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(piece), kAwait);
      if (ec) co_return false;
    }
    co_return true;
  }

  Stream stream_;
  const Admission::Ticket ticket_;
  SessionContext& context_;
  const Config& config_;
  boost::beast::flat_buffer buffer_;
  std::string head_;
  MemoryShare body_memory_;  // of the request that is read or answered
  std::size_t body_bytes_ = 0;
  asio::steady_timer room_found_;
  std::atomic<bool> stop_ = false;
  Phase phase_ = Phase::other;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool timed_out_ = false;
  const Access access_;
  Connections::Place place_;
};

}  // namespace

Task<> serve_connection(Socket socket, Access access, Admission::Ticket ticket,
                        SessionContext& context, asio::ssl::context* tls) {
  co_await asio::this_coro::throw_if_cancelled(false);
  if (tls != nullptr) {
    Session<TlsStream> session(TlsStream(std::move(socket), *tls), access, std::move(ticket),
                               context);
    co_await session.run();
  } else {
    Session<PlainStream> session(std::move(socket), access, std::move(ticket), context);
    co_await session.run();
  }
}

}  // namespace jobledger::httpd
