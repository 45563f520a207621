// SPDX-License-Identifier: MIT
#include "httpd/message.h"

#include "base/log.h"
#include "httpd/discreet.h"
#include "schema/json_write.h"

#include <algorithm>

namespace jobledger::httpd {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      break;
  }
  return "OTHER";
}

bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

std::string_view Request::header(std::string_view name) const {
  for (const Header& each : headers) {
    if (same_name(each.name, name)) return each.value;
  }
  return {};
}

bool Request::has_header(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const Header& each) { return same_name(each.name, name); });
}

void Request::set_header(std::string_view name, std::string_view value) {
  for (Header& each : headers) {
    if (same_name(each.name, name)) return void(each.value = value);
  }
  headers.push_back({name, value});
}

std::optional<std::string> Request::query_value(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    const auto key = percent_decode(pair.substr(0, equals), true);
    if (key && *key == name) {
      return percent_decode(equals < pair.size() ? pair.substr(equals + 1) : "", true);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Entity";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

int http_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::invalid:
      return 400;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::too_large:
      return 413;
    case ErrorKind::unavailable:
    case ErrorKind::cancelled:
      return 503;
    case ErrorKind::corrupt:
    case ErrorKind::io:
    case ErrorKind::internal:
      break;
  }
  return 500;
}

Response json_response(std::string json, int status) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(json);
  return response;
}

Response error_response(int status, std::string_view text) {
  std::string json = "{\"status\":";
  schema::write_json_string(json, reason_phrase(status));
  json += ",\"error\":";
  schema::write_json_string(json, text);
  json += "}\n";
  return json_response(std::move(json), status);
}

Response error_response(const Error& error) {
  const int status = http_status(error.kind);
  if (status != 500) return error_response(status, without_places(error.detail));
  LOG(error, "http", "a request failed: {}: {}", to_string(error.kind), error.detail);
  return error_response(status, "internal error: the log of the server has the details");
}

Response busy_response(std::string_view why) {
  Response response = error_response(503, why);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response no_room_response() {
  return busy_response(
      "requests and answers of others take the memory for this one now: try again");
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

}  // namespace jobledger::httpd
