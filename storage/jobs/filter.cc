// SPDX-License-Identifier: MIT
#include "storage/jobs/filter.h"

#include "base/turn.h"
#include "storage/jobs/text_match.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace jobledger::storage::jobs {

namespace {

using Kind = StringMatch::Kind;

constexpr std::size_t kEnumCodes = 256;  // every value of a one-byte column

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Filter::Filter(const View& view, std::span<const JobFilter> filters)
    : dictionaries_(view.dictionaries()) {
  for (const JobFilter& filter : filters) {
    yield_turn();
    add(filter);
  }
  std::stable_sort(conditions_.begin(), conditions_.end(),
                   [](const Condition& a, const Condition& b) { return a.index() < b.index(); });
}

void Filter::add(const JobFilter& filter) {
  if (filter.ids) add_numbers(Field::id, *filter.ids);
  if (filter.tag_ids) add_tags(*filter.tag_ids);
  if (filter.job_id) add_job_id(*filter.job_id);
  add_text(Field::user, Dictionary::user, filter.user);
  add_text(Field::project, Dictionary::project, filter.project);
  add_text(Field::cluster, Dictionary::cluster, filter.cluster);
  add_text(Field::sub_cluster, Dictionary::sub_cluster, filter.sub_cluster);
  add_text(Field::partition, Dictionary::partition, filter.partition);
  add_text(Field::job_name, Dictionary::job_name, filter.job_name);
  if (filter.node) add_node(*filter.node);
  if (filter.array_job_id)
    add_range(Field::array_job_id, {filter.array_job_id, filter.array_job_id});
  add_range(Field::duration, filter.duration);
  add_range(Field::num_nodes, filter.num_nodes);
  add_range(Field::num_acc, filter.num_acc);
  add_range(Field::num_hwthreads, filter.num_hwthreads);
  add_range(Field::start_time, filter.start_time);
  if (filter.energy.from || filter.energy.to) conditions_.push_back(RealRange{filter.energy});
  if (filter.states) {
    std::vector<std::uint8_t> table(kEnumCodes);
    for (const schema::JobState state : *filter.states) table[static_cast<std::size_t>(state)] = 1;
    add_codes(Field::state, std::move(table));
  }
  if (filter.shared) {
    const auto code = static_cast<std::int64_t>(*filter.shared);
    add_range(Field::shared, {code, code});
  }
  if (filter.schedule) {
    const bool interactive = *filter.schedule == Schedule::interactive;
    add_text(Field::job_name, Dictionary::job_name,
             StringMatch{interactive ? Kind::eq : Kind::neq, {"interactive"}});
  }
  for (const FootprintRange& range : filter.footprint) add_footprint(range);
}

void Filter::add_text(Field field, Dictionary dictionary, const std::optional<StringMatch>& match) {
  if (!match) return;
  TextSet set = match_texts(dictionaries_, dictionary, *match);
  switch (set.shape) {
    case TextSet::Shape::nothing:
      nothing_ = true;
      return;
    case TextSet::Shape::everything:
      return;
    case TextSet::Shape::one:
      return add_range(field, {text_code(set.one), text_code(set.one)});
    case TextSet::Shape::table:
      return add_codes(field, std::move(set.table));
  }
}

void Filter::add_range(Field field, const Range<std::int64_t>& range) {
  if (!range.from && !range.to) return;
  CodeRange codes;
  if (range.from) codes.low = *range.from;
  if (range.to) codes.high = *range.to;
  if (codes.low > codes.high) nothing_ = true;
  conditions_.push_back(NumberRange{field, codes});
}

void Filter::add_codes(Field field, std::vector<std::uint8_t> table) {
  if (std::find(table.begin(), table.end(), 1) == table.end()) nothing_ = true;
  conditions_.push_back(AllowedCodes{field, std::move(table)});
}

void Filter::add_numbers(Field field, std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  if (values.empty()) {
    nothing_ = true;
  } else if (values.size() == 1) {
    add_range(field, {values.front(), values.front()});
  } else {
    conditions_.push_back(NumberSet{field, std::move(values)});
  }
}

void Filter::add_job_id(const StringMatch& match) {
  if (match.kind != Kind::eq && match.kind != Kind::neq && match.kind != Kind::in) {
    nothing_ = nothing_ || match.values.empty();
    conditions_.push_back(JobIdText{match});
    return;
  }
  std::vector<std::int64_t> numbers;
  for (const std::string& value : match.values) {
    if (const auto number = parse_number(value)) numbers.push_back(*number);
    if (match.kind != Kind::in) break;
  }
  if (match.kind != Kind::neq) return add_numbers(Field::job_id, std::move(numbers));
  if (!numbers.empty()) conditions_.push_back(JobIdText{match});
}

void Filter::add_node(const StringMatch& match) {
  StringMatch positive = match;
  const bool negated = match.kind == Kind::neq;
  if (negated) positive.kind = Kind::eq;
  TextSet set = match_texts(dictionaries_, Dictionary::host, positive);
  if (set.shape == TextSet::Shape::nothing) {
    nothing_ = nothing_ || !negated;
    return;
  }
  conditions_.push_back(HostCondition{std::move(set.table), set.one, negated});
}

void Filter::add_tags(const std::vector<std::int64_t>& ids) {
  TagCondition condition;
  for (const std::int64_t id : ids)
    if (id >= 0 && id <= std::numeric_limits<std::uint32_t>::max())
      condition.tags.push_back(static_cast<std::uint32_t>(id));
  auto& tags = condition.tags;
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  if (tags.empty()) nothing_ = true;
  conditions_.push_back(std::move(condition));
}

void Filter::add_footprint(const FootprintRange& range) {
  const auto key = dictionaries_.find(Dictionary::footprint_key, dictionaries_.kept(range.key));
  if (key)
    conditions_.push_back(FootprintCondition{*key, range.range});
  else
    nothing_ = true;
}

}  // namespace jobledger::storage::jobs
