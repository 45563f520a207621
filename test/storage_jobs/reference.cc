// SPDX-License-Identifier: MIT
#include "test/storage_jobs/reference.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

namespace jobledger::storage::jobs::test {

namespace {

using Kind = StringMatch::Kind;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool matches(const std::string& text, const StringMatch& match) {
  const std::string value = match.values.empty() ? "" : match.values.front();
  const std::string low = lower(text), low_value = lower(value);
  switch (match.kind) {
    case Kind::eq:
      return text == value;
    case Kind::neq:
      return text != value;
    case Kind::in:
      return std::find(match.values.begin(), match.values.end(), text) != match.values.end();
    case Kind::starts_with:
      return low.rfind(low_value, 0) == 0;
    case Kind::ends_with:
      return low.size() >= low_value.size() &&
             low.substr(low.size() - low_value.size()) == low_value;
    case Kind::contains:
      return low.find(low_value) != std::string::npos;
  }
  return false;
}

template <class T, class U>
bool in_range(const Range<T>& range, U value) {
  return (!range.from || value >= *range.from) && (!range.to || value <= *range.to);
}

std::int64_t live_duration(const Row& row, std::int64_t now) {
  if (row.state != schema::JobState::running) return row.duration;
  return std::max<std::int64_t>(0, now - row.start_time);
}

std::optional<double> footprint_of(const Row& row, std::optional<StringId> key) {
  for (const auto& [of, value] : row.footprint)
    if (key && of == *key) return value;
  return std::nullopt;
}

template <class T>
int compare(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

template <class T>
bool shared_element(const std::vector<T>& a, const std::vector<std::int64_t>& b) {
  return std::any_of(a.begin(), a.end(), [&](T value) {
    return std::find(b.begin(), b.end(), std::int64_t{value}) != b.end();
  });
}

}  // namespace

std::string Reference::text(Dictionary dictionary, StringId id) const {
  return id == kNoString ? "" : std::string(dictionaries_->text(dictionary, id));
}

bool Reference::text_matches(Dictionary dictionary, StringId id, const StringMatch& match) const {
  if (id == kNoString) return match.kind == Kind::neq;
  return test::matches(text(dictionary, id), match);
}

bool Reference::matches(const Row& row, const JobFilter& filter, std::int64_t now) const {
  const auto contains = [](const auto& list, auto value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  const auto texts = [&](const auto& match, Dictionary dictionary, StringId id) {
    return !match || text_matches(dictionary, id, *match);
  };
  if (filter.ids && !contains(*filter.ids, row.id)) return false;
  if (filter.tag_ids && !shared_element(row.tags, *filter.tag_ids)) return false;
  if (filter.job_id && !test::matches(std::to_string(row.job_id), *filter.job_id)) return false;
  if (!texts(filter.user, Dictionary::user, row.user) ||
      !texts(filter.project, Dictionary::project, row.project) ||
      !texts(filter.cluster, Dictionary::cluster, row.cluster) ||
      !texts(filter.sub_cluster, Dictionary::sub_cluster, row.sub_cluster) ||
      !texts(filter.partition, Dictionary::partition, row.partition) ||
      !texts(filter.job_name, Dictionary::job_name, row.job_name))
    return false;
  if (filter.node) {
    StringMatch match = *filter.node;
    const bool negated = match.kind == Kind::neq;
    if (negated) match.kind = Kind::eq;
    bool any = false;
    for (const StringId host : row.hosts)
      any = any || test::matches(text(Dictionary::host, host), match);
    if (any == negated) return false;
  }
  if (filter.array_job_id && row.array_job_id != *filter.array_job_id) return false;
  if (!in_range(filter.duration, live_duration(row, now)) ||
      !in_range(filter.num_nodes, row.num_nodes) || !in_range(filter.num_acc, row.num_acc) ||
      !in_range(filter.num_hwthreads, row.num_hwthreads) || !in_range(filter.energy, row.energy) ||
      !in_range(filter.start_time, row.start_time))
    return false;
  if (filter.states && !contains(*filter.states, row.state)) return false;
  if (filter.shared && row.shared != *filter.shared) return false;
  if (filter.schedule) {
    const bool interactive =
        row.job_name != kNoString && text(Dictionary::job_name, row.job_name) == "interactive";
    if (interactive != (*filter.schedule == Schedule::interactive)) return false;
  }
  return std::all_of(filter.footprint.begin(), filter.footprint.end(), [&](const auto& wanted) {
    const auto value =
        footprint_of(row, dictionaries_->find(Dictionary::footprint_key, wanted.key));
    return value && in_range(wanted.range, *value);
  });
}

bool Reference::before(const Row& a, const Row& b, const Order& order, std::int64_t now) const {
  const auto by_text = [&](Dictionary dictionary, StringId left, StringId right) {
    if (left == kNoString || right == kNoString)
      return compare(left != kNoString, right != kNoString);
    return compare(text(dictionary, left), text(dictionary, right));
  };
  int result = 0;
  if (!order.footprint_key.empty()) {
    const auto key = dictionaries_->find(Dictionary::footprint_key, order.footprint_key);
    result = compare(footprint_of(a, key), footprint_of(b, key));  // nothing < something
  } else {
    switch (order.column) {
      case OrderColumn::id:
        break;
      case OrderColumn::job_id:
        result = compare(a.job_id, b.job_id);
        break;
      case OrderColumn::start_time:
        result = compare(a.start_time, b.start_time);
        break;
      case OrderColumn::duration:
        result = compare(live_duration(a, now), live_duration(b, now));
        break;
      case OrderColumn::walltime:
        result = compare(a.walltime, b.walltime);
        break;
      case OrderColumn::num_nodes:
        result = compare(a.num_nodes, b.num_nodes);
        break;
      case OrderColumn::num_acc:
        result = compare(a.num_acc, b.num_acc);
        break;
      case OrderColumn::num_hwthreads:
        result = compare(a.num_hwthreads, b.num_hwthreads);
        break;
      case OrderColumn::smt:
        result = compare(a.smt, b.smt);
        break;
      case OrderColumn::energy:
        result = compare(a.energy, b.energy);
        break;
      case OrderColumn::cluster:
        result = by_text(Dictionary::cluster, a.cluster, b.cluster);
        break;
      case OrderColumn::sub_cluster:
        result = by_text(Dictionary::sub_cluster, a.sub_cluster, b.sub_cluster);
        break;
      case OrderColumn::partition:
        result = by_text(Dictionary::partition, a.partition, b.partition);
        break;
      case OrderColumn::project:
        result = by_text(Dictionary::project, a.project, b.project);
        break;
      case OrderColumn::user:
        result = by_text(Dictionary::user, a.user, b.user);
        break;
      case OrderColumn::state:
        result = compare(a.state, b.state);
        break;
      case OrderColumn::shared: {
        static const std::string kNames[] = {"none", "single_user", "multi_user"};
        result = compare(kNames[static_cast<int>(a.shared)], kNames[static_cast<int>(b.shared)]);
        break;
      }
      case OrderColumn::monitoring_status:
        result = compare(a.monitoring_status, b.monitoring_status);
        break;
      case OrderColumn::array_job_id:
        result = compare(a.array_job_id, b.array_job_id);
        break;
    }
  }
  if (result == 0) result = compare(a.id, b.id);
  return order.descending ? result > 0 : result < 0;
}

JobPage Reference::find_jobs(const std::vector<JobFilter>& filters, const Order& order,
                             const PageSpec& page, std::int64_t now) const {
  std::vector<const Row*> found;
  for (const auto& [id, row] : rows_)
    if (std::all_of(filters.begin(), filters.end(),
                    [&, r = &row](const JobFilter& filter) { return matches(*r, filter, now); }))
      found.push_back(&row);
  std::sort(found.begin(), found.end(),
            [&](const Row* a, const Row* b) { return before(*a, *b, order, now); });
  JobPage result;
  result.count = found.size();
  for (std::uint64_t i = page.offset; i < found.size(); ++i) {
    if (page.limit && i - page.offset >= *page.limit) {
      result.has_next = true;
      break;
    }
    result.items.push_back({found[i]->id, found[i]->revision});
  }
  return result;
}

std::vector<std::string> Reference::partitions_of(std::string_view cluster) const {
  std::set<std::string> found;
  for (const auto& [id, row] : rows_)
    if (text(Dictionary::cluster, row.cluster) == cluster && row.partition != kNoString)
      found.insert(text(Dictionary::partition, row.partition));
  return {found.begin(), found.end()};
}

std::vector<AllocatedNodes> Reference::allocated_nodes(std::string_view cluster) const {
  std::map<std::string, std::set<StringId>> found;
  for (const auto& [id, row] : rows_)
    if (row.state == schema::JobState::running && text(Dictionary::cluster, row.cluster) == cluster)
      found[text(Dictionary::sub_cluster, row.sub_cluster)].insert(row.hosts.begin(),
                                                                   row.hosts.end());
  std::vector<AllocatedNodes> result;
  for (const auto& [name, hosts] : found) result.push_back({name, hosts.size()});
  return result;
}

std::vector<std::int64_t> Reference::ids_of_job_id(std::int64_t job_id) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  for (const auto& [id, row] : rows_)
    if (row.job_id == job_id) found.emplace_back(row.start_time, id);
  std::sort(found.begin(), found.end());
  std::vector<std::int64_t> ids;
  for (const auto& [start, id] : found) ids.push_back(id);
  return ids;
}

}  // namespace jobledger::storage::jobs::test
