// SPDX-License-Identifier: MIT
#include "test/sources/fake_flux.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace jobledger::test::flux {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error(why); }

enum class Kind { name, text, number, duration, time, sign, end };
struct Token {
  Kind kind = Kind::end;
  std::string text;
};

std::int64_t parse_time(const std::string& text) {
  std::tm tm{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &tm);
  if (end == nullptr || *end != '\0') refuse("not a time: " + text);
  return timegm(&tm);
}

class Lexer {
 public:
  explicit Lexer(const std::string& text) : text_(text) { next(); }

  const Token& now() const { return token_; }
  Token take() {
    Token token = token_;
    next();
    return token;
  }
  bool take_if(const std::string& sign) {
    if (token_.kind == Kind::text || token_.text != sign) return false;
    next();
    return true;
  }
  void expect(const std::string& sign) {
    if (!take_if(sign)) refuse("expected " + sign + " at " + token_.text);
  }
  std::string expect(Kind kind) {
    if (token_.kind != kind) refuse("unexpected " + token_.text);
    return take().text;
  }

 private:
  static bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

  void next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    token_ = {};
    if (at_ == text_.size()) return;
    const char c = text_[at_];
    if (c == '"') return read_text();
    if (std::isdigit(static_cast<unsigned char>(c))) return read_number();
    if (in_name(c)) {
      token_.kind = Kind::name;
      while (at_ < text_.size() && in_name(text_[at_])) token_.text += text_[at_++];
      return;
    }
    token_.kind = Kind::sign;
    for (const char* sign : {"|>", "=>", "==", "!="}) {
      if (text_.compare(at_, 2, sign) == 0) token_.text = sign;
    }
    if (token_.text.empty()) token_.text = std::string(1, c);
    at_ += token_.text.size();
  }

  void read_text() {
    token_.kind = Kind::text;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_.compare(at_, 2, "${") == 0) refuse("an interpolated string");
      if (text_[at_] != '\\') {
        token_.text += text_[at_];
        continue;
      }
      const char c = ++at_ < text_.size() ? text_[at_] : '\0';
      if (c == 'x') {
        token_.text += static_cast<char>(std::stoi(text_.substr(at_ + 1, 2), nullptr, 16));
        at_ += 2;
      } else if (c == 'n' || c == 'r' || c == 't') {
        token_.text += c == 'n' ? '\n' : c == 'r' ? '\r' : '\t';
      } else if (c == '"' || c == '\\') {
        token_.text += c;
      } else {
        refuse("an unknown escape");
      }
    }
    if (at_ == text_.size()) refuse("a string without end");
    ++at_;
  }

  void read_number() {
    token_.kind = Kind::number;
    while (at_ < text_.size() && (in_name(text_[at_]) || text_[at_] == '-' ||
                                  (text_[at_] == ':' && token_.text.size() > 10))) {
      token_.text += text_[at_++];
    }
    if (token_.text.find('T') != std::string::npos) token_.kind = Kind::time;
    if (token_.text.back() == 's') token_.kind = Kind::duration;
  }

  const std::string text_;
  std::size_t at_ = 0;
  Token token_;
};

using Predicate = std::function<bool(const Row&)>;
using Texts = std::vector<std::string>;
struct Arguments {
  std::map<std::string, std::string> plain;  // by name: the token's text
  std::map<std::string, Texts> lists;
  Predicate predicate;

  const std::string& get(const std::string& name) const {
    const auto found = plain.find(name);
    if (found == plain.end()) refuse("missing argument " + name);
    return found->second;
  }
};

const Cell* find(const Row& row, const std::string& column) {
  const auto found = row.find(column);
  return found == row.end() ? nullptr : &found->second;
}

class Parser {
 public:
  explicit Parser(const std::string& text) : lexer_(text) {}

  struct Call {
    std::string name;
    Arguments arguments;
  };
  std::vector<Call> parse() {
    std::vector<Call> calls;
    do {
      Call& call = calls.emplace_back();
      call.name = lexer_.expect(Kind::name);
      lexer_.expect("(");
      if (lexer_.take_if(")")) continue;
      do {
        argument(call.arguments);
      } while (lexer_.take_if(","));
      lexer_.expect(")");
    } while (lexer_.take_if("|>"));
    if (lexer_.now().kind != Kind::end) refuse("unexpected " + lexer_.now().text);
    return calls;
  }

 private:
  void argument(Arguments& out) {
    const std::string name = lexer_.expect(Kind::name);
    lexer_.expect(":");
    if (name == "fn" && lexer_.take_if("(")) {
      lexer_.expect("r");
      lexer_.expect(")");
      lexer_.expect("=>");
      out.predicate = either();
    } else if (lexer_.take_if("[")) {
      Texts& list = out.lists[name];
      do {
        list.push_back(lexer_.expect(Kind::text));
      } while (lexer_.take_if(","));
      lexer_.expect("]");
    } else {
      out.plain[name] = lexer_.take().text;
    }
  }

