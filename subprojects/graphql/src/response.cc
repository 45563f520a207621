// SPDX-License-Identifier: MIT
#include "response.h"

#include "graphql/output.h"

namespace graphql::detail {
namespace {

void write_locations(Writer& out, const Error& error) {
  char separator = '[';
  out.raw(",\"locations\":");
  for (const Location& location : error.locations) {
    out.buffer().push_back(separator);
    separator = ',';
    out.raw("{\"line\":");
    out.integer(location.line);
    out.raw(",\"column\":");
    out.integer(location.column);
    out.raw("}");
  }
  out.raw("]");
}

void write_path(Writer& out, const Error& error) {
  char separator = '[';
  out.raw(",\"path\":");
  for (const PathSegment& segment : error.path) {
    out.buffer().push_back(separator);
    separator = ',';
    if (const auto* key = std::get_if<std::string>(&segment)) {
      out.string(*key);
    } else {
      out.integer(std::get<std::size_t>(segment));
    }
  }
  out.raw("]");
}

std::string errors_text(const Options& options, const Errors& errors) {
  std::string text = "\"errors\":";
  Writer out(text, options.format_float, options.html_safe_strings);
  char separator = '[';
  for (const Error& error : errors) {
    text.push_back(separator);
    separator = ',';
    out.raw("{\"message\":");
    out.string(error.message);
    if (!error.locations.empty()) write_locations(out, error);
    if (!error.path.empty()) write_path(out, error);
    if (!error.code.empty()) {
      out.raw(",\"extensions\":{\"code\":");
      out.string(error.code);
      out.raw("}");
    }
    out.raw("}");
  }
  text.push_back(']');
  return text;
}

}  // namespace

void finish_response(std::string& body, const Options& options, const Errors& errors) {
  if (!errors.empty()) {
    const std::string text = errors_text(options, errors);
    if (options.errors_first) {
      body.insert(1, text + ",");
    } else {
      body.append(",").append(text);
    }
  }
  body.push_back('}');
}

std::string error_response(const Options& options, const Errors& errors) {
  if (!options.data_always) return "{" + errors_text(options, errors) + "}";
  std::string body = "{\"data\":null";
  finish_response(body, options, errors);
  return body;
}

}  // namespace graphql::detail
