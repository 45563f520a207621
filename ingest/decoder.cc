// SPDX-License-Identifier: MIT
#include "ingest/decoder.h"

#include "ingest/command.h"
#include "ingest/job_event.h"
#include "ingest/node_state.h"
#include "ingest/subject.h"

#include <fmt/format.h>

namespace jobledger::ingest {
namespace {

constexpr std::string_view kOtherMembers = "other";

void set_malformed(Event& event, Reason reason, std::string text) {
  event.what = Malformed{reason, std::move(text)};
}

// A payload that could not be read, or that could but breaks a rule of the domain.
Reason reason_of(const Error& error) {
  return error.kind == ErrorKind::invalid ? Reason::payload : Reason::refused;
}

}  // namespace

Decoder::Decoder(EventsConfig events, LimitsConfig limits, ClustersNow clusters)
    : events_(std::move(events)), limits_(limits), clusters_(std::move(clusters)) {}

void Decoder::decode(std::string_view subject, std::string_view payload,
                     std::vector<Event>& events) {
  if (payload.size() > limits_.max_message_bytes) {
    Event& event = events.emplace_back();
    event.text = payload;
    set_malformed(event, Reason::too_large,
                  fmt::format("message of {} bytes, more than {}", payload.size(),
                              limits_.max_message_bytes));
    return;
  }
  if (subject_matches(events_.command_subject, subject)) {
    Event& event = events.emplace_back();
    event.kind = EventKind::command;
    event.text = payload;
    Result<Command> command = parse_command(payload, limits_.max_command_bytes);
    if (command) {
      event.what = *std::move(command);
    } else {
      set_malformed(event, Reason::command, std::move(command).error().detail);
    }
    return;
  }
  if (!subject_covered(subject, events_.subjects)) return;
  current_ = clusters_();
  decode_lines(payload, events);
}

void Decoder::decode_lines(std::string_view payload, std::vector<Event>& events) {
  LineReader reader(payload);
  for (std::size_t count = 0; reader.next(line_); ++count) {
    Event& event = events.emplace_back();
    event.line = line_.number;
    if (count == limits_.max_lines) {
      event.text = payload.substr(static_cast<std::size_t>(line_.text.data() - payload.data()));
      set_malformed(event, Reason::too_large,
                    fmt::format("message of more than {} lines: the rest", limits_.max_lines));
      return;
    }
    event.text = line_.text;
    decode_line(line_, event);
  }
}

void Decoder::decode_line(const Line& line, Event& event) {
  if (line.error != LineError::none) {
    set_malformed(event, Reason::syntax,
                  fmt::format("column {}: {}", line.column, to_string(line.error)));
  } else if (line.measurement.is("job")) {
    decode_job_line(line, event);
  } else if (line.measurement.is("nodestate")) {
    event.kind = EventKind::node_state;
    const std::string* json = payload_of(line, event);
    if (json == nullptr) return;
    Result<NodeStates> states = parse_node_states(*json, *current_, &unknown_);
    count_unknown();
    if (states) {
      event.what = *std::move(states);
    } else {
      set_malformed(event, reason_of(states.error()), states.error().detail);
    }
  }
}

void Decoder::decode_job_line(const Line& line, Event& event) {
  const LineTag* function = line.find_tag("function");
  if (function == nullptr) {
    set_malformed(event, Reason::envelope, "job event without the tag \"function\"");
  } else if (function->value.is("start_job")) {
    event.kind = EventKind::start_job;
    const std::string* json = payload_of(line, event);
    if (json == nullptr) return;
    Result<StartJob> start = parse_start_job(*json, *current_, &unknown_);
    count_unknown();
    if (start) {
      event.what = *std::move(start);
    } else {
      set_malformed(event, reason_of(start.error()), start.error().detail);
    }
  } else if (function->value.is("stop_job")) {
    event.kind = EventKind::stop_job;
    const std::string* json = payload_of(line, event);
    if (json == nullptr) return;
    Result<StopJob> stop = parse_stop_job(*json, &unknown_);
    count_unknown();
    if (stop) {
      event.what = *std::move(stop);
    } else {
      set_malformed(event, reason_of(stop.error()), stop.error().detail);
    }
  } else {
    set_malformed(event, Reason::envelope,
                  fmt::format("unknown function \"{}\"", function->value.raw));
  }
}

// The unescaped string field "event"; null with the event set to Malformed when there is none.
const std::string* Decoder::payload_of(const Line& line, Event& event) {
  const LineField* field = line.find_field("event");
  if (field == nullptr) {
    set_malformed(event, Reason::envelope, "no field \"event\"");
    return nullptr;
  }
  if (field->type != FieldType::string) {
    set_malformed(event, Reason::envelope, "the field \"event\" is not a string");
    return nullptr;
  }
  json_.clear();
  unescape_string(field->text, json_);
  return &json_;
}

void Decoder::count_unknown() {
  for (std::string& name : unknown_) {
    const auto found = unknown_counts_.find(name);
    if (found != unknown_counts_.end()) {
      ++found->second;
    } else if (unknown_counts_.size() < limits_.max_unknown_names) {
      unknown_counts_.emplace(std::move(name), 1);
    } else {
      ++unknown_counts_[std::string(kOtherMembers)];
    }
  }
  unknown_.clear();
}

UnknownCounts Decoder::take_unknown() { return std::exchange(unknown_counts_, {}); }

}  // namespace jobledger::ingest
