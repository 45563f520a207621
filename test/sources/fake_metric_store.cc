// SPDX-License-Identifier: MIT
#include "test/sources/fake_metric_store.h"

#include "schema/json_read.h"
#include "schema/json_write.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace jobledger::test {
namespace {

using schema::JsonReader;
using schema::JsonValue;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return *std::move(result);
}

template <class Visit>
void each_member(JsonValue value, Visit visit) {
  const auto done = value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    visit(std::string(name), member);
    return {};
  });
  if (!done) throw std::runtime_error(done.error().detail);
}

std::vector<std::string> texts(JsonValue value) {
  std::vector<std::string> out;
  const auto done = value.each_element([&](std::size_t, JsonValue element) -> Result<void> {
    out.emplace_back(must(element.as_string()));
    return {};
  });
  if (!done) throw std::runtime_error(done.error().detail);
  return out;
}

std::string fixed(double value, int decimals) {
  if (std::isnan(value)) return "null";
  std::string out;
  schema::write_json_fixed(out, value, decimals);
  return out;
}

std::string quoted(const std::string& text) {
  std::string out;
  schema::write_json_string(out, text);
  return out;
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ",") + part;
  return out;
}

std::string error(const std::string& text) {
  return "{\"error\":" + quoted(text) +
         R"(,"from":0,"to":0,"resolution":0,"avg":0.00,"min":0.00,"max":0.00})";
}

}  // namespace

void FakeMetricStore::put(const std::string& host, const std::string& level,
                          const std::string& metric, std::int64_t first,
                          std::vector<double> values) {
  hosts_[host][level][metric] = {first, std::move(values)};
}

std::vector<std::string> FakeMetricStore::bodies() const {
  std::lock_guard lock(mutex_);
  return bodies_;
}

std::size_t FakeMetricStore::queries() const {
  std::lock_guard lock(mutex_);
  return queries_;
}

FakeMetricStore::Part FakeMetricStore::read(const Buffer& buffer, std::int64_t frequency,
                                            std::int64_t from, std::int64_t to) {
  const std::int64_t start = buffer.first - frequency / 2;
  Part part;
  part.from = from < buffer.first ? buffer.first : from;
  std::int64_t t = part.from;
  for (; t < to; t += frequency) {
    const auto slot = static_cast<std::size_t>((t - start) / frequency);
    if (slot >= buffer.values.size()) break;
    part.values.push_back(buffer.values[slot]);
  }
  part.to = t;
  return part;
}

FakeMetricStore::Request FakeMetricStore::parse(const std::string& body) const {
  JsonReader reader;
  Request out;
  out.with_padding = padding;
  each_member(must(reader.parse(body)), [&](const std::string& name, JsonValue value) {
    if (name == "cluster") out.cluster = must(value.as_string());
    if (name == "from") out.from = must(value.as_int64());
    if (name == "to") out.to = must(value.as_int64());
    if (name == "with-stats") out.with_stats = must(value.as_bool());
    if (name == "with-data") out.with_data = must(value.as_bool());
    if (name == "with-padding" && !ignore_padding_wish) out.with_padding = must(value.as_bool());
    if (name == "for-all-nodes" && !value.is_null()) out.for_all_nodes = texts(value);
    if (name != "queries" || value.is_null()) return;
    const auto done = value.each_element([&](std::size_t, JsonValue element) -> Result<void> {
      Query& query = out.queries.emplace_back();
      each_member(element, [&](const std::string& key, JsonValue member) {
        if (key == "metric") query.metric = must(member.as_string());
        if (key == "host") query.host = must(member.as_string());
        if (key == "type") query.type = must(member.as_string());
        if (key == "type-ids") query.ids = texts(member);
        if (key == "aggreg") query.aggregate = must(member.as_bool());
      });
      return {};
    });
    if (!done) throw std::runtime_error(done.error().detail);
  });
  return out;
}

// One list of members for each result.
std::vector<std::vector<const FakeMetricStore::Buffer*>> FakeMetricStore::select(
    const Query& query) const {
  std::vector<std::vector<const Buffer*>> out;
  const auto host = hosts_.find(query.host);
  if (host == hosts_.end()) return out;
  const auto find = [&](const std::string& level) -> const Buffer* {
    const auto at = host->second.find(level);
    if (at == host->second.end()) return nullptr;
    const auto buffer = at->second.find(query.metric);
    return buffer == at->second.end() ? nullptr : &buffer->second;
  };
  std::vector<const Buffer*> found;
  if (query.type.empty()) {
    found = {find("")};
    if (found.front() == nullptr) {
      found.clear();
      for (const auto& [level, buffers] : host->second) {
        if (const Buffer* buffer = find(level)) found.push_back(buffer);
      }
    }
    if (!found.empty()) out.push_back(found);
    return out;
  }
  for (const std::string& id : query.ids) {
    const Buffer* buffer = find(query.type + id);
    if (buffer == nullptr) continue;
    if (query.aggregate) {
      found.push_back(buffer);
    } else {
      out.push_back({buffer});
    }
  }
  if (query.aggregate && !found.empty()) out.push_back(found);
  return out;
}