  Predicate either() {
    Predicate left = both();
    while (lexer_.take_if("or")) {
      left = [left, right = both()](const Row& row) { return left(row) || right(row); };
    }
    return left;
  }

  Predicate both() {
    Predicate left = single();
    while (lexer_.take_if("and")) {
      left = [left, right = single()](const Row& row) { return left(row) && right(row); };
    }
    return left;
  }

  Predicate single() {
    if (lexer_.take_if("not")) {
      return [inner = single()](const Row& row) { return !inner(row); };
    }
    if (lexer_.take_if("(")) {
      Predicate inner = either();
      lexer_.expect(")");
      return inner;
    }
    if (lexer_.take_if("exists")) {
      return [column = member()](const Row& row) {
        const Cell* cell = find(row, column);
        return cell != nullptr && !std::holds_alternative<std::monostate>(*cell);
      };
    }
    const std::string column = member();
    lexer_.expect("==");
    return [column, wanted = Cell(lexer_.expect(Kind::text))](const Row& row) {
      const Cell* cell = find(row, column);
      return cell != nullptr && *cell == wanted;
    };
  }

  std::string member() {
    lexer_.expect("r");
    if (lexer_.take_if(".")) return lexer_.expect(Kind::name);
    lexer_.expect("[");
    std::string column = lexer_.expect(Kind::text);
    lexer_.expect("]");
    return column;
  }

  Lexer lexer_;
};

// Rows with equal values in the columns, one table each.
std::vector<Table> regroup(const std::vector<Table>& tables,
                           const std::function<Row(const Table&, const Row&)>& key_of) {
  std::map<Row, Table> grouped;
  for (const Table& table : tables) {
    for (const Row& row : table.rows) {
      Row key = key_of(table, row);
      Table& to = grouped[key];
      to.key = std::move(key);
      to.rows.push_back(row);
    }
  }
  std::vector<Table> out;
  for (auto& [key, table] : grouped) out.push_back(std::move(table));
  return out;
}

class Evaluation {
 public:
  explicit Evaluation(const Database& database) : database_(database) {}

  void apply(const Parser::Call& call) {
    const Arguments& with = call.arguments;
    if (call.name == "from") return from(with);
    if (call.name == "range") return range(with);
    if (call.name == "filter") return filter(with);
    if (call.name == "aggregateWindow") return aggregate_window(with);
    if (call.name == "keep") return keep(with);
    if (call.name == "group") return group(with);
    if (call.name == "last") return last();
    if (call.name == "sort") return sort(with);
    if (call.name == "limit") return limit(with);
    if (call.name == "distinct") return distinct(with);
    refuse("undefined identifier " + call.name);
  }
  std::vector<Table> tables;

 private:
  void from(const Arguments& with) {
    if (with.get("bucket") != database_.bucket) {
      refuse("could not find bucket \"" + with.get("bucket") + "\"");
    }
    for (const Point& point : database_.points) {
      Row row{{"_measurement", point.measurement}, {"_field", "value"}};
      for (const auto& [name, value] : point.tags) row[name] = value;
      Table table{row, {row}};
      table.rows[0]["_time"] = Time{point.time};
      table.rows[0]["_value"] = point.value;
      tables.push_back(std::move(table));
    }
  }

  void range(const Arguments& with) {
    start_ = parse_time(with.get("start"));
    stop_ = parse_time(with.get("stop"));
    if (start_ >= stop_) refuse("cannot query an empty range");
    for (Table& table : tables) {
      table.key["_start"] = Time{start_};
      table.key["_stop"] = Time{stop_};
      std::erase_if(table.rows, [this](const Row& row) {
        const auto time = std::get<Time>(row.at("_time")).seconds;
        return time < start_ || time >= stop_;
      });
      for (Row& row : table.rows) row.insert(table.key.begin(), table.key.end());
    }
    tables = regroup(tables, [](const Table& table, const Row&) { return table.key; });
  }

  void filter(const Arguments& with) {
    for (Table& table : tables) {
      std::erase_if(table.rows, [&with](const Row& row) { return !with.predicate(row); });
    }
    std::erase_if(tables, [](const Table& table) { return table.rows.empty(); });
  }

