// SPDX-License-Identifier: MIT

// JSON text to Value (RFC 8259, strictly).

#include "graphql/value.h"
#include "utf8.h"

#include <charconv>
#include <unordered_map>

namespace graphql {
namespace {

class JsonParser {
 public:
  JsonParser(std::string_view text, unsigned max_depth) : text_(text), max_depth_(max_depth) {}

  Expected<Value> parse() {
    Value value;
    if (!parse_value(value, 0)) return failure();
    skip_space();
    if (at_ != text_.size()) {
      fail("unexpected text after the value");
      return failure();
    }
    return value;
  }

 private:
  Failure failure() const {
    return {"JSON: " + std::string(what_) + " at byte " + std::to_string(at_), "BAD_JSON"};
  }
  bool fail(std::string_view what) {
    what_ = what;
    return false;
  }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool skip(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool parse_word(std::string_view word, Value meaning, Value& out) {
    if (text_.substr(at_, word.size()) != word) return fail("expected a value");
    at_ += word.size();
    out = std::move(meaning);
    return true;
  }

  bool parse_value(Value& out, unsigned depth) {
    if (depth > max_depth_) return fail("nested too deeply");
    skip_space();
    if (at_ >= text_.size()) return fail("unexpected end");
    switch (text_[at_]) {
      case '{':
        return parse_object(out, depth);
      case '[':
        return parse_list(out, depth);
      case '"': {
        std::string text;
        if (!parse_string(text)) return false;
        out = Value(std::move(text));
        return true;
      }
      case 't':
        return parse_word("true", Value(true), out);
      case 'f':
        return parse_word("false", Value(false), out);
      case 'n':
        return parse_word("null", Value(), out);
      default:
        return parse_number(out);
    }
  }

  bool parse_list(Value& out, unsigned depth) {
    ++at_;
    Value::List items;
    skip_space();
    if (!skip(']')) {
      do {
        if (!parse_value(items.emplace_back(), depth + 1)) return false;
        skip_space();
      } while (skip(','));
      if (!skip(']')) return fail("expected , or ]");
    }
    out = Value(std::move(items));
    return true;
  }

  bool parse_object(Value& out, unsigned depth) {
    ++at_;
    Value::Object members;
    std::unordered_map<std::string, std::size_t> index;  // only for large objects
    skip_space();
    if (!skip('}')) {
      do {
        skip_space();
        std::string name;
        if (!next_is('"')) return fail("expected a member name");
        if (!parse_string(name)) return false;
        skip_space();
        if (!skip(':')) return fail("expected :");
        Value value;
        if (!parse_value(value, depth + 1)) return false;
        add_member(members, index, std::move(name), std::move(value));
        skip_space();
      } while (skip(','));
      if (!skip('}')) return fail("expected , or }");
    }
    out = Value(std::move(members));
    return true;
  }

  static void add_member(Value::Object& members,
                         std::unordered_map<std::string, std::size_t>& index, std::string name,
                         Value value) {
    constexpr std::size_t kLinear = 16;
    std::size_t found = members.size();
    if (members.size() < kLinear) {
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i].name == name) found = i;
      }
    } else {
      if (index.empty()) {
        for (std::size_t i = 0; i < members.size(); ++i) index.emplace(members[i].name, i);
      }
      found = index.emplace(name, members.size()).first->second;
    }
    if (found == members.size()) {
      members.push_back({std::move(name), std::move(value)});
    } else {
      members[found].value = std::move(value);
    }
  }

  bool parse_number(Value& out) {
    const std::size_t begin = at_;
    const auto digits = [this] {
      const std::size_t from = at_;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
      return at_ - from;
    };
    skip('-');
    const bool zero = next_is('0');
    const std::size_t whole = digits();
    if (whole == 0) return fail("expected a value");
    if (zero && whole > 1) return fail("number with leading zero");
    bool integral = true;
    if (skip('.')) {
      integral = false;
      if (digits() == 0) return fail("expected a digit");
    }
    if (next_is('e') || next_is('E')) {
      integral = false;
      ++at_;
      if (!skip('+')) skip('-');
      if (digits() == 0) return fail("expected a digit");
    }
    const char* first = text_.data() + begin;
    const char* last = text_.data() + at_;
    if (integral) {
      std::int64_t number = 0;
      if (std::from_chars(first, last, number).ec == std::errc()) {
        out = Value(number);
        return true;
      }
    }
    double number = 0;
    if (std::from_chars(first, last, number).ec != std::errc()) {
      at_ = begin;
      return fail("number out of range");
    }
    out = Value(number);
    return true;
  }

  bool parse_hex(std::uint32_t& code) {
    const auto* first = text_.data() + at_;
    if (text_.size() - at_ < 4) return fail("unexpected end");
    const auto result = std::from_chars(first, first + 4, code, 16);
    if (result.ec != std::errc() || result.ptr != first + 4) return fail("bad \\u escape");
    at_ += 4;
    return true;
  }

  bool parse_escape(std::string& out) {
    static constexpr std::string_view kCodes = "\"\\/bfnrt";
    static constexpr std::string_view kChars = "\"\\/\b\f\n\r\t";
    if (at_ >= text_.size()) return fail("unexpected end");
    const char c = text_[at_];
    if (const auto which = kCodes.find(c); which != kCodes.npos) {
      ++at_;
      out.push_back(kChars[which]);
      return true;
    }
    if (c != 'u') return fail("unknown escape");
    ++at_;
    std::uint32_t code = 0;
    if (!parse_hex(code)) return false;
    if (code >= 0xD800 && code <= 0xDBFF && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      std::uint32_t low = 0;
      if (!parse_hex(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return fail("unpaired surrogate");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xD800 && code <= 0xDFFF) {
      return fail("unpaired surrogate");
    }
    detail::append_utf8(out, code);
    return true;
  }

  bool parse_string(std::string& out) {
    ++at_;
    for (;;) {
      if (at_ >= text_.size()) return fail("unterminated string");
      const char c = text_[at_];
      if (c == '"') break;
      if (c == '\\') {
        ++at_;
        if (!parse_escape(out)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) return fail("control character in string");
      const std::size_t length = detail::utf8_length(text_.substr(at_));
      if (length == 0) return fail("invalid UTF-8");
      out.append(text_, at_, length);
      at_ += length;
    }
    ++at_;
    return true;
  }

  std::string_view text_;
  unsigned max_depth_;
  std::size_t at_ = 0;
  std::string_view what_;
};

}  // namespace

Expected<Value> parse_json(std::string_view text, unsigned max_depth) {
  return JsonParser(text, max_depth).parse();
}

}  // namespace graphql
