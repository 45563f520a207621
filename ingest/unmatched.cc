// SPDX-License-Identifier: MIT
#include "ingest/unmatched.h"

#include "schema/json_write.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace jobledger::ingest {
namespace {

void add_count(NameCount& sum, const NameCount& more) {
  sum.count += more.count;
  sum.example = more.example;
  sum.time = more.time;
}

void sort_names(std::vector<NameCount>& names) {
  std::sort(names.begin(), names.end(), [](const NameCount& a, const NameCount& b) {
    return std::tie(b.count, a.cluster, a.name) < std::tie(a.count, b.cluster, b.name);
  });
}

void write_text(std::string& out, std::string_view member, std::string_view text) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(member).append("\":");
  schema::write_json_string(out, text);
}

void write_int(std::string& out, std::string_view member, std::int64_t value) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(member).append("\":");
  schema::write_json_int(out, value);
}

void write_names(std::string& out, std::string_view member, const std::vector<NameCount>& names) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(member).append("\":[");
  for (const NameCount& name : names) {
    if (out.back() != '[') out += ',';
    out += '{';
    if (!name.cluster.empty()) write_text(out, "cluster", name.cluster);
    write_text(out, "name", name.name);
    write_int(out, "count", static_cast<std::int64_t>(name.count));
    write_int(out, "last_time", name.time);
    write_text(out, "last_example", name.example);
    out += '}';
  }
  out += ']';
}

}  // namespace

std::string unmatched_json(const UnmatchedReport& report) {
  std::string out = "{";
  write_names(out, "metrics", report.metrics);
  write_names(out, "hosts", report.hosts);
  write_names(out, "clusters", report.clusters);
  write_names(out, "clocks", report.clocks);
  write_names(out, "refused", report.refused);
  write_names(out, "members", report.members);
  out += ",\"beyond\":{";
  for (std::size_t kind = 0; kind < report.beyond.size(); ++kind) {
    const std::string member = std::string(to_string(static_cast<UnmatchedKind>(kind))) + "s";
    write_int(out, member, static_cast<std::int64_t>(report.beyond[kind]));
  }
  return out + "}}";
}

void Unmatched::add(const MetricTally& tally) {
  std::lock_guard lock(mutex_);
  for (std::size_t kind = 0; kind < names_.size(); ++kind) {
    Names& names = names_[kind];
    beyond_[kind] += tally.unmatched_beyond[kind];
    for (const NameCount& more : tally.unmatched[kind]) {
      std::string key = more.cluster + "\n" + more.name;
      const auto found = names.find(key);
      if (found != names.end()) {
        add_count(found->second, more);
      } else if (names.size() < max_names_) {
        names.emplace(std::move(key), more);
      } else {
        beyond_[kind] += more.count;
      }
    }
  }
  for (std::size_t i = 0; i < refused_.size(); ++i) {
    if (tally.refused[i].count == 0) continue;
    refused_[i].name = tally.refused[i].name;
    add_count(refused_[i], tally.refused[i]);
  }
}

void Unmatched::add(const std::vector<NameCount>& members) {
  std::lock_guard lock(mutex_);
  for (const NameCount& more : members) {
    const bool has_place = members_.contains(more.name) || members_.size() < max_names_;
    NameCount& sum = members_[has_place ? more.name : "other"];
    if (sum.name.empty()) sum.name = has_place ? more.name : "other";
    add_count(sum, more);
  }
}

void Unmatched::count(MetricStatus& status) const {
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < refused_.size(); ++i) status.refused[i] = refused_[i].count;
  for (std::size_t i = 0; i < names_.size(); ++i) status.unmatched[i] = names_[i].size();
}

UnmatchedReport Unmatched::report() const {
  UnmatchedReport report;
  std::vector<NameCount>* lists[] = {&report.metrics, &report.hosts, &report.clusters,
                                     &report.clocks};
  static_assert(std::size(lists) == kUnmatchedKindCount);
  {
    std::lock_guard lock(mutex_);
    for (std::size_t kind = 0; kind < names_.size(); ++kind) {
      for (const auto& [key, name] : names_[kind]) lists[kind]->push_back(name);
    }
    for (const NameCount& refused : refused_) {
      if (refused.count > 0) report.refused.push_back(refused);
    }
    for (const auto& [name, member] : members_) report.members.push_back(member);
    report.beyond = beyond_;
  }
  for (std::vector<NameCount>* names : lists) sort_names(*names);
  sort_names(report.refused);
  sort_names(report.members);
  return report;
}

}  // namespace jobledger::ingest
