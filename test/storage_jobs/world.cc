// SPDX-License-Identifier: MIT
#include "test/storage_jobs/reference.h"

#include <algorithm>
#include <sstream>

namespace jobledger::storage::jobs::test {

namespace {

using Kind = StringMatch::Kind;
using schema::JobState;
using schema::MonitoringStatus;

// Mixed case, and texts that contain each other: "User1", "user11", ...
std::string name(std::string_view prefix, std::int64_t number) {
  std::string text(prefix);
  if (number % 3 == 0) text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text + std::to_string(number);
}

}  // namespace

World::World(Dictionaries& dictionaries, std::uint64_t seed)
    : dictionaries_(dictionaries), random_(seed) {
  dictionaries_.intern(Dictionary::job_name, "interactive");
}

std::int64_t World::pick(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
}

StringId World::text(Dictionary dictionary, std::string_view prefix, int count) {
  return dictionaries_.intern(dictionary, name(prefix, pick(0, count - 1)));
}

void World::finish(Row& row) {
  row.state = static_cast<JobState>(pick(0, schema::kJobStateCount - 1));
  if (row.state == JobState::running) row.state = JobState::completed;
  row.duration = static_cast<std::int32_t>(pick(0, 90'000));
  row.monitoring_status = static_cast<MonitoringStatus>(pick(0, 3));
  row.energy = chance(80) ? static_cast<double>(pick(0, 100'000)) / 100.0
                          : static_cast<double>(pick(1, 1'000'000)) / 7.0;
  row.footprint.clear();
  for (int key = 0; key < 5; ++key) {
    if (!chance(key == 4 ? 5 : 70)) continue;
    const StringId id =
        dictionaries_.intern(Dictionary::footprint_key, name("metric", key) + "_avg");
    const double value = key == 0 ? static_cast<double>(pick(-5, 5)) / 3.0
                                  : static_cast<double>(pick(-500, 20'000)) / 100.0;
    row.footprint.emplace_back(id, value);
  }
  std::sort(row.footprint.begin(), row.footprint.end());
}

Row World::make_row(std::int64_t id) {
  Row row;
  row.id = id;
  row.revision = 1;
  row.job_id = chance(95) ? pick(1, 3'000) : pick(-5, std::int64_t{1} << 40);
  row.array_job_id = chance(70) ? 0 : pick(1, 20);
  row.start_time = kNow - pick(-100, 500);  // many ties; some lie in the future
  row.walltime = pick(0, 48) * 3'600;
  row.num_nodes = static_cast<std::int32_t>(pick(1, 4));
  row.num_acc = chance(70) ? 0 : static_cast<std::int32_t>(pick(1, 8));
  row.num_hwthreads = row.num_nodes * 72;
  row.smt = static_cast<std::int32_t>(pick(-1, 2));
  row.shared = static_cast<schema::Sharing>(pick(0, 2));
  row.cluster = text(Dictionary::cluster, "cluster", 3);
  row.sub_cluster = text(Dictionary::sub_cluster, "sub", 3);
  row.partition = chance(90) ? text(Dictionary::partition, "part", 4) : kNoString;
  row.project = text(Dictionary::project, "project", 12);
  row.user = text(Dictionary::user, "user", 40);
  row.job_name = chance(20)   ? kNoString
                 : chance(10) ? dictionaries_.intern(Dictionary::job_name, "interactive")
                              : text(Dictionary::job_name, "run", 200);
  for (int i = 0; i < row.num_nodes; ++i)
    if (chance(97)) row.hosts.push_back(text(Dictionary::host, "node", 30));
  std::sort(row.hosts.begin(), row.hosts.end());
  row.hosts.erase(std::unique(row.hosts.begin(), row.hosts.end()), row.hosts.end());
  for (std::uint32_t tag = 1; tag <= 5; ++tag)
    if (chance(4)) row.tags.push_back(tag);
  if (chance(75)) finish(row);
  return row;
}

Row World::change(Row row) {
  ++row.revision;
  if (row.state == JobState::running || chance(20)) {
    finish(row);
  } else if (row.monitoring_status == MonitoringStatus::running_or_archiving) {
    row.monitoring_status = MonitoringStatus::archived;
  } else if (chance(50)) {
    row.tags = {static_cast<std::uint32_t>(pick(1, 6))};
  } else {
    row.partition = text(Dictionary::partition, "part", 5);
  }
  return row;
}

StringMatch World::make_match(std::string_view prefix, int count) {
  StringMatch match;
  match.kind = static_cast<Kind>(pick(0, 5));
  std::string value = name(prefix, pick(0, count));  // the last one does not exist
  switch (match.kind) {
    case Kind::eq:
    case Kind::neq:
      match.values = {value};
      break;
    case Kind::in:
      for (std::int64_t i = pick(0, 3); i > 0; --i)
        match.values.push_back(name(prefix, pick(0, count)));
      break;
    case Kind::starts_with:
      match.values = {value.substr(0, value.size() - 1)};
      break;
    case Kind::ends_with:
      match.values = {value.substr(value.size() / 2)};
      break;
    case Kind::contains:
      match.values = {value.substr(static_cast<std::size_t>(pick(1, 3)), 3)};
      for (char& c : match.values[0]) c = c >= 'a' && chance(50) ? static_cast<char>(c - 32) : c;
      break;
  }
  return match;
}

JobFilter World::make_filter() {
  JobFilter filter;
  const auto list = [&](std::int64_t high) {
    std::vector<std::int64_t> values;
    for (std::int64_t i = pick(0, 6); i > 0; --i) values.push_back(pick(0, high));
    return values;
  };
  const auto range = [&](std::int64_t low, std::int64_t high) {
    Range<std::int64_t> result;
    if (chance(70)) result.from = pick(low, high);
    if (chance(70)) result.to = pick(low, high) + (result.from ? *result.from - low : 0);
    return result;
  };
  for (std::int64_t members = pick(0, 3); members > 0; --members) {
    switch (pick(0, 21)) {
      case 0:
        filter.ids = list(400);
        break;
      case 1:
        filter.tag_ids = list(6);
        break;
      case 2: {
        filter.job_id = make_match("number", 2);
        const bool folded = filter.job_id->kind == Kind::starts_with ||
                            filter.job_id->kind == Kind::ends_with ||
                            filter.job_id->kind == Kind::contains;
        for (std::string& value : filter.job_id->values)
          value = std::to_string(pick(folded ? 0 : 1, folded ? 30 : 3'000));
        break;
      }
      case 3:
        filter.user = make_match("user", 40);
        break;
      case 4:
        filter.project = make_match("project", 12);
        break;
      case 5:
        filter.cluster = make_match("cluster", 3);
        break;
      case 6:
        filter.sub_cluster = make_match("sub", 3);
        break;
      case 7:
        filter.partition = make_match("part", 5);
        break;
      case 8:
        filter.job_name = make_match("run", 200);
        break;
      case 9:
        filter.node = make_match("node", 30);
        break;
      case 10:
        filter.array_job_id = pick(0, 20);
        break;
      case 11:
        filter.duration = range(0, 2'000);
        break;
      case 12:
        filter.num_nodes = range(1, 4);
        break;
      case 13:
        filter.num_acc = range(0, 8);
        break;
      case 14:
        filter.num_hwthreads = range(72, 300);
        break;
      case 15:
        filter.start_time = range(kNow - 500, kNow);
        break;
      case 16: {
        std::vector<JobState> states;
        for (std::int64_t i = pick(0, 4); i > 0; --i)
          states.push_back(static_cast<JobState>(pick(0, schema::kJobStateCount - 1)));
        filter.states = states;
        break;
      }
      case 17:
        filter.shared = static_cast<schema::Sharing>(pick(0, 2));
        break;
      case 18:
        filter.schedule = chance(50) ? Schedule::interactive : Schedule::batch;
        break;
      case 19:
        filter.energy.from = static_cast<double>(pick(0, 100'000)) / 100.0;
        break;
      case 20:
        filter.energy.to = static_cast<double>(pick(0, 100'000)) / 100.0;
        break;
      default: {
        FootprintRange wanted;
        wanted.key = name("metric", pick(0, 5)) + "_avg";
        if (chance(70)) wanted.range.from = static_cast<double>(pick(-500, 15'000)) / 100.0;
        if (chance(40)) wanted.range.to = static_cast<double>(pick(-500, 20'000)) / 100.0;
        filter.footprint.push_back(wanted);
      }
    }
  }
  return filter;
}

Order World::make_order() {
  Order order;
  order.descending = chance(50);
  if (chance(30))
    order.footprint_key = name("metric", pick(0, 5)) + "_avg";
  else
    order.column =
        static_cast<OrderColumn>(pick(0, static_cast<std::int64_t>(OrderColumn::array_job_id)));
  return order;
}

std::string describe(const JobFilter& filter) {
  std::ostringstream out;
  const auto numbers = [&](const char* label, const auto& values) {
    if (!values) return;
    out << label << "=[";
    for (const auto value : *values) out << static_cast<std::int64_t>(value) << ' ';
    out << "] ";
  };
  const auto match = [&](const char* label, const std::optional<StringMatch>& wanted) {
    if (!wanted) return;
    out << label << '(' << static_cast<int>(wanted->kind) << ")=[";
    for (const std::string& value : wanted->values) out << value << ' ';
    out << "] ";
  };
  const auto range = [&](const char* label, const auto& wanted) {
    if (wanted.from) out << label << ">=" << *wanted.from << ' ';
    if (wanted.to) out << label << "<=" << *wanted.to << ' ';
  };
  numbers("ids", filter.ids);
  numbers("tags", filter.tag_ids);
  numbers("states", filter.states);
  match("job_id", filter.job_id);
  match("user", filter.user);
  match("project", filter.project);
  match("cluster", filter.cluster);
  match("sub_cluster", filter.sub_cluster);
  match("partition", filter.partition);
  match("job_name", filter.job_name);
  match("node", filter.node);
  if (filter.array_job_id) out << "array_job_id=" << *filter.array_job_id << ' ';
  range("duration", filter.duration);
  range("num_nodes", filter.num_nodes);
  range("num_acc", filter.num_acc);
  range("num_hwthreads", filter.num_hwthreads);
  range("energy", filter.energy);
  range("start_time", filter.start_time);
  if (filter.shared) out << "shared=" << static_cast<int>(*filter.shared) << ' ';
  if (filter.schedule) out << "schedule=" << static_cast<int>(*filter.schedule) << ' ';
  for (const FootprintRange& wanted : filter.footprint) range(wanted.key.c_str(), wanted.range);
  return out.str();
}

std::string describe(const Order& order) {
  return (order.footprint_key.empty() ? "column " + std::to_string(static_cast<int>(order.column))
                                      : order.footprint_key) +
         (order.descending ? " desc" : " asc");
}

}  // namespace jobledger::storage::jobs::test
