// SPDX-License-Identifier: MIT
// String conditions, evaluated once per dictionary instead of once per row.
#pragma once

#include "storage/jobs/dictionaries.h"
#include "storage/jobs/query.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace jobledger::storage::jobs {

// A StringMatch made ready: for many texts.
class TextMatcher {
 public:
  explicit TextMatcher(const StringMatch& match);
  bool operator()(std::string_view text) const;

 private:
  StringMatch::Kind kind_;
  std::vector<std::string> values_;  // lower case where case is ignored; sorted
};

// What is accepted of one dictionary, whose texts are kept up to a bound (Dictionaries::kept). Jobs
// without a text count as one more text.
struct TextSet {
  enum class Shape : std::uint8_t { nothing, everything, one, table } shape = Shape::nothing;
  StringId one = kNoString;
  std::vector<std::uint8_t> table;  // by column code: dictionary number + 1, 0 for no text
};
TextSet match_texts(const Dictionaries& dictionaries, Dictionary dictionary,
                    const StringMatch& match);

}  // namespace jobledger::storage::jobs
