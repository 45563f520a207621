// SPDX-License-Identifier: MIT
// Writes the members of one JSON object.
#pragma once

#include "schema/json_write.h"

#include <concepts>
#include <string>
#include <string_view>

namespace jobledger::schema {

class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  void close() { out_ += '}'; }

  void text(std::string_view name, std::string_view value) {
    write_json_string(member(name), value);
  }
  void boolean(std::string_view name, bool value) { member(name) += value ? "true" : "false"; }
  void integer(std::string_view name, std::integral auto value) {
    write_json_int(member(name), static_cast<std::int64_t>(value));
  }
  void number(std::string_view name, double value) { write_json_double(member(name), value); }
  void raw(std::string_view name, std::string_view json) { member(name) += json; }
  template <class Strings>
  void texts(std::string_view name, const Strings& values) {
    std::string& out = member(name);
    char separator = '[';
    for (const auto& value : values) {
      out += separator;
      write_json_string(out, value);
      separator = ',';
    }
    out += separator == '[' ? "[]" : "]";
  }
  // For values that write themselves: what is returned is where they go.
  std::string& member(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    write_json_string(out_, name);
    out_ += ':';
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace jobledger::schema
