// SPDX-License-Identifier: MIT
#include "cli/status_view.h"

#include "cli/json_view.h"
#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::cli {
namespace {

using schema::JsonType;
using schema::JsonValue;

void line(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) out += fmt::format("{:<16}{}\n", name, printable(text));
}

// The texts in a list; none when it is not there.
std::vector<std::string> texts_at(JsonValue object, std::string_view member) {
  std::vector<std::string> texts;
  const JsonValue list = at(object, member);
  if (list.type() != JsonType::array) return texts;
  const auto scanned = list.each_element([&](std::size_t, JsonValue text) {
    texts.emplace_back(text.as_string().value_or(""));
    return Result<void>();
  });
  static_cast<void>(scanned);
  return texts;
}

// Of events, or with a prefix of something else.
void add_log(std::string& out, std::string_view prefix, JsonValue log) {
  const auto name = [prefix](std::string_view what) {
    return prefix.empty() ? std::string(what) : fmt::format("{} {}", prefix, what);
  };
  std::string how = text_at(log, "mode");
  if (const auto stream = text_at(log, "stream"); !stream.empty()) how += " " + stream;
  line(out, name("log"), how);
  // The stream's end was heard of a moment ago; we may be past it.
  const auto position = number_at(log, "position");
  line(out, name("position"),
       fmt::format("{} of {} ({} behind)", position,
                   std::max(position, number_at(log, "last_sequence")), number_at(log, "lag")));
  line(out, name("problem"), text_at(log, "problem"));
  if (const auto missed = number_at(log, "missed_messages"); missed > 0) {
    line(out, name("missed"),
         fmt::format("{} messages had left the stream before we saw them", missed));
  }
  if (const auto rewinds = number_at(log, "rewinds"); rewinds > 0) {
    line(out, name("rewinds"),
         fmt::format("{} times the broker had lost messages that we had read", rewinds));
  }
  for (const std::string& warning : texts_at(log, "warnings")) line(out, name("warning"), warning);
}

// "5 late, 7 syntax"; empty when all are 0.
std::string counts_text(JsonValue counts) {
  std::string out;
  if (counts.type() != JsonType::object) return out;
  const auto scanned = counts.each_member([&out](std::string_view name, JsonValue count) {
    if (const auto n = count.as_int64().value_or(0); n > 0) {
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", n, name);
    }
    return Result<void>();
  });
  static_cast<void>(scanned);
  return out;
}

void add_damage(std::string& out, JsonValue store) {
  const auto tables = number_at(store, "damaged_tables");
  const auto entries = number_at(store, "unreadable_log_entries");
  const auto blocks = number_at(store, "unreadable_blocks");
  if (tables + entries + blocks == 0) return;
  line(out, "samples lost",
       fmt::format("disk damage: {} tables put aside, {} log entries and {} blocks unreadable",
                   tables, entries, blocks));
}

void add_damaged_jobs(std::string& out, JsonValue damage) {
  if (damage.is_null() || number_at(damage, "jobs") == 0) return;
  std::string ids;
  each(at(damage, "job_ids"), [&ids](JsonValue id) {
    if (const auto text = id.as_string()) ids += (ids.empty() ? "" : ", ") + std::string(*text);
  });
  line(out, "jobs damaged",
       fmt::format("{}, whose record the disk lost and the archive has not: {}",
                   number_at(damage, "jobs"), ids));
}

void add_metrics(std::string& out, JsonValue ingest, JsonValue store) {
  if (ingest.is_null()) {
    line(out, "metrics", "none are read");
    return;
  }
  add_log(out, "metric", ingest);
  line(out, "metric rate",
       fmt::format("{:.0f} samples a second, over the last minute",
                   at(ingest, "samples_per_second").as_double().value_or(0)));
  if (!store.is_null()) {
    line(out, "metric store",
         fmt::format("{} series of {} hosts, {} not sealed yet", number_at(store, "series"),
                     number_at(store, "hosts"),
                     format_bytes(static_cast<std::uint64_t>(number_at(store, "head_bytes")))));
  }
  add_damage(out, store);
  line(out, "refused", counts_text(at(ingest, "refused")));
  if (const auto names = counts_text(at(ingest, "unmatched")); !names.empty()) {
    line(out, "unmatched", names + "; status --unmatched tells which");
  }
}

