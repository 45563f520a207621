// SPDX-License-Identifier: MIT
#include "schema/json_read.h"

#include "schema/json_scan.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace jobledger::schema {

// simdjson's parsed form: one 64-bit word per value with its type in the highest byte; numbers have
// their bits in a second word; the word of an object or list holds in its low half the index behind
// its end; strings are an offset to a 32-bit length and the bytes.
struct JsonTape {
  const std::uint64_t* words = nullptr;
  const std::uint8_t* strings = nullptr;

  char tag(std::size_t index) const { return static_cast<char>(words[index] >> 56); }
  std::uint64_t payload(std::size_t index) const { return words[index] & 0x00FFFFFFFFFFFFFFu; }
  std::size_t behind(std::size_t index) const {
    switch (tag(index)) {
      case '{':
      case '[':
        return payload(index) & 0xFFFFFFFFu;
      case 'l':
      case 'u':
      case 'd':
        return index + 2;
      default:
        return index + 1;
    }
  }
  std::string_view string(std::size_t index) const {
    const std::uint8_t* at = strings + payload(index);
    std::uint32_t length = 0;
    std::memcpy(&length, at, sizeof length);
    return {reinterpret_cast<const char*>(at + sizeof length), length};
  }
};

namespace {

constexpr std::size_t kRootIndex = 1;
constexpr std::size_t kDescribedBytes = 40;
constexpr std::size_t kSmallestBuffer = 4096;

// What a hostile name or text may add to a message: a few visible characters.
std::string visible(std::string_view text, std::size_t max_bytes) {
  std::string out;
  for (const char c : text.substr(0, max_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    else
      out.push_back(c);
  }
  if (text.size() > max_bytes) out += "...";
  return out;
}

// Inside the tree a path starts with '.' or '[', a plain message never does.
bool has_path(std::string_view detail) {
  return !detail.empty() && (detail.front() == '.' || detail.front() == '[');
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

JsonType JsonValue::type() const {
  if (tape_ == nullptr) return JsonType::null;
  switch (tape_->tag(index_)) {
    case 't':
    case 'f':
      return JsonType::boolean;
    case 'l':
      return JsonType::integer;
    case 'u':
      return JsonType::unsigned_integer;
    case 'd':
      return JsonType::real;
    case '"':
      return JsonType::string;
    case '[':
      return JsonType::array;
    case '{':
      return JsonType::object;
    default:
      return JsonType::null;
  }
}

std::string JsonValue::describe() const {
  switch (type()) {
    case JsonType::null:
      return "null";
    case JsonType::boolean:
      return tape_->tag(index_) == 't' ? "true" : "false";
    case JsonType::integer:
      return fmt::format("{}", static_cast<std::int64_t>(tape_->words[index_ + 1]));
    case JsonType::unsigned_integer:
      return fmt::format("{}", tape_->words[index_ + 1]);
    case JsonType::real:
      return fmt::format("{}", std::bit_cast<double>(tape_->words[index_ + 1]));
    case JsonType::string:
      return fmt::format("\"{}\"", visible(tape_->string(index_), kDescribedBytes));
    case JsonType::array:
      return "a list";
    case JsonType::object:
      return "an object";
  }
  return {};
}

Error JsonValue::expected(std::string_view what) const {
  return invalid(fmt::format("expected {}, found {}", what, describe()));
}

Result<bool> JsonValue::as_bool() const {
  if (type() != JsonType::boolean) return expected("true or false");
  return tape_->tag(index_) == 't';
}

Result<std::int64_t> JsonValue::as_int64() const {
  if (type() != JsonType::integer) return expected("a 64-bit integer");
  return static_cast<std::int64_t>(tape_->words[index_ + 1]);
}

Result<std::int32_t> JsonValue::as_int32() const {
  if (type() != JsonType::integer) return expected("a 32-bit integer");
  const auto value = static_cast<std::int64_t>(tape_->words[index_ + 1]);
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max())
    return expected("a 32-bit integer");
  return static_cast<std::int32_t>(value);
}

Result<double> JsonValue::as_double() const {
  switch (type()) {
    case JsonType::integer:
      return static_cast<double>(static_cast<std::int64_t>(tape_->words[index_ + 1]));
    case JsonType::unsigned_integer:
      return static_cast<double>(tape_->words[index_ + 1]);
    case JsonType::real:
      return std::bit_cast<double>(tape_->words[index_ + 1]);
    default:
      return expected("a number");
  }
}

Result<std::string_view> JsonValue::as_string() const {
  if (type() != JsonType::string) return expected("a string");
  return tape_->string(index_);
}

std::size_t JsonValue::size() const {
  const JsonType own = type();
  if (own != JsonType::array && own != JsonType::object) return 0;
  return static_cast<std::size_t>((tape_->words[index_] >> 32) & 0xFFFFFFu);
}

Result<JsonValue::Cursor> JsonValue::open(JsonType wanted) const {
  if (type() != wanted) return expected(wanted == JsonType::object ? "an object" : "a list");
  return Cursor{index_ + 1, tape_->behind(index_) - 1};
}

bool JsonValue::next_member(Cursor& cursor, std::string_view& name, JsonValue& value) const {
  if (cursor.at >= cursor.end) return false;
  name = tape_->string(cursor.at);
  value = JsonValue(tape_, cursor.at + 1);
  cursor.at = tape_->behind(cursor.at + 1);
  return true;
}

bool JsonValue::next_element(Cursor& cursor, JsonValue& value) const {
  if (cursor.at >= cursor.end) return false;
  value = JsonValue(tape_, cursor.at);
  cursor.at = tape_->behind(cursor.at);
  return true;
}

Error JsonValue::at_member(Error error, std::string_view name) const {
  std::string path = index_ == kRootIndex ? "" : ".";
  path += visible(name, kDescribedBytes);
  if (!has_path(error.detail)) path += ": ";
  error.detail.insert(0, path);
  return error;
}

Error JsonValue::at_element(Error error, std::size_t index) const {
  error.detail.insert(0,
                      fmt::format(fmt::runtime(has_path(error.detail) ? "[{}]" : "[{}]: "), index));
  return error;
}

struct JsonReader::Impl {
  explicit Impl(JsonLimits of) : limits(of) {}

  // Room for `bytes` more than once: grows by doubling, and lets a rare giant go with the next
  // document of common size.
  Result<void> make_room(std::size_t bytes) {
    const bool oversized = capacity > limits.keep_bytes && bytes <= limits.keep_bytes;
    if (capacity > 0 && bytes <= capacity && !oversized) return {};
    capacity = 0;
    buffer.reset();
    parser = simdjson::dom::parser();
    const std::size_t wanted = std::bit_ceil(std::max(bytes, kSmallestBuffer));
    buffer.reset(new (std::nothrow) char[wanted + simdjson::SIMDJSON_PADDING]);
    if (!buffer || parser.allocate(wanted, limits.max_depth + 1) != simdjson::SUCCESS ||
        parser.doc.allocate(wanted) != simdjson::SUCCESS)
      return Error{ErrorKind::unavailable,
                   fmt::format("no memory to parse a document of {} bytes", bytes)};
    capacity = wanted;
    return {};
  }

  Result<simdjson::error_code> parse(std::string_view text) {
    TRY(make_room(text.size()));
    if (!text.empty()) std::memcpy(buffer.get(), text.data(), text.size());
    std::memset(buffer.get() + text.size(), 0, simdjson::SIMDJSON_PADDING);
    return parser.parse(buffer.get(), text.size(), false).error();
  }

  JsonLimits limits;
  std::size_t capacity = 0;
  std::unique_ptr<char[]> buffer;
  simdjson::dom::parser parser;
  JsonTape tape;
};

JsonReader::JsonReader(JsonLimits limits) : impl_(std::make_unique<Impl>(limits)) {}

JsonReader::~JsonReader() = default;

JsonReader& JsonReader::of_this_thread() {
  thread_local JsonReader reader;
  return reader;
}

Result<JsonValue> JsonReader::parse(std::string_view text) {
  const JsonLimits& limits = impl_->limits;
  if (text.size() > limits.max_bytes)
    return Error{ErrorKind::too_large, fmt::format("the document has {} bytes, {} are allowed",
                                                   text.size(), limits.max_bytes)};
  TRY(simdjson::error_code status, impl_->parse(text));
  if (status != simdjson::SUCCESS) {
    TRY(const std::string repaired, repair_json(text, limits.max_depth));
    TRY(status, impl_->parse(repaired));
    if (status != simdjson::SUCCESS)
      return invalid(fmt::format("not JSON: {}", simdjson::error_message(status)));
  }
  impl_->tape = {impl_->parser.doc.tape.get(), impl_->parser.doc.string_buf.get()};
  return JsonValue(&impl_->tape, kRootIndex);
}

bool same_member(std::string_view name, std::string_view wanted) {
  return std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

Error missing_member(std::string_view name) { return invalid(fmt::format("{}: missing", name)); }

Error below(Error error) {
  error.detail.insert(0, ".");
  return error;
}

}  // namespace jobledger::schema
