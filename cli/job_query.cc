// SPDX-License-Identifier: MIT
#include "cli/job_query.h"

#include "schema/json_write.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

namespace jobledger::cli {
namespace {

constexpr std::string_view kListFields =
    "jobId cluster user project partition state numNodes numHWThreads numAcc startTime duration "
    "metaData";
constexpr std::string_view kDetailFields =
    "id jobId arrayJobId cluster subCluster partition user project state shared startTime duration "
    "walltime numNodes numHWThreads numAcc SMT energy monitoringStatus "
    "concurrentJobs { count } energyFootprint { hardware value } "
    "tags { type name scope } resources { hostname hwthreads accelerators } "
    "footprint { name stat value } metaData";

void add_in(std::string& out, std::string_view member, const std::vector<std::string>& values) {
  if (values.empty()) return;
  out += fmt::format("{}\"{}\":{{\"in\":[", out.empty() ? "" : ",", member);
  for (const std::string& value : values) {
    if (out.back() != '[') out += ',';
    schema::write_json_string(out, value);
  }
  out += "]}";
}

void add_match(std::string& out, std::string_view member, std::string_view kind,
               std::string_view value) {
  if (value.empty()) return;
  out += fmt::format("{}\"{}\":{{\"{}\":", out.empty() ? "" : ",", member, kind);
  schema::write_json_string(out, value);
  out += '}';
}

std::string filter(const JobSelection& selection) {
  std::string out;
  add_in(out, "user", selection.users);
  add_in(out, "project", selection.projects);
  add_in(out, "cluster", selection.clusters);
  add_in(out, "partition", selection.partitions);
  add_match(out, "node", "eq", selection.node);
  add_match(out, "jobName", "contains", selection.name);
  if (selection.job_id) add_match(out, "jobId", "eq", fmt::format("{}", *selection.job_id));
  if (!selection.states.empty()) {
    out += fmt::format("{}\"state\":[", out.empty() ? "" : ",");
    for (const std::string& state : selection.states) {
      if (out.back() != '[') out += ',';
      schema::write_json_string(out, state);
    }
    out += ']';
  }
  if (selection.since || selection.until) {
    out += fmt::format("{}\"startTime\":{{", out.empty() ? "" : ",");
    if (selection.since) out += fmt::format("\"from\":\"{}\"", format_utc(*selection.since));
    if (selection.since && selection.until) out += ',';
    if (selection.until) out += fmt::format("\"to\":\"{}\"", format_utc(*selection.until));
    out += '}';
  }
  return "{" + out + "}";
}

std::string request(const JobSelection& selection, std::uint32_t limit, std::string_view fields) {
  const std::string query = fmt::format(
      "query($filter: [JobFilter!], $page: PageRequest, $order: OrderByInput) {{ jobs(filter: "
      "$filter, page: $page, order: $order) {{ count items {{ {} }} }} }}",
      fields);
  std::string out = "{\"query\":";
  schema::write_json_string(out, query);
  return out + fmt::format(
                   ",\"variables\":{{\"filter\":[{}],\"page\":{{\"itemsPerPage\":{},\"page\":1}},"
                   "\"order\":{{\"field\":\"startTime\",\"type\":\"col\",\"order\":\"DESC\"}}}}}}",
                   filter(selection), limit);
}

std::optional<std::int64_t> parse_ago(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || end - unit != 1 || number < 0 || number > 1'000'000) {
    return std::nullopt;
  }
  switch (*unit) {
    case 's':
      return number;
    case 'm':
      return number * 60;
    case 'h':
      return number * 3600;
    case 'd':
      return number * 86400;
    default:
      return std::nullopt;
  }
}

// The whole text by that format, a real date in it.
std::optional<std::int64_t> parse_by(const std::string& text, const char* format, bool utc) {
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), format, &parts);
  if (!end || *end != '\0') return std::nullopt;
  const std::tm given = parts;
  parts.tm_isdst = -1;
  const std::time_t time = utc ? ::timegm(&parts) : ::mktime(&parts);
  if (time == -1 || parts.tm_mday != given.tm_mday || parts.tm_mon != given.tm_mon) {
    return std::nullopt;
  }
  return time;
}

}  // namespace

Result<std::int64_t> parse_moment(std::string_view text, std::int64_t now) {
  if (auto ago = parse_ago(text)) return now - *ago;
  const std::string whole(text);
  if (auto time = parse_by(whole, "%Y-%m-%dT%H:%M:%SZ", true)) return *time;
  for (const char* format :
       {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"}) {
    if (auto time = parse_by(whole, format, false)) return *time;
  }
  return invalid(fmt::format(
      "expected a time such as 2h, 7d, 2026-01-21 or \"2026-01-21 06:30\", found \"{}\"", text));
}

std::string format_utc(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string list_request(const JobSelection& selection, std::uint32_t limit) {
  return request(selection, limit, kListFields);
}

std::string detail_request(const JobSelection& selection, std::uint32_t limit) {
  return request(selection, limit, kDetailFields);
}

}  // namespace jobledger::cli
