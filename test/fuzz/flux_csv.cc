// SPDX-License-Identifier: MIT
// Whatever a server answers is read to its end or refused with its line; no text leaves the string
// literal that it is written as.
#include "sources/flux_csv.h"

#include "base/log.h"
#include "sources/flux.h"
#include "test/fuzz/target.h"

#include <algorithm>
#include <string>

using namespace jobledger;
using namespace jobledger::sources;

namespace {

void check_literal(std::string_view text) {
  const std::string literal = flux_string(text);
  CHECK(literal.size() >= 2 && literal.front() == '"' && literal.back() == '"', "no literal");
  std::string back;
  for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
    CHECK(literal[i] != '"' && literal[i] != '$' && literal[i] != '\n', "an open literal");
    if (literal[i] != '\\') {
      back += literal[i];
      continue;
    }
    CHECK(literal[i + 1] == 'x', "an escape of another kind");
    back += static_cast<char>(std::stoi(literal.substr(i + 2, 2), nullptr, 16));
    i += 3;
  }
  CHECK(back == text, "a literal that says something else");
}

}  // namespace

FUZZ_TARGET(flux_csv) {
  const std::string_view text = text_of(data, size);
  check_literal(text.substr(0, 200));
  FluxCsv csv(text);
  const auto most = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (std::size_t records = 0;; ++records) {
    CHECK(records <= most, "more records than lines");
    const auto more = csv.next();
    if (!more) {
      CHECK(more.error().detail.starts_with("line "), "an error without its line");
      break;
    }
    if (!*more) break;
    for (const char* column : {"_time", "_value", "hostname", "type-id", "", "none"}) {
      const std::string_view value = csv.value(column);
      CHECK(value.size() <= text.size(), "a value from nowhere");
      const auto time = parse_flux_time(value);
      if (time && *time >= 0 && *time < 253'402'300'800) {
        CHECK(parse_flux_time(flux_time(*time)) == time, "a time changed");
      }
    }
  }
  return 0;
}