struct Kind {
  std::string_view member, title;
};
constexpr std::array kKinds{
    Kind{"metrics", "Metrics that the cluster's cluster.json does not have: not stored"},
    Kind{"hosts", "Hosts that no sub-cluster lists: stored, and shown as whole nodes"},
    Kind{"clusters", "Clusters without a cluster.json: not stored"},
    Kind{"clocks", "Hosts whose clocks are late or ahead: what was too far off is not stored"},
    Kind{"refused", "Refused, by reason"},
    Kind{"members", "Members of events whose values were of no use: left out"},
};

std::string cut(std::string text, std::size_t width) {
  text = printable(text);
  if (display_width(text) <= width) return text;
  std::size_t end = 0;
  for (std::size_t shown = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (begins && shown++ + 3 == width) break;
  }
  return text.substr(0, end) + "...";
}

void add_kind(std::string& out, const Kind& kind, JsonValue report, const Terminal& terminal) {
  const JsonValue names = at(report, kind.member);
  const auto beyond = number_at(at(report, "beyond"), kind.member);
  if (names.size() == 0 && beyond == 0) return;
  if (!out.empty()) out += '\n';
  out += coloured(terminal, Colour::title, kind.title) + "\n";
  each(names, [&](JsonValue entry) {
    const auto cluster = text_at(entry, "cluster");
    const auto name = cluster.empty() ? text_at(entry, "name")
                                      : fmt::format("{} of {}", text_at(entry, "name"), cluster);
    out += fmt::format("  {:>10}  {}  {}\n", number_at(entry, "count"),
                       format_epoch(number_at(entry, "last_time")), printable(name));
    if (const auto example = text_at(entry, "last_example"); !example.empty()) {
      constexpr std::size_t kIndent = 14;
      out += std::string(kIndent, ' ') + cut(example, terminal.width - kIndent) + "\n";
    }
  });
  if (beyond > 0) out += fmt::format("  {:>10}  lines with further names\n", beyond);
}

void add_archive(std::string& out, JsonValue archive) {
  if (archive.is_null()) return;
  if (const auto waiting = number_at(archive, "unread"); waiting > 0) {
    line(out, "other stores",
         fmt::format("{} jobs wait for their samples: {}", waiting,
                     text_at(archive, "source_problem")));
  }
  const auto aside = number_at(archive, "set_aside");
  if (aside == 0) return;
  const JsonValue first = at(archive, "first_set_aside");
  line(out, "set aside",
       fmt::format("{} jobs cannot be archived (status --set-aside), first {}: {}", aside,
                   text_at(first, "job"), text_at(first, "reason")));
}

}  // namespace

std::string set_aside_text(JsonValue list) {
  Table table({{"ID", Table::Align::right}, {"JOB"}, {"TRIES", Table::Align::right}, {"REASON"}});
  each(at(list, "items"), [&table](JsonValue job) {
    table.add(
        {text_at(job, "id"), text_at(job, "job"), text_at(job, "tries"), text_at(job, "reason")});
  });
  return table.rows() == 0 ? "no jobs are set aside\n" : table.text();
}

std::string status_text(JsonValue status) {
  std::string out;
  const bool ready = text_at(status, "ready") == "true";
  line(out, "jobledgerd",
       fmt::format("{}, {}, up {}", text_at(status, "version"), ready ? "ready" : "not ready",
                   format_duration(number_at(status, "uptime_seconds"))));
  each(at(status, "reasons"), [&out](JsonValue reason) {
    if (auto text = reason.as_string()) line(out, "not ready", *text);
  });
  add_log(out, "", at(status, "ingest"));
  const JsonValue jobs = at(status, "jobs");
  if (jobs.is_null()) return out;  // still loading
  add_metrics(out, at(status, "ingest.metrics"), at(status, "metrics"));
  line(out, "jobs",
       fmt::format("{} in the index, {} running, {} waiting for the archive",
                   number_at(jobs, "total"), number_at(jobs, "running"),
                   number_at(jobs, "archive_due")));
  add_damaged_jobs(out, at(status, "damage"));
  add_archive(out, at(status, "archive"));
  line(out, "dead letters",
       fmt::format("{} kept, {} dropped for want of room", number_at(status, "dead_letters"),
                   number_at(status, "dead_letters_dropped")));
  line(out, "parked stops", fmt::format("{}", number_at(status, "parked_stops")));
  line(out, "memory",
       format_bytes(static_cast<std::uint64_t>(number_at(status, "memory.resident_bytes"))));
  return out;
}

std::string unmatched_text(JsonValue report, const Terminal& terminal) {
  std::string out;
  for (const Kind& kind : kKinds) add_kind(out, kind, report, terminal);
  return out.empty() ? "Everything that agents sent was known and taken.\n" : out;
}

}  // namespace jobledger::cli
