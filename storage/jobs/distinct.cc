// SPDX-License-Identifier: MIT
// Questions about distinct values: partitions of a cluster, nodes of running jobs.
#include "storage/jobs/query.h"
#include "storage/jobs/view.h"

#include <algorithm>
#include <map>
#include <set>

namespace jobledger::storage::jobs {

namespace {

std::vector<std::string> sorted_texts(const Dictionaries& dictionaries, Dictionary dictionary,
                                      const std::set<StringId>& ids) {
  std::vector<std::string> texts;
  for (const StringId id : ids) {
    if (id == kNoString) continue;
    // A job without a partition has the empty text.
    const std::string_view text = dictionaries.text(dictionary, id);
    if (!text.empty()) texts.emplace_back(text);
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

}  // namespace

std::vector<std::string> partitions_of(const View& view, std::string_view cluster) {
  const View::Contents& contents = view.contents();
  const auto id = view.dictionaries().find(Dictionary::cluster, cluster);
  if (!id) return {};
  std::set<StringId> found;
  Bitmap alive;
  const auto look = [&](const Block& block, std::uint32_t rows) {
    block.find_alive(alive, rows, contents.version);
    block.column(Field::cluster).keep_in_range(alive, {text_code(*id), text_code(*id)});
    StringId last = kNoString;
    alive.for_each([&](std::uint32_t row) {
      const StringId partition = text_id(block.at(Field::partition, row));
      if (partition != last) found.insert(last = partition);
    });
  };
  contents.for_each_chunk(look);
  contents.for_each_segment([&](const Segment& segment, std::uint32_t rows) {
    if (segment.deaths.size() != 0) return look(segment, rows);
    for (const auto& [of_cluster, partition] : segment.partitions())
      if (of_cluster == *id) found.insert(partition);
  });
  return sorted_texts(view.dictionaries(), Dictionary::partition, found);
}

// Running jobs are in the tail, all of them.
std::vector<AllocatedNodes> allocated_nodes(const View& view, std::string_view cluster) {
  const View::Contents& contents = view.contents();
  const auto id = view.dictionaries().find(Dictionary::cluster, cluster);
  if (!id) return {};
  std::map<StringId, std::vector<StringId>> hosts;  // by sub-cluster
  constexpr auto kRunning = static_cast<std::int64_t>(schema::JobState::running);
  Bitmap rows_left;
  contents.for_each_chunk([&](const TailChunk& chunk, std::uint32_t rows) {
    chunk.find_alive(rows_left, rows, contents.version);
    chunk.column(Field::state).keep_in_range(rows_left, {kRunning, kRunning});
    chunk.column(Field::cluster).keep_in_range(rows_left, {text_code(*id), text_code(*id)});
    rows_left.for_each([&](std::uint32_t row) {
      auto& of_sub_cluster = hosts[text_id(chunk.at(Field::sub_cluster, row))];
      const auto of_row = chunk.hosts(row);
      of_sub_cluster.insert(of_sub_cluster.end(), of_row.begin(), of_row.end());
    });
  });
  std::vector<AllocatedNodes> result;
  for (auto& [sub_cluster, list] : hosts) {
    std::sort(list.begin(), list.end());
    const auto distinct = std::unique(list.begin(), list.end()) - list.begin();
    const std::string_view name =
        sub_cluster == kNoString ? std::string_view()
                                 : view.dictionaries().text(Dictionary::sub_cluster, sub_cluster);
    result.push_back({std::string(name), static_cast<std::uint64_t>(distinct)});
  }
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.sub_cluster < b.sub_cluster; });
  return result;
}

}  // namespace jobledger::storage::jobs
