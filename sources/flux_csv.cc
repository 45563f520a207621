// SPDX-License-Identifier: MIT
#include "sources/flux_csv.h"

#include <algorithm>
#include <utility>

namespace jobledger::sources {

Error FluxCsv::error(std::string_view why) const {
  return {ErrorKind::unavailable, "line " + std::to_string(begin_) + ": " + std::string(why)};
}

// At the end of a line, or of the text.
bool FluxCsv::take_line_end() {
  if (rest_.empty()) return true;
  if (rest_.starts_with("\r\n")) {
    rest_.remove_prefix(2);
  } else if (rest_.front() == '\n') {
    rest_.remove_prefix(1);
  } else {
    return false;
  }
  ++line_;
  return true;
}

// Pre: stands behind the opening quote.
Result<void> FluxCsv::read_quoted(std::string& out) {
  while (true) {
    const auto quote = rest_.find('"');
    if (quote == std::string_view::npos) return error("a quote is not closed");
    const std::string_view part = rest_.substr(0, quote);
    line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
    out.append(part);
    rest_.remove_prefix(quote + 1);
    if (!rest_.starts_with('"')) return {};
    out.push_back('"');
    rest_.remove_prefix(1);
  }
}

Result<void> FluxCsv::read_row() {
  row_.used = 0;
  begin_ = line_ + 1;
  while (true) {
    if (row_.used == kMaxColumns) return error("too many columns");
    if (row_.used == row_.fields.size()) row_.fields.emplace_back();
    std::string& field = row_.fields[row_.used++];
    field.clear();
    if (rest_.starts_with('"')) {
      rest_.remove_prefix(1);
      TRY(read_quoted(field));
    } else {
      auto end = std::min(rest_.find_first_of(",\n"), rest_.size());
      const bool returns =
          end > 0 && end < rest_.size() && rest_[end] == '\n' && rest_[end - 1] == '\r';
      if (returns) --end;
      field.assign(rest_.substr(0, end));
      rest_.remove_prefix(end);
    }
    if (rest_.starts_with(',')) {
      rest_.remove_prefix(1);
      continue;
    }
    if (take_line_end()) return {};
    return error("text behind a closing quote");
  }
}

// Whether the row was one; a default is kept.
bool FluxCsv::take_annotation() {
  const std::string& first = row_.fields.front();
  if (!first.starts_with('#')) return false;
  if (has_header_) {
    has_header_ = false;
    defaults_.clear();
  }
  if (first == "#default") {
    defaults_.assign(row_.fields.begin(),
                     row_.fields.begin() + static_cast<std::ptrdiff_t>(row_.used));
    defaults_.front().clear();
  }
  return true;
}

Result<bool> FluxCsv::next() {
  while (!rest_.empty()) {
    TRY(read_row());
    const bool empty_line = row_.used == 1 && row_.fields.front().empty();
    if (empty_line) {
      has_header_ = false;
      defaults_.clear();
      continue;
    }
    if (take_annotation()) continue;
    if (!has_header_) {
      columns_.assign(row_.fields.begin(),
                      row_.fields.begin() + static_cast<std::ptrdiff_t>(row_.used));
      has_header_ = true;
      if (!has("table") && !has("error")) return error("a header without the column table");
      continue;
    }
    if (row_.used != columns_.size()) return error("a record with another number of fields");
    if (!has("table")) {
      return invalid("line " + std::to_string(begin_) +
                     ": the server reports: " + std::string(value("error")));
    }
    return true;
  }
  return false;
}

bool FluxCsv::has(std::string_view column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

std::string_view FluxCsv::value(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) return {};
  const auto place = static_cast<std::size_t>(found - columns_.begin());
  const std::string& field = row_.fields[place];
  if (field.empty() && place < defaults_.size()) return defaults_[place];
  return field;
}

}  // namespace jobledger::sources
