// SPDX-License-Identifier: MIT
// The part of Flux that we use, evaluated for tests by the published description of the language:
// string literals with their escapes, predicates, tables with group keys, annotated CSV as result.
// What it does not know is an error, so that a query cannot pass by being misunderstood.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace jobledger::test::flux {

struct Point {
  std::string measurement;
  std::map<std::string, std::string> tags;
  std::int64_t time = 0;  // seconds
  double value = 0;       // of the field "value"
};

struct Database {
  std::string bucket;
  std::vector<Point> points;
};

// A time is a number of seconds.
struct Time {
  std::int64_t seconds = 0;
  auto operator<=>(const Time&) const = default;
};
using Cell = std::variant<std::monostate, std::string, double, Time>;  // monostate: null
using Row = std::map<std::string, Cell>;                               // by column
struct Table {
  Row key;  // the columns of the group key
  std::vector<Row> rows;
};

// Throws std::runtime_error with a message for what the server would refuse.
std::vector<Table> evaluate(const std::string& query, const Database& database);
std::string to_csv(const std::vector<Table>& tables);

}  // namespace jobledger::test::flux
