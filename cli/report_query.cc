// SPDX-License-Identifier: MIT
#include "cli/report_query.h"

#include "schema/json_object.h"

#include <fmt/format.h>

#include <string_view>

namespace jobledger::cli {
namespace {

constexpr std::string_view kHardware =
    "{ clusters { name subClusters { name processorType socketsPerNode coresPerSocket "
    "threadsPerCore footprint topology { accelerators { model } } metricConfig { name scope "
    "timestep peak unit { base prefix } } } } }";

constexpr std::string_view kSeries = "coverage statistics { min avg max }";

std::string metrics_query(const MetricQuestion& question) {
  std::string query = fmt::format(
      "query($id: ID!, $metrics: [String!], $resolution: Int) {{ nodes: jobMetrics(id: $id, "
      "metrics: $metrics, scopes: [\"node\"], resolution: $resolution) {{ name scope metric {{ "
      "unit {{ base prefix }} timestep coverage series {{ hostname {}{} }} statisticsSeries {{ "
      "mean median }} }} }}",
      kSeries, question.curves_of_nodes ? " data" : "");
  if (question.accelerators) {
    query += fmt::format(
        " accelerators: jobMetrics(id: $id, metrics: $metrics, scopes: [\"accelerator\"], "
        "resolution: $resolution) {{ name scope metric {{ series {{ hostname id {} }} }} }}",
        kSeries);
  }
  return query + " }";
}

std::string request(std::string_view query, std::string_view variables) {
  std::string out;
  schema::JsonObject body(out);
  body.text("query", query);
  if (!variables.empty()) body.raw("variables", variables);
  body.close();
  return out;
}

}  // namespace

std::string hardware_request() { return request(kHardware, {}); }

std::string metrics_request(const MetricQuestion& question) {
  std::string variables;
  schema::JsonObject members(variables);
  members.text("id", fmt::format("{}", question.id));
  members.texts("metrics", question.metrics);
  members.integer("resolution", question.resolution);
  members.close();
  return request(metrics_query(question), variables);
}

std::string notes_request(std::int64_t id) {
  std::string variables;
  schema::JsonObject members(variables);
  members.text("id", fmt::format("{}", id));
  members.close();
  return request("query($id: ID!) { jobMetricNotes(id: $id) { metric text } }", variables);
}

}  // namespace jobledger::cli
