// SPDX-License-Identifier: MIT
#include "ingest/event_texts.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace jobledger::ingest {
namespace {

std::string too_long(std::string_view name, std::size_t bytes, std::size_t most) {
  return fmt::format("{}: has {} bytes, more than {}", name, bytes, most);
}

class TextLimiter {
 public:
  TextLimiter(const LimitsConfig& limits, schema::DroppedMembers& dropped)
      : limits_(limits), dropped_(dropped) {}

  Result<void> need(std::string_view name, std::string_view text) const {
    if (text.size() <= limits_.max_text_bytes) return {};
    return Error{ErrorKind::too_large, too_long(name, text.size(), limits_.max_text_bytes)};
  }

  bool drop(std::string_view name, std::string_view text, std::size_t most) {
    if (text.size() <= most) return false;
    schema::note_dropped(dropped_, name, too_long(name, text.size(), most));
    return true;
  }
  void drop(std::string_view name, std::string& text) {
    if (drop(name, text, limits_.max_text_bytes)) text.clear();
  }
  void drop(std::string_view name, std::vector<std::string>& texts) {
    std::erase_if(
        texts, [&](const std::string& text) { return drop(name, text, limits_.max_text_bytes); });
  }
  // Entries with such names.
  template <class Entry>
  void drop(std::string_view member, std::optional<std::vector<Entry>>& map,
            std::string Entry::*name) {
    if (!map) return;
    std::erase_if(*map, [&](const Entry& entry) {
      return drop(member, entry.*name, limits_.max_text_bytes);
    });
  }

  void drop_meta_data(schema::Job& job) {
    if (!job.meta_data) return;
    std::erase_if(*job.meta_data, [&](const auto& entry) {
      return drop("metaData", entry.first, limits_.max_text_bytes) ||
             drop("metaData", entry.second, limits_.max_meta_bytes);
    });
  }

 private:
  const LimitsConfig& limits_;
  schema::DroppedMembers& dropped_;
};

}  // namespace

Result<void> limit_texts(schema::Job& job, const LimitsConfig& limits,
                         schema::DroppedMembers& dropped) {
  TextLimiter limiter(limits, dropped);
  TRY(limiter.need("cluster", job.cluster));
  TRY(limiter.need("user", job.user));
  for (schema::Resource& resource : job.resources) {
    TRY(limiter.need("resources.hostname", resource.hostname));
    limiter.drop("resources.configuration", resource.configuration);
    limiter.drop("resources.accelerators", resource.accelerators);
  }
  limiter.drop("subCluster", job.sub_cluster);
  limiter.drop("partition", job.partition);
  limiter.drop("project", job.project);
  limiter.drop("footprint", job.footprint, &schema::NamedValue::name);
  limiter.drop("energyFootprint", job.energy_footprint, &schema::NamedValue::name);
  limiter.drop("statistics", job.statistics, &schema::JobStatistic::metric);
  limiter.drop_meta_data(job);
  return {};
}

}  // namespace jobledger::ingest
