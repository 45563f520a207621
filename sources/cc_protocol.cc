// SPDX-License-Identifier: MIT
#include "sources/cc_protocol.h"

#include "schema/json_read.h"
#include "schema/json_write.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace jobledger::sources {
namespace {

using schema::JsonReader;
using schema::JsonValue;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
// Far behind any time that is meant, and still safe to calculate with.
constexpr std::int64_t kLastTime = std::int64_t{1} << 48;

template <class Texts>
void write_texts(std::string& out, const Texts& texts) {
  char separator = '[';
  for (const auto& text : texts) {
    out += separator;
    schema::write_json_string(out, text);
    separator = ',';
  }
  out += separator == '[' ? "[]" : "]";
}

void write_query(std::string& out, const CcQuery& query) {
  out += "{\"metric\":";
  schema::write_json_string(out, query.metric);
  out += ",\"host\":";
  schema::write_json_string(out, query.hostname);
  if (!query.type.empty()) {
    out += ",\"type\":";
    schema::write_json_string(out, query.type);
    out += ",\"type-ids\":";
    write_texts(out, query.type_ids);
  }
  out += query.type_ids.size() > 1 ? ",\"aggreg\":true}" : ",\"aggreg\":false}";
}

JsonReader reader_for(std::size_t max_bytes) {
  return JsonReader({.max_bytes = std::max<std::size_t>(max_bytes, 1024), .keep_bytes = 4096});
}

Result<float> read_sample(JsonValue value) {
  if (value.is_null()) return kMissing;
  TRY(const double number, value.as_double());
  return static_cast<float>(number);
}

Result<double> read_statistic(JsonValue value) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  return value.as_double();
}

Result<std::int64_t> read_time(JsonValue value) {
  TRY(const std::int64_t time, value.as_int64());
  if (time < -kLastTime || time > kLastTime) return invalid("not a time: " + value.describe());
  return time;
}

// One result as it is written.
struct Raw {
  std::string error;
  std::vector<float> data;
  std::int64_t from = 0, to = 0;
  std::int32_t resolution = 0;
  double avg = std::numeric_limits<double>::quiet_NaN(), min = avg, max = avg;
};

Result<void> read_member(std::string_view name, JsonValue value, Raw& raw) {
  if (name == "data" && !value.is_null()) {
    raw.data.reserve(value.size());
    return value.each_element([&raw](std::size_t, JsonValue sample) -> Result<void> {
      TRY(raw.data.emplace_back(), read_sample(sample));
      return {};
    });
  }
  if (name == "error" && !value.is_null()) {
    TRY(const std::string_view text, value.as_string());
    raw.error = text.empty() ? "refused without a reason" : text;
  }
  if (name == "from") {
    TRY(raw.from, read_time(value));
  }
  if (name == "to") {
    TRY(raw.to, read_time(value));
  }
  if (name == "resolution") {
    TRY(raw.resolution, value.as_int32());
  }
  if (name == "avg") {
    TRY(raw.avg, read_statistic(value));
  }
  if (name == "min") {
    TRY(raw.min, read_statistic(value));
  }
  if (name == "max") {
    TRY(raw.max, read_statistic(value));
  }
  return {};
}

// A store may put nulls in front, so that the list begins at the time that was asked for; `from`
// stays where its samples begin, and how many there are follows from `to`.
void take_off_padding(Raw& raw) {
  const std::int64_t there = (raw.to - raw.from) / raw.resolution;
  if (there < 0 || static_cast<std::uint64_t>(there) >= raw.data.size()) return;
  const auto end = raw.data.end() - static_cast<std::ptrdiff_t>(there);
  const bool padded = std::all_of(raw.data.begin(), end, [](float v) { return std::isnan(v); });
  if (padded) raw.data.erase(raw.data.begin(), end);
}

Result<CcSeries> read_series(JsonValue value) {
  Raw raw;
  TRY(value.each_member([&raw](std::string_view name, JsonValue member) -> Result<void> {
    return read_member(name, member, raw);
  }));
  CcSeries series;
  series.error = std::move(raw.error);
  if (!series.error.empty()) return series;
  if (raw.resolution < 1) return invalid("resolution: expected a positive number");
  take_off_padding(raw);
  series.samples = {raw.from, raw.resolution, std::move(raw.data)};
  if (!std::isnan(raw.avg)) series.statistics = {raw.min, raw.avg, raw.max};
  return series;
}

