// SPDX-License-Identifier: MIT
#include "schema/node_list.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace jobledger::schema {
namespace {

// Decimal digits that always fit 64 bits.
constexpr std::size_t kMaxDigits = 18;
// Matching tries every width of every bracket: at most so many ways through one term.
constexpr std::size_t kMaxWays = 64;

bool starts_literal(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

class NodeListParser {
 public:
  NodeListParser(std::string_view text, const NodeListLimits& limits)
      : text_(text), limits_(limits) {}

  Result<NodeList> parse() {
    while (at_ < text_.size()) {
      if (text_[at_] == ',') {  // an empty term names nothing
        ++at_;
        continue;
      }
      ++term_;
      TRY(NodeList::Term term, parse_term());
      list_.terms_.push_back(std::move(term));
    }
    if (names_ > 0) list_.size_ = list_.terms_.size() == 1 && !mixed_ ? names_ : count_different();
    return std::move(list_);
  }

 private:
  Error wrong(std::string_view what) const {
    std::string detail = fmt::format("term {}, byte {}: {}", term_, at_ + 1, what);
    if (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte > 0x20 && byte < 0x7f)
        fmt::format_to(std::back_inserter(detail), ", found '{}'", text_[at_]);
      else
        fmt::format_to(std::back_inserter(detail), ", found 0x{:02x}", byte);
    } else {
      detail += ", found the end";
    }
    return invalid(std::move(detail));
  }

  Result<NodeList::Term> parse_term() {
    NodeList::Term term;
    std::uint64_t names = 1;
    std::size_t longest = 0, ways = 1;
    while (at_ < text_.size() && text_[at_] != ',') {
      NodeList::Part part;
      if (text_[at_] == '[') {
        TRY(part.ranges, parse_bracket());
        TRY(names, multiply(names, part.ranges));
        longest += part.ranges.back().width;
        ways *= part.ranges.back().width - part.ranges.front().width + 1;
        if (ways > kMaxWays) return wrong("too many different widths in one term");
        mixed_ = mixed_ || ways > 1;
      } else if (starts_literal(text_[at_])) {
        part.literal = parse_literal();
        longest += part.literal.size();
      } else {
        return wrong("expected a letter, a digit or '['");
      }
      term.push_back(std::move(part));
    }
    if (longest > limits_.max_name_bytes) return wrong("names are too long");
    names_ += names;
    if (names_ > limits_.max_names) return too_many();
    return term;
  }

  Error too_many() const {
    return {ErrorKind::too_large,
            fmt::format("term {}: the list has more than {} names", term_, limits_.max_names)};
  }

  Result<std::uint64_t> multiply(std::uint64_t names, const std::vector<NodeList::Range>& ranges) {
    std::uint64_t choices = 0;
    for (const NodeList::Range& range : ranges) {
      choices += range.last - range.first + 1;
      if (choices > limits_.max_names) return too_many();
    }
    if (names > limits_.max_names / choices) return too_many();
    return names * choices;
  }

  std::string parse_literal() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (starts_literal(text_[at_]) || text_[at_] == '-')) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  Result<std::vector<NodeList::Range>> parse_bracket() {
    std::vector<NodeList::Range> ranges;
    do {
      ++at_;  // the bracket or the comma
      TRY(const NodeList::Range range, parse_range());
      ranges.push_back(range);
    } while (at_ < text_.size() && text_[at_] == ',');
    if (at_ >= text_.size() || text_[at_] != ']') return wrong("expected ',' or ']'");
    ++at_;
    merge(ranges);
    return ranges;
  }

  Result<NodeList::Range> parse_range() {
    NodeList::Range range;
    const std::size_t start = at_;
    TRY(range.first, parse_digits());
    range.width = at_ - start;
    range.last = range.first;
    if (at_ >= text_.size() || text_[at_] != '-') return range;
    const std::size_t second = ++at_;
    TRY(range.last, parse_digits());
    if (at_ - second != range.width) return wrong("both ends of a range need equally many digits");
    if (range.last < range.first) return wrong("a range must not run backwards");
    return range;
  }

  Result<std::uint64_t> parse_digits() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    if (at_ == start) return wrong("expected a digit");
    if (at_ - start > kMaxDigits) return wrong("too many digits");
    std::uint64_t number = 0;
    std::from_chars(text_.data() + start, text_.data() + at_, number);
    return number;
  }

  static void merge(std::vector<NodeList::Range>& ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
      return a.width != b.width ? a.width < b.width : a.first < b.first;
    });
    std::size_t kept = 0;
    for (const NodeList::Range& range : ranges) {
      NodeList::Range& last = ranges[kept];
      if (range.width == last.width && range.first <= last.last + 1)
        last.last = std::max(last.last, range.last);
      else
        ranges[++kept] = range;
    }
    ranges.resize(kept + 1);
  }

  // Terms may overlap, and brackets of several widths may give one name in two ways.
  std::uint64_t count_different() const { return list_.expand().size(); }

  std::string_view text_;
  const NodeListLimits& limits_;
  std::size_t at_ = 0;
  std::size_t term_ = 0;
  std::uint64_t names_ = 0;
  bool mixed_ = false;
  NodeList list_;
};

Result<NodeList> NodeList::parse(std::string_view nodes, const NodeListLimits& limits) {
  return NodeListParser(nodes, limits).parse();
}

bool NodeList::contains(std::string_view hostname) const {
  return std::any_of(terms_.begin(), terms_.end(),
                     [hostname](const Term& term) { return matches(term, 0, hostname); });
}

bool NodeList::matches(const Term& term, std::size_t part, std::string_view rest) {
  if (part == term.size()) return rest.empty();
  const Part& own = term[part];
  if (own.ranges.empty())
    return rest.starts_with(own.literal) &&
           matches(term, part + 1, rest.substr(own.literal.size()));
  std::size_t width = 0;
  std::uint64_t number = 0;
  for (const Range& range : own.ranges) {  // by ascending width: each digit is read once
    for (; width < range.width; ++width) {
      if (width >= rest.size() || !is_digit(rest[width])) return false;
      number = number * 10 + static_cast<std::uint64_t>(rest[width] - '0');
    }
    if (number >= range.first && number <= range.last &&
        matches(term, part + 1, rest.substr(width)))
      return true;
  }
  return false;
}

void NodeList::expand(const Term& term, std::size_t part, std::string& name,
                      std::vector<std::string>& out) {
  if (part == term.size()) {
    out.push_back(name);
    return;
  }
  const std::size_t length = name.size();
  const Part& own = term[part];
  if (own.ranges.empty()) {
    name += own.literal;
    expand(term, part + 1, name, out);
  }
  for (const Range& range : own.ranges) {
    for (std::uint64_t number = range.first; number <= range.last; ++number) {
      name.resize(length);
      fmt::format_to(std::back_inserter(name), "{:0{}}", number, range.width);
      expand(term, part + 1, name, out);
    }
  }
  name.resize(length);
}

std::vector<std::string> NodeList::expand() const {
  std::vector<std::string> out;
  std::string name;
  for (const Term& term : terms_) expand(term, 0, name, out);
  std::unordered_set<std::string_view> seen;
  seen.reserve(out.size());
  std::vector<std::string> once;
  once.reserve(out.size());
  for (const std::string& candidate : out)
    if (seen.insert(candidate).second) once.push_back(candidate);
  return once;
}

}  // namespace jobledger::schema
