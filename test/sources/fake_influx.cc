// SPDX-License-Identifier: MIT
#include "test/sources/fake_influx.h"

#include "schema/json_read.h"
#include "schema/json_write.h"

#include <stdexcept>

namespace jobledger::test {
namespace {

HttpAnswer refusal(int status, const std::string& code, const std::string& message) {
  HttpAnswer answer;
  answer.status = status;
  answer.headers["Content-Type"] = "application/json; charset=utf-8";
  answer.body = "{\"code\":\"" + code + "\",\"message\":";
  schema::write_json_string(answer.body, message);
  answer.body += "}";
  return answer;
}

std::string query_of(const std::string& body) {
  schema::JsonReader reader;
  std::string query;
  auto document = reader.parse(body);
  if (!document) throw std::runtime_error(document.error().detail);
  const auto done = document->each_member(
      [&query](std::string_view name, schema::JsonValue value) -> Result<void> {
        if (name == "query") {
          TRY(query, value.as_string());
        }
        return {};
      });
  if (!done) throw std::runtime_error(done.error().detail);
  return query;
}

}  // namespace

void FakeInflux::put(const std::string& host, const std::string& metric, const std::string& type,
                     const std::string& id, std::int64_t time, double value) {
  flux::Point point{metric, {{"cluster", "big"}, {"hostname", host}}, time, value};
  if (!type.empty()) point.tags["type"] = type;
  if (!id.empty()) point.tags["type-id"] = id;
  database.points.push_back(std::move(point));
}

std::vector<std::string> FakeInflux::queries() const {
  std::lock_guard lock(mutex_);
  return queries_;
}

HttpAnswer FakeInflux::answer(const HttpRequest& request) {
  if (request.path() != "/api/v2/query" || request.method != "POST") {
    return refusal(404, "not found", "path not found");
  }
  if (!token.empty() && request.header("authorization") != "Token " + token) {
    return refusal(401, "unauthorized", "unauthorized access");
  }
  if (request.target.substr(request.target.find('?') + 1) != "org=" + org) {
    return refusal(404, "not found", "organization not found");
  }
  try {
    const std::string query = query_of(request.body);
    {
      std::lock_guard lock(mutex_);
      queries_.push_back(query);
    }
    HttpAnswer answer;
    answer.headers["Content-Type"] = "text/csv; charset=utf-8";
    answer.body = flux::to_csv(flux::evaluate(query, database));
    if (!broken_metric.empty() && query.find("\"" + broken_metric + "\"") != std::string::npos) {
      answer.body +=
          "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n"
          ",\"unsupported input type for mean aggregate: string\",\r\n";
    }
    return answer;
  } catch (const std::exception& e) {
    return refusal(400, "invalid", e.what());
  }
}

}  // namespace jobledger::test
