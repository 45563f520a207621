// SPDX-License-Identifier: MIT
#include "httpd/graphql/filter_input.h"

#include "base/ascii.h"
#include "httpd/graphql/answer.h"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <utility>

namespace jobledger::httpd {
namespace jobs = storage::jobs;
using graphql::Value;
using jobs::StringMatch;

namespace {

// A member that is there and not null.
const Value* given(const Value& input, std::string_view name) {
  const Value* value = input.find(name);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

constexpr std::array<std::pair<std::string_view, StringMatch::Kind>, 6> kStringMembers = {{
    {"eq", StringMatch::Kind::eq},
    {"neq", StringMatch::Kind::neq},
    {"startsWith", StringMatch::Kind::starts_with},
    {"endsWith", StringMatch::Kind::ends_with},
    {"contains", StringMatch::Kind::contains},
    {"in", StringMatch::Kind::in},
}};

std::optional<StringMatch> string_match(const Value& filter, std::string_view member) {
  const Value* input = given(filter, member);
  if (input == nullptr) return std::nullopt;
  for (const auto& [name, kind] : kStringMembers) {
    const Value* value = given(*input, name);
    if (value == nullptr) continue;
    StringMatch match;
    match.kind = kind;
    if (value->is_list()) {
      for (const Value& item : value->list()) match.values.push_back(item.string());
    } else {
      match.values.push_back(value->string());
    }
    return match;
  }
  return std::nullopt;
}

template <class T>
jobs::Range<T> range_of(const Value& input) {
  const auto bound = [&](std::string_view name) {
    if constexpr (std::is_same_v<T, double>) {
      return input[name].number();
    } else {
      return input[name].integer();
    }
  };
  const T from = bound("from"), to = bound("to");
  jobs::Range<T> range;
  if (from < 0 || to < 0) return range;
  if (from > 0) range.from = from;
  if (to > 0) range.to = to;
  return range;
}

template <class T>
void read_range(const Value& filter, std::string_view member, jobs::Range<T>& range) {
  if (const Value* input = given(filter, member)) range = range_of<T>(*input);
}

void read_time_range(const Value& filter, std::int64_t now, jobs::Range<std::int64_t>& range) {
  constexpr std::int64_t kHour = 3600;
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kNamed = {{
      {"last6h", 6 * kHour},
      {"last24h", 24 * kHour},
      {"last7d", 7 * 24 * kHour},
      {"last30d", 30 * 24 * kHour},
  }};
  const Value* input = given(filter, "startTime");
  if (input == nullptr) return;
  const Value *from = given(*input, "from"), *to = given(*input, "to");
  if (from != nullptr) range.from = from->integer();
  if (to != nullptr) range.to = to->integer();
  const Value* name = given(*input, "range");
  if (from != nullptr || to != nullptr || name == nullptr) return;
  for (const auto& [known, span] : kNamed) {
    if (name->string() == known) range.from = now - span;
  }
}

std::optional<std::vector<std::int64_t>> id_list(const Value& filter, std::string_view member) {
  const Value* input = given(filter, member);
  if (input == nullptr) return std::nullopt;
  std::vector<std::int64_t> ids;
  for (const Value& item : input->list()) {
    // Nothing has an id that is no number.
    if (const auto id = parse_id(item.string())) ids.push_back(*id);
  }
  return ids;
}

bool is_footprint_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
}

void match_nothing(jobs::JobFilter& filter) { filter.ids.emplace(); }

void read_states(const Value& input, jobs::JobFilter& filter) {
  const Value* states = given(input, "state");
  if (states == nullptr) return;
  filter.states.emplace();
  for (const Value& item : states->list()) {
    if (const auto state = schema::parse_job_state(item.string())) filter.states->push_back(*state);
  }
}

void read_words(const Value& input, jobs::JobFilter& filter) {
  if (const Value* shared = given(input, "shared")) {
    filter.shared = schema::parse_sharing(shared->string());
    if (!filter.shared) match_nothing(filter);
  }
  if (const Value* schedule = given(input, "schedule")) {
    if (schedule->string() == "interactive") filter.schedule = jobs::Schedule::interactive;
    if (schedule->string() == "batch") filter.schedule = jobs::Schedule::batch;
  }
}

void read_footprints(const Value& input, jobs::JobFilter& filter) {
  const Value* items = given(input, "metricStats");
  if (items == nullptr) return;
  for (const Value& item : items->list()) {
    const std::string& key = item["metricName"].string();
    if (!is_footprint_key(key)) match_nothing(filter);
    filter.footprint.push_back({key, range_of<double>(item["range"])});
  }
}

jobs::JobFilter job_filter(const Value& input, std::int64_t now) {
  jobs::JobFilter filter;
  filter.ids = id_list(input, "dbId");
  filter.tag_ids = id_list(input, "tags");
  filter.job_id = string_match(input, "jobId");
  filter.user = string_match(input, "user");
  filter.project = string_match(input, "project");
  filter.cluster = string_match(input, "cluster");
  filter.sub_cluster = string_match(input, "subCluster");
  filter.partition = string_match(input, "partition");
  filter.job_name = string_match(input, "jobName");
  filter.node = string_match(input, "node");
  if (const Value* array = given(input, "arrayJobId")) filter.array_job_id = array->integer();
  read_range(input, "duration", filter.duration);
  read_range(input, "energy", filter.energy);
  read_range(input, "numNodes", filter.num_nodes);
  read_range(input, "numAccelerators", filter.num_acc);
  read_range(input, "numHWThreads", filter.num_hwthreads);
  read_time_range(input, now, filter.start_time);
  read_states(input, filter);
  read_words(input, filter);
  read_footprints(input, filter);
  return filter;
}

}  // namespace

std::vector<jobs::JobFilter> job_filters(const Value& list, std::int64_t now) {
  std::vector<jobs::JobFilter> filters;
  if (list.is_null()) return filters;
  for (const Value& input : list.list()) filters.push_back(job_filter(input, now));
  return filters;
}

Result<jobs::Order> job_order(const Value& input) {
  jobs::Order order;
  if (input.is_null()) return order;
  const std::string& field = input["field"].string();
  order.descending = input["order"].string() == "DESC";
  if (input["type"].string() == "col") {
    const auto column = jobs::parse_order_column(field);
    if (!column) return invalid("order: jobs cannot be ordered by \"" + field + "\"");
    order.column = *column;
  } else {
    if (!is_footprint_key(field)) {
      return invalid("order: \"" + field + "\" is no footprint key such as mem_used_max");
    }
    order.footprint_key = field;
  }
  return order;
}

Result<PageRequest> page_request(const Value& input) {
  PageRequest request;
  if (input.is_null()) return request;
  const std::int64_t size = input["itemsPerPage"].integer(), page = input["page"].integer();
  if (size != -1 && size < 1) {
    return invalid("page: itemsPerPage must be positive, or -1 for all");
  }
  request.page = page < 1 ? 1 : static_cast<std::uint64_t>(page);
  request.items_per_page.reset();
  if (size != -1) request.items_per_page = static_cast<std::uint64_t>(size);
  return request;
}

std::vector<NodeFilter> node_filters(const Value& list) {
  std::vector<NodeFilter> filters;
  if (list.is_null()) return filters;
  for (const Value& input : list.list()) {
    NodeFilter& filter = filters.emplace_back();
    filter.hostname = string_match(input, "hostname");
    filter.cluster = string_match(input, "cluster");
    filter.sub_cluster = string_match(input, "subCluster");
    if (const Value* state = given(input, "schedulerState")) {
      filter.scheduler_state = schema::parse_scheduler_state(state->string());
      if (!filter.scheduler_state) filter.matches_nothing = true;
    }
    if (const Value* state = given(input, "healthState")) {
      filter.health_state = schema::parse_monitoring_state(state->string());
      if (!filter.health_state) filter.matches_nothing = true;
    }
    if (const Value* start = given(input, "timeStart")) filter.time_start = start->integer();
  }
  return filters;
}

bool NodeFilter::matches(const storage::NodeState& node) const {
  if (matches_nothing) return false;
  if (hostname && !httpd::matches(*hostname, node.hostname)) return false;
  if (cluster && !httpd::matches(*cluster, node.cluster)) return false;
  if (sub_cluster && !httpd::matches(*sub_cluster, node.sub_cluster)) return false;
  if (scheduler_state && *scheduler_state != node.scheduler_state) return false;
  return !health_state || *health_state == node.health_state;
}

bool matches_all(const std::vector<NodeFilter>& filters, const storage::NodeState& node) {
  return std::all_of(filters.begin(), filters.end(),
                     [&](const NodeFilter& filter) { return filter.matches(node); });
}

bool matches(const StringMatch& match, std::string_view text) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const auto same = [&](char a, char b) { return lower(a) == lower(b); };
  const auto equal = [&](std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
  };
  if (match.kind == StringMatch::Kind::in) {
    return std::find(match.values.begin(), match.values.end(), text) != match.values.end();
  }
  const std::string_view value = match.values.at(0);
  const bool fits = value.size() <= text.size();
  switch (match.kind) {
    case StringMatch::Kind::eq:
      return text == value;
    case StringMatch::Kind::neq:
      return text != value;
    case StringMatch::Kind::starts_with:
      return fits && equal(text.substr(0, value.size()), value);
    case StringMatch::Kind::ends_with:
      return fits && equal(text.substr(text.size() - value.size()), value);
    case StringMatch::Kind::contains:
      return value.empty() ||
             std::search(text.begin(), text.end(), value.begin(), value.end(), same) != text.end();
    case StringMatch::Kind::in:
      break;
  }
  return false;
}

}  // namespace jobledger::httpd
