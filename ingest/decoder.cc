// SPDX-License-Identifier: MIT
#include "ingest/decoder.h"

#include "base/utf8.h"
#include "ingest/command.h"
#include "ingest/job_event.h"
#include "ingest/node_state.h"
#include "ingest/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace jobledger::ingest {
namespace {

constexpr std::string_view kOtherMembers = "other";
constexpr std::size_t kMaxTagNameBytes = 60;

void set_malformed(Event& event, Reason reason, std::string text) {
  event.what = Malformed{reason, std::move(text)};
}

// A payload that could not be read, or that could but breaks a rule of the domain.
Reason reason_of(const Error& error) {
  return error.kind == ErrorKind::invalid ? Reason::payload : Reason::refused;
}

template <class What>
void set_outcome(Event& event, Result<What> parsed) {
  if (parsed) {
    event.what = *std::move(parsed);
  } else {
    set_malformed(event, reason_of(parsed.error()), parsed.error().detail);
  }
}

// Who an event is about, in front of an example.
std::string subject_of(const Event& event) {
  if (const auto* start = std::get_if<StartJob>(&event.what)) {
    return fmt::format("job {} of {}: ", start->job.job_id, start->job.cluster);
  }
  if (const auto* stop = std::get_if<StopJob>(&event.what)) {
    return fmt::format("stop of job {}: ", stop->stop.job_id);
  }
  if (const auto* nodes = std::get_if<NodeStates>(&event.what)) {
    return fmt::format("nodes of {}: ", nodes->cluster);
  }
  return {};
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
    set_outcome(event, parse_node_states(*json, *current_, &unknown_, dropped_));
    count_left_out(line, event);
  }
}

void Decoder::decode_job_line(const Line& line, Event& event) {
  const LineTag* function = line.find_tag("function");
  if (function == nullptr) {
    set_malformed(event, Reason::envelope, "job event without the tag \"function\"");
    return;
  }
  const bool starts = function->value.is("start_job");
  if (!starts && !function->value.is("stop_job")) {
    set_malformed(event, Reason::envelope,
                  fmt::format("unknown function \"{}\"", function->value.raw));
    return;
  }
  event.kind = starts ? EventKind::start_job : EventKind::stop_job;
  const std::string* json = payload_of(line, event);
  if (json == nullptr) return;
  if (starts) {
    set_outcome(event, parse_start_job(*json, *current_, limits_, &unknown_, dropped_));
  } else {
    set_outcome(event, parse_stop_job(*json, &unknown_, dropped_));
  }
  count_left_out(line, event);
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

void Decoder::count_left_out(const Line& line, const Event& event) {
  count_unknown();
  // A refused event is a dead letter: nothing of it is lost.
  if (!std::holds_alternative<Malformed>(event.what)) count_dropped(line, event);
  dropped_.clear();
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

void Decoder::count_dropped(const Line& line, const Event& event) {
  for (const LineTag& tag : line.tags) {
    if (!tag.value.raw.empty()) continue;
    const std::string name = fmt::format("tag {}", utf8_prefix(tag.key.raw, kMaxTagNameBytes));
    schema::note_dropped(dropped_, name, name + ": is empty");
  }
  if (dropped_.empty()) return;
  const std::string subject = subject_of(event);
  for (const schema::DroppedMember& member : dropped_) {
    NameCount& counted = dropped_count(member.name);
    counted.count += member.count;
    counted.example = utf8_prefix(subject + member.example, limits_.max_example_bytes);
  }
}

// The place of that name, or of all further ones.
NameCount& Decoder::dropped_count(std::string_view name) {
  const auto known =
      std::find_if(dropped_counts_.begin(), dropped_counts_.end(),
                   [name](const NameCount& counted) { return counted.name == name; });
  if (known != dropped_counts_.end()) return *known;
  if (dropped_counts_.size() >= limits_.max_unknown_names && name != kOtherMembers) {
    return dropped_count(kOtherMembers);
  }
  NameCount& added = dropped_counts_.emplace_back();
  added.name = name;
  return added;
}

std::vector<NameCount> Decoder::take_dropped() { return std::exchange(dropped_counts_, {}); }

UnknownCounts Decoder::take_unknown() { return std::exchange(unknown_counts_, {}); }

}  // namespace jobledger::ingest