Result<void> read_results(JsonValue value, CcAnswer& answer) {
  if (value.is_null()) return {};
  return value.each_element([&answer](std::size_t, JsonValue row) -> Result<void> {
    std::vector<CcSeries>& series = answer.results.emplace_back();
    if (row.is_null()) return {};
    return row.each_element([&series](std::size_t, JsonValue one) -> Result<void> {
      TRY(series.emplace_back(), read_series(one));
      return {};
    });
  });
}

Result<void> read_queries(JsonValue value, CcAnswer& answer) {
  if (value.is_null()) return {};
  return value.each_element([&answer](std::size_t, JsonValue query) -> Result<void> {
    std::string& host = answer.hosts.emplace_back();
    return query.each_member([&host](std::string_view name, JsonValue member) -> Result<void> {
      if (name == "host") {
        TRY(host, member.as_string());
      }
      return {};
    });
  });
}

Result<void> read_names(JsonValue value, std::vector<std::string>& out) {
  if (value.is_null()) return {};
  return value.each_element([&out](std::size_t, JsonValue name) -> Result<void> {
    TRY(out.emplace_back(), name.as_string());
    return {};
  });
}

// The lists are JSON in a string; empty when the store does not know the host.
Result<void> read_health_lists(const std::string& text, HostHealth& host) {
  if (text.empty()) return {};
  JsonReader reader = reader_for(text.size());
  TRY(const JsonValue document, reader.parse(text));
  return document.each_member([&host](std::string_view name, JsonValue value) -> Result<void> {
    if (name == "degraded") return read_names(value, host.degraded);
    if (name == "missing") return read_names(value, host.missing);
    return {};
  });
}

}  // namespace

std::string write_cc_request(const CcRequest& request) {
  std::string out = "{\"cluster\":";
  schema::write_json_string(out, request.cluster);
  out += ",\"from\":";
  schema::write_json_int(out, request.from);
  out += ",\"to\":";
  schema::write_json_int(out, request.to);
  out += request.values ? ",\"with-data\":true" : ",\"with-data\":false";
  out += ",\"with-stats\":true,\"with-padding\":false,\"full-precision\":true,\"queries\":";
  char separator = '[';
  for (const CcQuery& query : request.queries) {
    out += separator;
    write_query(out, query);
    separator = ',';
  }
  out += separator == '[' ? "[]" : "]";
  if (!request.for_all_nodes.empty()) {
    out += ",\"for-all-nodes\":";
    write_texts(out, request.for_all_nodes);
  }
  return out + "}";
}

Result<CcAnswer> parse_cc_answer(std::string_view json, std::size_t max_bytes) {
  JsonReader reader = reader_for(max_bytes);
  TRY(const JsonValue document, reader.parse(json));
  CcAnswer answer;
  TRY(document.each_member([&answer](std::string_view name, JsonValue value) -> Result<void> {
    if (name == "results") return read_results(value, answer);
    if (name == "queries") return read_queries(value, answer);
    return {};
  }));
  return answer;
}

std::string write_cc_health_request(std::string_view cluster,
                                    std::span<const std::string> hostnames,
                                    std::span<const std::string> metrics) {
  std::string out = "{\"cluster\":";
  schema::write_json_string(out, cluster);
  out += ",\"nodes\":";
  write_texts(out, hostnames);
  out += ",\"metric-names\":";
  write_texts(out, metrics);
  return out + "}";
}

Result<std::vector<HostHealth>> parse_cc_health(std::string_view json, std::size_t max_bytes) {
  JsonReader reader = reader_for(max_bytes);
  TRY(const JsonValue document, reader.parse(json));
  std::vector<HostHealth> hosts;
  TRY(document.each_member([&hosts](std::string_view hostname, JsonValue value) -> Result<void> {
    HostHealth& host = hosts.emplace_back();
    host.hostname = hostname;
    std::string lists;
    TRY(value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
      if (name == "State") {
        TRY(const std::string_view state, member.as_string());
        const auto known = schema::parse_monitoring_state(state);
        if (!known) return invalid("not a state: " + member.describe());
        host.state = *known;
      }
      if (name == "HealthMetrics" && !member.is_null()) {
        TRY(lists, member.as_string());
      }
      return {};
    }));
    return read_health_lists(lists, host);
  }));
  return hosts;
}

}  // namespace jobledger::sources
