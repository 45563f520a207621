// SPDX-License-Identifier: MIT
#include "httpd/rest/metric_request.h"

#include "schema/json_fields.h"
#include "schema/json_read.h"

#include <algorithm>

namespace jobledger::httpd {
namespace {

using schema::JsonReader;
using schema::JsonValue;
using schema::read_field;
using schema::read_time;

schema::JsonLimits limits_of(std::size_t max_bytes) {
  return {.max_bytes = std::max<std::size_t>(max_bytes, 1024), .keep_bytes = 4096};
}

Result<void> read_query_member(std::string_view name, JsonValue value, MetricStoreQuery& query) {
  if (name == "metric") return read_field(value, query.metric);
  if (name == "host") return read_field(value, query.hostname);
  if (name == "type") return read_field(value, query.type);
  if (name == "subtype") return read_field(value, query.subtype);
  if (name == "type-ids") return read_field(value, query.type_ids);
  if (name == "subtype-ids") return read_field(value, query.subtype_ids);
  if (name == "aggreg") return read_field(value, query.aggregate);
  if (name == "resolution") return read_field(value, query.resolution);
  if (name == "scale-by") return read_field(value, query.scale);
  return {};
}

Result<void> read_queries(JsonValue value, std::vector<MetricStoreQuery>& out) {
  if (value.is_null()) return {};
  out.reserve(value.size());
  return value.each_element([&out](std::size_t, JsonValue element) -> Result<void> {
    MetricStoreQuery& query = out.emplace_back();
    TRY(element.each_member([&query](std::string_view name, JsonValue member) -> Result<void> {
      return read_query_member(name, member, query);
    }));
    if (query.type == "node") query.type.clear();
    return {};
  });
}

Result<void> read_member(std::string_view name, JsonValue value, MetricStoreRequest& request) {
  if (name == "cluster") return read_field(value, request.cluster);
  if (name == "from") return read_time(value, request.from);
  if (name == "to") return read_time(value, request.to);
  if (name == "with-stats") return read_field(value, request.statistics);
  if (name == "with-data") return read_field(value, request.values);
  if (name == "with-padding") return read_field(value, request.padding);
  if (name == "full-precision") return read_field(value, request.full_precision);
  if (name == "for-all-nodes") return read_field(value, request.for_all_nodes);
  if (name == "queries") return read_queries(value, request.queries);
  return {};
}

}  // namespace

Result<MetricStoreRequest> parse_metric_store_request(std::string_view body,
                                                      std::size_t max_bytes) {
  JsonReader reader(limits_of(max_bytes));
  TRY(const JsonValue document, reader.parse(body));
  MetricStoreRequest request;
  TRY(document.each_member([&request](std::string_view name, JsonValue value) -> Result<void> {
    return read_member(name, value, request);
  }));
  return request;
}

Result<HealthRequest> parse_health_request(std::string_view body, std::size_t max_bytes) {
  JsonReader reader(limits_of(max_bytes));
  TRY(const JsonValue document, reader.parse(body));
  HealthRequest request;
  TRY(document.each_member([&request](std::string_view name, JsonValue value) -> Result<void> {
    if (name == "cluster") return read_field(value, request.cluster);
    if (name == "nodes") return read_field(value, request.nodes);
    if (name == "metric-names") return read_field(value, request.metrics);
    return {};
  }));
  return request;
}

Result<void> check_free_request(std::string_view body, std::size_t max_bytes) {
  JsonReader reader(limits_of(max_bytes));
  TRY(const JsonValue document, reader.parse(body));
  return document.each_element([](std::size_t, JsonValue selector) -> Result<void> {
    return selector.each_element([](std::size_t, JsonValue name) -> Result<void> {
      TRY(name.as_string());
      return {};
    });
  });
}

}  // namespace jobledger::httpd