  void aggregate_window(const Arguments& with) {
    if (with.get("fn") != "mean" || with.get("timeSrc") != "_start") refuse("not known here");
    const std::int64_t every = std::stoll(with.get("every"));
    const std::int64_t offset = std::stoll(with.get("offset"));
    const bool empty = with.get("createEmpty") == "true";
    for (Table& table : tables) {
      if (!table.key.contains("_start")) refuse("aggregateWindow: missing _start");
      std::map<std::int64_t, std::vector<double>> windows;
      std::int64_t first = (start_ - offset) / every * every + offset;
      for (std::int64_t begin = first; empty && begin < stop_; begin += every) windows[begin];
      for (const Row& row : table.rows) {
        const std::int64_t time = std::get<Time>(row.at("_time")).seconds;
        windows[(time - offset) / every * every + offset].push_back(
            std::get<double>(row.at("_value")));
      }
      table.rows.clear();
      for (const auto& [begin, values] : windows) {
        Row& row = table.rows.emplace_back(table.key);
        row["_time"] = Time{std::max(begin, start_)};
        double sum = 0;
        for (const double value : values) sum += value;
        row["_value"] = Cell();
        if (!values.empty()) row["_value"] = sum / static_cast<double>(values.size());
      }
    }
  }

  void keep(const Arguments& with) {
    const Texts& columns = with.lists.at("columns");
    const auto dropped = [&columns](const auto& cell) {
      return std::find(columns.begin(), columns.end(), cell.first) == columns.end();
    };
    for (Table& table : tables) {
      std::erase_if(table.key, dropped);
      for (Row& row : table.rows) std::erase_if(row, dropped);
    }
    tables = regroup(tables, [](const Table& table, const Row&) { return table.key; });
  }

  void group(const Arguments& with) {
    const auto list = with.lists.find("columns");
    const Texts columns = list == with.lists.end() ? Texts() : list->second;
    tables = regroup(tables, [&columns](const Table&, const Row& row) {
      Row key;
      for (const std::string& column : columns) {
        if (const Cell* cell = find(row, column)) key[column] = *cell;
      }
      return key;
    });
  }

  void last() {
    for (Table& table : tables) {
      const auto latest = std::max_element(
          table.rows.begin(), table.rows.end(),
          [](const Row& a, const Row& b) { return a.at("_time") < b.at("_time"); });
      table.rows = {*latest};
    }
  }

  void sort(const Arguments& with) {
    const std::string column = with.lists.at("columns").front();
    const bool descending = with.get("desc") == "true";
    for (Table& table : tables) {
      std::stable_sort(table.rows.begin(), table.rows.end(), [&](const Row& a, const Row& b) {
        return descending ? b.at(column) < a.at(column) : a.at(column) < b.at(column);
      });
    }
  }

  void limit(const Arguments& with) {
    const auto most = static_cast<std::size_t>(std::stoul(with.get("n")));
    for (Table& table : tables) table.rows.resize(std::min(table.rows.size(), most));
  }

  void distinct(const Arguments& with) {
    for (Table& table : tables) {
      std::set<Cell> seen;
      for (const Row& row : table.rows) seen.insert(row.at(with.get("column")));
      table.rows.clear();
      for (const Cell& cell : seen) table.rows.push_back({{"_value", cell}});
    }
  }

  const Database& database_;
  std::int64_t start_ = 0, stop_ = 0;
};

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string to_text(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return quoted(*text);
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  const auto* time = std::get_if<Time>(&cell);
  if (time == nullptr) return "";
  char text[32];
  std::tm tm{};
  const std::time_t seconds = time->seconds;
  gmtime_r(&seconds, &tm);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
  return text;
}

std::string type_of(const std::string& column, const Cell& cell) {
  if (column == "_time" || std::holds_alternative<Time>(cell)) return "dateTime:RFC3339";
  if (std::holds_alternative<std::string>(cell)) return "string";
  return "double";
}

}  // namespace

std::vector<Table> evaluate(const std::string& query, const Database& database) {
  Evaluation evaluation(database);
  for (const Parser::Call& call : Parser(query).parse()) evaluation.apply(call);
  return std::move(evaluation.tables);
}

std::string to_csv(const std::vector<Table>& tables) {
  std::string out, last_head;
  int number = 0;
  for (const Table& table : tables) {
    if (table.rows.empty()) continue;
    std::string types = "#datatype,string,long", groups = "#group,false,false",
                defaults = "#default,_result,", names = ",result,table";
    for (const auto& [column, cell] : table.rows.front()) {
      types += "," + type_of(column, cell);
      groups += table.key.contains(column) ? ",true" : ",false";
      defaults += ",";
      names += "," + quoted(column);
    }
    const std::string head = types + "\r\n" + groups + "\r\n" + defaults + "\r\n" + names + "\r\n";
    if (head != last_head) out += (out.empty() ? "" : "\r\n") + head;
    last_head = head;
    for (const Row& row : table.rows) {
      out += ",," + std::to_string(number);
      for (const auto& [column, cell] : row) out += "," + to_text(cell);
      out += "\r\n";
    }
    ++number;
  }
  return out + "\r\n";
}

}  // namespace jobledger::test::flux
