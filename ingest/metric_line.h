// SPDX-License-Identifier: MIT
// Lines of measured values, as agents send them (docs/formats.md, metric lines):
//
//   metric[,tag=value...] value=number [timestamp]
//
// Operation: the reader takes a line that looks like this, without escapes and with no other field,
// at memory speed: it finds where the parts end and reads the numbers. Tags are left as text, since
// whoever saw the same text before knows what it says; tokens() splits them. Every other line goes
// to LineReader, which alone defines what is well-formed. A bad line costs that line only. Nothing
// is allocated per line.
// Executor: one thread per reader. Lifetime: the message must outlive the reader and its lines.
#pragma once

#include "ingest/line_protocol.h"
#include "ingest/refusal.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jobledger::ingest {

// What a line is about, by the keys of its fields.
enum class LineKind : std::uint8_t {
  sample,  // has a field `value`
  event,   // other messages of the field, here by mistake or by a wide subject
  log,
  control,
  query,
  unusable,  // MetricLine::refusal says why
};
constexpr int kLineKindCount = 6;
std::string_view to_string(LineKind kind);

struct MetricLine {
  std::string_view text;  // the whole line without its end
  LineKind kind = LineKind::unusable;
  Refusal refusal = Refusal::none;
  LineError error = LineError::none;  // of refusal syntax

  // Of samples. Names are as written, with their escapes.
  std::string_view measurement;
  std::string_view tags;  // a comma in front of each; not yet known to be well-formed
  float value = 0;
  bool has_timestamp = false;
  bool other_fields = false;   // beside `value`; ignored
  std::int64_t timestamp = 0;  // as sent: see to_seconds()
};

class MetricReader {
 public:
  explicit MetricReader(std::string_view message) : message_(message) {}

  bool next(MetricLine& line);  // false at the end
  // The line last read, in tokens. Its tags may turn out to be malformed.
  const Line& tokens();

 private:
  bool read_typical(MetricLine& line);
  void read_any(MetricLine& line);

  std::string_view message_;
  std::size_t at_ = 0;
  Line line_;
  std::size_t tokenized_ = 0;  // where line_ begins in the message, plus 1; 0: nowhere
  std::size_t begin_ = 0;      // of the line last read
};

// Epoch seconds of a timestamp whose unit only its size tells: seconds below 1e11, milliseconds
// below 1e14, microseconds below 1e17, else nanoseconds. Parts of a second are dropped.
std::int64_t to_seconds(std::int64_t timestamp);

}  // namespace jobledger::ingest
