// SPDX-License-Identifier: MIT
#include "literal.h"

#include "graphql/output.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace graphql::detail {
namespace {

using LiteralKind = ast::Value::Kind;

Value number_value(std::string_view text) {
  double number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec == std::errc::result_out_of_range) {
    // Too small is zero; too large stays as an unrepresentable number for the coercion to refuse.
    number = text.find("e-") != text.npos || text.find("E-") != text.npos
                 ? 0.0
                 : std::numeric_limits<double>::infinity();
  }
  return Value(number);
}

}  // namespace

Value literal_value(const ast::Value& literal, const Value::Object* variables) {
  switch (literal.kind) {
    case LiteralKind::null:
      return {};
    case LiteralKind::boolean:
      return Value(literal.text == "true");
    case LiteralKind::integer: {
      std::int64_t number = 0;
      const char* last = literal.text.data() + literal.text.size();
      if (std::from_chars(literal.text.data(), last, number).ec == std::errc()) {
        return Value(number);
      }
      return number_value(literal.text);
    }
    case LiteralKind::floating:
      return number_value(literal.text);
    case LiteralKind::string:
      return Value(literal.text);
    case LiteralKind::word:
      return Value(Value::Word{std::string(literal.text)});
    case LiteralKind::variable: {
      if (variables == nullptr) return {};
      for (const Value::Member& variable : *variables) {
        if (variable.name == literal.text) return variable.value;
      }
      return {};
    }
    case LiteralKind::list: {
      Value::List items;
      items.reserve(literal.items.size());
      for (const ast::Value& item : literal.items) items.push_back(literal_value(item, variables));
      return Value(std::move(items));
    }
    case LiteralKind::object: {
      Value::Object members;
      members.reserve(literal.fields.size());
      for (const ast::ObjectField& field : literal.fields) {
        members.push_back({std::string(field.name.text), literal_value(field.value, variables)});
      }
      return Value(std::move(members));
    }
  }
  return {};
}

namespace {

std::string print(const ast::Value& literal, bool sorted) {
  std::string out;
  switch (literal.kind) {
    case LiteralKind::variable:
      return "$" + std::string(literal.text);
    case LiteralKind::string:
      if (literal.block) return print_block_string(literal.text);
      print_string(out, literal.text);
      return out;
    case LiteralKind::list:
      for (const ast::Value& item : literal.items) {
        out.append(out.empty() ? "[" : ", ").append(print(item, sorted));
      }
      return out.empty() ? "[]" : out + "]";
    case LiteralKind::object: {
      std::vector<const ast::ObjectField*> fields;
      for (const ast::ObjectField& field : literal.fields) fields.push_back(&field);
      if (sorted) {
        std::stable_sort(fields.begin(), fields.end(),
                         [](const auto* x, const auto* y) { return x->name.text < y->name.text; });
      }
      for (const ast::ObjectField* field : fields) {
        out.append(out.empty() ? "{" : ", ").append(field->name.text).append(": ");
        out.append(print(field->value, sorted));
      }
      return out.empty() ? "{}" : out + "}";
    }
    default:
      return std::string(literal.text);
  }
}

// Shows a value up to a number of bytes, as messages may show a large one again and again.
class Inspector {
 public:
  std::string text(const Value& value) {
    add(value, 0);
    if (out_.size() > kMostBytes) {
      std::size_t end = kMostBytes;
      while ((static_cast<unsigned char>(out_[end]) & 0xC0U) == 0x80U) --end;
      out_.replace(end, std::string::npos, "...");
    }
    return std::move(out_);
  }

 private:
  static constexpr unsigned kMostDepth = 2;
  static constexpr std::size_t kMostItems = 10;
  static constexpr std::size_t kMostBytes = 8 * 1024;

  void add(const Value& value, unsigned depth) {
    if (out_.size() > kMostBytes) return;
    if (value.is_list()) return add_list(value.list(), depth);
    if (value.is_object()) return add_object(value.object(), depth);
    if (value.is_string() && value.string().size() > kMostBytes) {
      return print_string(out_, std::string_view(value.string()).substr(0, kMostBytes));
    }
    out_.append(print_value(value));
  }

  void add_list(const Value::List& items, unsigned depth) {
    if (items.empty()) return void(out_.append("[]"));
    if (depth > kMostDepth) return void(out_.append("[Array]"));
    for (std::size_t i = 0; i < items.size() && i < kMostItems; ++i) {
      out_.append(i == 0 ? "[" : ", ");
      add(items[i], depth + 1);
    }
    if (items.size() > kMostItems) {
      const std::size_t more = items.size() - kMostItems;
      out_.append(", ... ")
          .append(std::to_string(more))
          .append(more == 1 ? " more item" : " more items");
    }
    out_.append("]");
  }

  void add_object(const Value::Object& members, unsigned depth) {
    if (members.empty()) return void(out_.append("{}"));
    if (depth > kMostDepth) return void(out_.append("[Object]"));
    const char* separator = "{ ";
    for (const Value::Member& member : members) {
      if (out_.size() > kMostBytes) break;
      out_.append(separator).append(member.name).append(": ");
      add(member.value, depth + 1);
      separator = ", ";
    }
    out_.append(" }");
  }

  std::string out_;
};

}  // namespace

std::string inspect_value(const Value& value) { return Inspector().text(value); }
std::string print_literal(const ast::Value& literal) { return print(literal, false); }
std::string print_sorted_literal(const ast::Value& literal) { return print(literal, true); }

std::string print_value(const Value& value) {
  std::string out;
  switch (value.kind()) {
    case Value::Kind::word:
      return value.string();
    case Value::Kind::list:
      for (const Value& item : value.list()) {
        out.append(out.empty() ? "[" : ", ").append(print_value(item));
      }
      return out.empty() ? "[]" : out + "]";
    case Value::Kind::object:
      for (const Value::Member& member : value.object()) {
        out.append(out.empty() ? "{" : ", ").append(member.name).append(": ");
        out.append(print_value(member.value));
      }
      return out.empty() ? "{}" : out + "}";
    default:
      Writer(out, format_float_ecmascript, false).value(value);
      return out;
  }
}

}  // namespace graphql::detail
