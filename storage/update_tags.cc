// SPDX-License-Identifier: MIT
// The tags that an update gives numbers to.
#include "storage/update_impl.h"

#include <algorithm>
#include <set>

namespace jobledger::storage {

bool Update::Impl::may_register(const schema::Tag& tag) const {
  const std::size_t most = config.max_text_bytes;
  return state.tag_numbers.size() + new_tags.size() < config.max_tags && tag.type.size() <= most &&
         tag.name.size() <= most && tag.scope.size() <= most;
}

std::int64_t Update::Impl::number_of(const schema::Tag& tag) {
  const TagName name(tag.type, tag.name, tag.scope);
  if (const auto old = state.tag_numbers.find(name); old != state.tag_numbers.end()) {
    return old->second;
  }
  if (const auto found = new_tag_numbers.find(name); found != new_tag_numbers.end()) {
    return found->second;
  }
  if (!may_register(tag)) return 0;
  const auto next = state.counters.next_tag + static_cast<std::int64_t>(new_tags.size());
  new_tag_numbers.emplace(name, next);
  new_tags.push_back(tag);
  new_tags.back().id = next;
  return next;
}

void Update::Impl::register_tags(std::vector<schema::Tag>& tags) {
  std::set<std::int64_t> seen;
  std::erase_if(tags, [&](schema::Tag& tag) {
    tag.id = number_of(tag);
    if (tag.id == 0) ++refused_tags;
    return tag.id == 0 || !seen.insert(tag.id).second;
  });
}

}  // namespace jobledger::storage
