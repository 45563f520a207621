// SPDX-License-Identifier: MIT
// Text for terminals. Pure.
#pragma once

#include "base/printable.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::cli {

// Columns as wide as their widest cell (the last one ends the line), two blanks between them.
// Control characters of cells become "?": what users name their jobs must not move the cursor.
class Table {
 public:
  enum class Align : bool { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::size_t rows() const { return rows_.size(); }
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

std::size_t display_width(std::string_view text);   // of UTF-8, in characters
std::string format_duration(std::int64_t seconds);  // "0:00:07", "1-02:03:04"
std::string format_time(std::string_view rfc3339);  // "2026-01-21 06:52:19"
std::string format_epoch(std::int64_t seconds);     // the same, local time; "-" for 0
std::string format_bytes(std::uint64_t bytes);      // "1.4 GB"

}  // namespace jobledger::cli
