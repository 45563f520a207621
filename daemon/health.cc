// SPDX-License-Identifier: MIT
#include "daemon/health.h"

#include "schema/json_write.h"

#include <fmt/format.h>

namespace jobledger::daemon {
namespace {

void write_text(std::string& out, std::string_view member, std::string_view text) {
  out += fmt::format("{}\"{}\":", out.back() == '{' ? "" : ",", member);
  schema::write_json_string(out, text);
}

void write_stream(std::string& out, const ingest::Status& status) {
  const ingest::SourceStatus& source = status.source;
  write_text(out, "mode", ingest::to_string(source.mode));
  write_text(out, "stream", source.stream);
  write_text(out, "problem", source.problem);
  out += fmt::format(
      ",\"connected\":{},\"position\":{},\"last_sequence\":{},\"lag\":{},\"reconnects\":{},"
      "\"missed_messages\":{},\"rewinds\":{},\"unproven_resumes\":{},"
      "\"out_of_reach_seconds\":{},\"warnings\":[",
      source.connected, status.position, source.last_sequence, status.lag, source.reconnects,
      source.missed_messages, source.rewinds, source.unproven_resumes, source.out_of_reach.count());
  for (const std::string& warning : source.warnings) {
    if (out.back() != '[') out += ',';
    schema::write_json_string(out, warning);
  }
  out += ']';
  write_text(out, "held_up", status.held_up);
}

void write_metrics(std::string& out, const ingest::MetricStatus& status) {
  write_stream(out, status);
  out += fmt::format(",\"samples_per_second\":{:.1f},\"refused\":{{", status.samples_per_second);
  for (std::size_t i = 0; i < status.refused.size(); ++i) {
    if (status.refused[i] == 0) continue;
    out += fmt::format("{}\"{}\":{}", out.back() == '{' ? "" : ",",
                       ingest::to_string(static_cast<ingest::Refusal>(i)), status.refused[i]);
  }
  out += "},\"unmatched\":{";
  for (std::size_t i = 0; i < status.unmatched.size(); ++i) {
    out +=
        fmt::format("{}\"{}s\":{}", out.back() == '{' ? "" : ",",
                    ingest::to_string(static_cast<ingest::UnmatchedKind>(i)), status.unmatched[i]);
  }
  out += '}';
}

}  // namespace

httpd::Readiness readiness(const Health& health, const ReadinessConfig& config) {
  httpd::Readiness out;
  switch (health.phase) {
    case Phase::loading:
      out.reasons.emplace_back("loading");
      break;
    case Phase::importing:
      out.reasons.emplace_back("importing the archive");
      break;
    case Phase::stopping:
      out.reasons.emplace_back("stopping");
      break;
    case Phase::waiting:
    case Phase::running:
      break;
  }
  if (health.phase == Phase::waiting) {
    out.reasons.push_back("the log waits for the archive: " + health.archive_missing);
  } else if (!health.archive_missing.empty()) {
    out.reasons.push_back("the archive is not there: " + health.archive_missing);
  }
  if (health.phase == Phase::running && !health.log_reached) {
    out.reasons.push_back("the log has not been reached yet: " + health.ingest.source.problem);
  } else if (health.phase == Phase::running &&
             health.ingest.source.out_of_reach > config.max_log_outage) {
    out.reasons.push_back(fmt::format("the log has been out of reach for {} s: {}",
                                      health.ingest.source.out_of_reach.count(),
                                      health.ingest.source.problem));
  }
  if (health.writer_blocked && health.writer_blocked_for > config.max_write_outage) {
    out.reasons.push_back(fmt::format("nothing could be written for {} s: {}",
                                      health.writer_blocked_for.count() / 1000,
                                      *health.writer_blocked));
  }
  if (health.dead_letter_reserve_touched) {
    out.reasons.emplace_back(
        "dead letters take their reserve for events of known clusters: retry or drop some");
  }
  out.ready = out.reasons.empty();
  return out;
}

std::string summary(const Health& health) {
  switch (health.phase) {
    case Phase::loading:
      return "loading";
    case Phase::importing:
      return "importing the archive";
    case Phase::stopping:
      return "stopping";
    case Phase::waiting:
      return "waiting for the archive: " + health.archive_missing;
    case Phase::running:
      break;
  }
  std::string out = fmt::format("jobs={} running={} archive_due={} log={} position={} behind={}",
                                health.table.jobs, health.table.running, health.table.due,
                                ingest::to_string(health.ingest.source.mode),
                                health.ingest.position, health.ingest.lag);
  if (!health.ingest.source.problem.empty()) {
    out += fmt::format(" log_problem=\"{}\"", health.ingest.source.problem);
  }
  if (health.metrics) {
    out += fmt::format(" metrics={} metrics_behind={}",
                       ingest::to_string(health.metrics->source.mode), health.metrics->lag);
    if (!health.metrics->source.problem.empty()) {
      out += fmt::format(" metrics_problem=\"{}\"", health.metrics->source.problem);
    }
    if (!health.metrics->held_up.empty()) {
      out += fmt::format(" metrics_held_up={}", health.metrics->held_up);
    }
  }
  if (health.writer_blocked) out += fmt::format(" cannot_write=\"{}\"", *health.writer_blocked);
  if (!health.archive_missing.empty()) {
    out += fmt::format(" archive_missing=\"{}\"", health.archive_missing);
  }
  if (health.archive_blocked) {
    out += fmt::format(" cannot_archive=\"{}\"", *health.archive_blocked);
  }
  return out;
}

std::string ingest_json(const Health& health) {
  std::string out = "{";
  write_stream(out, health.ingest);
  write_text(out, "write_problem", health.writer_blocked.value_or(""));
  write_text(out, "archive_problem",
             health.archive_missing.empty() ? health.archive_blocked.value_or("")
                                            : health.archive_missing);
  if (health.metrics) {
    out += ",\"metrics\":{";
    write_metrics(out, *health.metrics);
    out += '}';
  }
  return out + "}";
}

}  // namespace jobledger::daemon
