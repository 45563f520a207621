// SPDX-License-Identifier: MIT
#include "storage/jobs/text_match.h"

#include "base/turn.h"

#include <algorithm>

namespace jobledger::storage::jobs {

namespace {

using Kind = StringMatch::Kind;

bool is_exact(Kind kind) { return kind == Kind::eq || kind == Kind::neq || kind == Kind::in; }

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Pre: as many characters in text as in pattern; the pattern is lower case.
bool same_folded(const char* text, std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (lower(text[i]) != pattern[i]) return false;
  return true;
}

bool contains_folded(std::string_view text, std::string_view pattern) {
  if (pattern.size() > text.size()) return false;
  for (std::size_t at = 0; at <= text.size() - pattern.size(); ++at)
    if (same_folded(text.data() + at, pattern)) return true;
  return false;
}

TextSet exact_set(const Dictionaries& dictionaries, Dictionary dictionary, const StringMatch& match,
                  StringId size) {
  std::vector<StringId> ids;
  for (const std::string& value : match.values) {
    const auto id = dictionaries.find(dictionary, value);
    if (id && *id < size) ids.push_back(*id);
    if (match.kind != Kind::in) break;
  }
  TextSet set;
  const bool negated = match.kind == Kind::neq;
  if (ids.empty()) {
    set.shape = negated ? TextSet::Shape::everything : TextSet::Shape::nothing;
  } else if (ids.size() == 1 && !negated) {
    set.shape = TextSet::Shape::one;
    set.one = ids.front();
  } else {
    set.shape = TextSet::Shape::table;
    set.table.assign(std::size_t{size} + 1, negated ? 1 : 0);
    for (const StringId id : ids) set.table[id + 1] = negated ? 0 : 1;
  }
  return set;
}

// Only the beginning of a long text is kept, so only that is compared.
StringMatch as_kept(const Dictionaries& dictionaries, StringMatch match) {
  if (match.kind == Kind::contains || match.kind == Kind::ends_with) return match;
  for (std::string& value : match.values) value.resize(dictionaries.kept(value).size());
  return match;
}

}  // namespace

TextMatcher::TextMatcher(const StringMatch& match) : kind_(match.kind), values_(match.values) {
  if (!is_exact(kind_))
    for (std::string& value : values_)
      std::transform(value.begin(), value.end(), value.begin(), lower);
  if (kind_ == Kind::in)
    std::sort(values_.begin(), values_.end());
  else if (values_.size() > 1)
    values_.resize(1);
}

bool TextMatcher::operator()(std::string_view text) const {
  if (values_.empty()) return kind_ == Kind::neq;
  const std::string& value = values_.front();
  switch (kind_) {
    case Kind::eq:
      return text == value;
    case Kind::neq:
      return text != value;
    case Kind::in:
      return std::binary_search(values_.begin(), values_.end(), text);
    case Kind::starts_with:
      return text.size() >= value.size() && same_folded(text.data(), value);
    case Kind::ends_with:
      return text.size() >= value.size() &&
             same_folded(text.data() + (text.size() - value.size()), value);
    case Kind::contains:
      return contains_folded(text, value);
  }
  return false;
}

TextSet match_texts(const Dictionaries& dictionaries, Dictionary dictionary,
                    const StringMatch& given) {
  const StringMatch match = as_kept(dictionaries, given);
  const StringId size = dictionaries.size(dictionary);
  if (is_exact(match.kind)) return exact_set(dictionaries, dictionary, match, size);
  TextSet set;
  if (match.values.empty()) return set;
  const TextMatcher matches(match);
  set.table.resize(std::size_t{size} + 1);
  bool any = false;
  constexpr StringId kTextsPerYield = 1'024;
  for (StringId id = 0; id < size; ++id) {
    if (id % kTextsPerYield == 0) yield_turn();
    const bool hit = matches(dictionaries.text(dictionary, id));
    set.table[id + 1] = hit ? 1 : 0;
    any = any || hit;
  }
  set.shape = any ? TextSet::Shape::table : TextSet::Shape::nothing;
  return set;
}

}  // namespace jobledger::storage::jobs
