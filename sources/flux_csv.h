// SPDX-License-Identifier: MIT
// Annotated CSV, the answer of InfluxDB's query interface: several tables, each with a header and
// perhaps annotations before it, records of RFC 4180 (quotes, CR LF), empty lines between.
//
//   FluxCsv csv(text);
//   while (true) {
//     TRY(const bool more, csv.next());
//     if (!more) break;
//     csv.value("_time") ...
//   }
//
// Executor: one thread. Lifetime: the text outlives the reader. Failure, with the line:
// `unavailable` for what is no such text, `invalid` for a table of errors, which is how the server
// reports what went wrong after it had begun to answer.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::sources {

class FluxCsv {
 public:
  static constexpr std::size_t kMaxColumns = 256;

  explicit FluxCsv(std::string_view text) : rest_(text) {}

  // To the next record; false at the end.
  Result<bool> next();
  // Of the current record, until the next one: its field, or the column's default when it is empty.
  // Empty when there is none, or no such column.
  std::string_view value(std::string_view column) const;

 private:
  // The fields of one line, which may hold line breaks in quotes. `used`: how many.
  struct Row {
    std::vector<std::string> fields;
    std::size_t used = 0;
  };
  Result<void> read_row();
  Result<void> read_quoted(std::string& out);
  bool take_line_end();
  bool take_annotation();
  bool has(std::string_view column) const;
  Error error(std::string_view why) const;

  std::string_view rest_;
  std::size_t line_ = 0, begin_ = 0;  // of what was read last, and where the current row began
  bool has_header_ = false;
  Row row_;
  std::vector<std::string> columns_, defaults_;
};

}  // namespace jobledger::sources