std::string FakeMetricStore::result(const Request& request, const Query& query,
                                    const std::vector<const Buffer*>& buffers) const {
  const MetricSetting& setting = metrics.at(query.metric);
  const std::int64_t frequency = setting.frequency;
  if (request.from > request.to) return error("invalid time range");
  if (buffers.size() > 1 && setting.aggregation.empty()) return error("invalid aggregation");
  Part sum = read(*buffers.front(), frequency, request.from, request.to);
  for (std::size_t i = 1; i < buffers.size(); ++i) {
    const Part more = read(*buffers[i], frequency, sum.from, sum.to);
    if ((sum.from - more.from) / frequency != 0) return error("missing data prior to start");
    if (more.values.size() != sum.values.size()) return error("length mismatch");
    for (std::size_t k = 0; k < sum.values.size(); ++k) sum.values[k] += more.values[k];
  }
  double total = 0, least = NAN, most = NAN;
  int count = 0;
  for (double& value : sum.values) {
    if (setting.aggregation == "avg") value /= static_cast<double>(buffers.size());
    if (std::isnan(value)) continue;
    total += value;
    least = std::isnan(least) ? value : std::min(least, value);
    most = std::isnan(most) ? value : std::max(most, value);
    ++count;
  }
  std::vector<std::string> data;
  const std::int64_t missing = sum.from / frequency - request.from / frequency;
  if (request.with_padding) data.assign(static_cast<std::size_t>(std::max(missing, 0L)), "null");
  for (const double value : sum.values) data.push_back(fixed(value, 3));
  std::string out = "{";
  if (request.with_data && !data.empty()) out += "\"data\":[" + join(data) + "],";
  out += "\"from\":" + std::to_string(sum.from) + ",\"to\":" + std::to_string(sum.to) +
         ",\"resolution\":" + std::to_string(frequency);
  const bool stats = request.with_stats;
  out += ",\"avg\":" + (stats ? fixed(count == 0 ? NAN : total / count, 2) : "0.00");
  out += ",\"min\":" + (stats ? fixed(least, 2) : "0.00");
  return out + ",\"max\":" + (stats ? fixed(most, 2) : "0.00") + "}";
}

std::string FakeMetricStore::evaluate(const Request& request, const Query& query) const {
  if (!metrics.contains(query.metric)) return "[" + error("unknown metric") + "]";
  std::vector<std::string> results;
  for (const auto& buffers : select(query)) results.push_back(result(request, query, buffers));
  return "[" + join(results) + "]";
}

std::string FakeMetricStore::health(const std::string& body) const {
  JsonReader reader;
  std::vector<std::string> nodes, expected;
  each_member(must(reader.parse(body)), [&](const std::string& name, JsonValue value) {
    if (name == "nodes") {
      nodes = texts(value);
    } else if (name == "metric-names") {
      expected = texts(value);
    } else if (name != "cluster") {
      throw std::runtime_error("unknown key " + name);
    }
  });
  std::vector<std::string> out;
  for (const std::string& node : nodes) {
    std::vector<std::string> degraded, missing;
    const auto host = hosts_.find(node);
    for (const std::string& metric : expected) {
      bool any = false, stale = false;
      const std::int64_t frequency = metrics.contains(metric) ? metrics.at(metric).frequency : 60;
      for (const auto& [level, buffers] : host == hosts_.end() ? Levels() : host->second) {
        const auto buffer = buffers.find(metric);
        if (buffer == buffers.end()) continue;
        any = true;
        const auto size = static_cast<std::int64_t>(buffer->second.values.size());
        const std::int64_t end = buffer->second.first - frequency / 2 + frequency * size;
        stale = stale || now - end > 5 * frequency;
      }
      if (stale) degraded.push_back(quoted(metric));
      if (!any) missing.push_back(quoted(metric));
    }
    const std::size_t bad = degraded.size() + missing.size();
    const char* state = bad == 0 ? "full" : bad == expected.size() ? "failed" : "partial";
    const std::string lists =
        R"({"degraded":[)" + join(degraded) + R"(],"missing":[)" + join(missing) + "]}";
    out.push_back(quoted(node) + R"(:{"State":")" + state + R"(","HealthMetrics":)" +
                  quoted(host == hosts_.end() ? "" : lists) + "}");
  }
  return "{" + join(out) + "}";
}

HttpAnswer FakeMetricStore::answer(const HttpRequest& http) {
  std::lock_guard lock(mutex_);
  bodies_.push_back(http.body);
  HttpAnswer answer;
  if (!token.empty() && http.header("authorization") != "Bearer " + token) {
    answer.status = 401;
    answer.body = "invalid token";
    return answer;
  }
  if (http.method != "GET") {
    answer.status = 405;
    return answer;
  }
  try {
    if (http.path() == "/api/healthcheck") {
      answer.body = health(http.body);
      return answer;
    }
    Request request = parse(http.body);
    std::vector<std::string> generated, results;
    for (const std::string& metric : request.for_all_nodes) {
      for (const auto& [host, levels] : hosts_) {
        request.queries.push_back({metric, host, "", {}, false});
        generated.push_back(R"({"metric":)" + quoted(metric) + R"(,"host":)" + quoted(host) +
                            R"(,"resolution":0,"aggreg":false})");
      }
    }
    queries_ += request.queries.size();
    for (const Query& query : request.queries) results.push_back(evaluate(request, query));
    const std::string queries = generated.empty() ? "" : "\"queries\":[" + join(generated) + "],";
    answer.body = "{" + queries + "\"results\":[" + join(results) + "]}";
  } catch (const std::exception& e) {
    answer.status = 400;
    answer.body = e.what();
  }
  return answer;
}

}  // namespace jobledger::test
