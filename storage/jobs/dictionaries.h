// SPDX-License-Identifier: MIT
// Text <-> number for each text column. Numbers are dense, in order of first appearance, for ever.
//
// Executor: intern() on one thread at a time (the writer; at start the loader); look-ups from any
// thread, at any time: text() is wait-free for ids the reader got from a published view, find()
// takes a short shared lock.
#pragma once

#include "storage/jobs/config.h"
#include "storage/jobs/row.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace jobledger::storage::jobs {

class Dictionaries {
 public:
  explicit Dictionaries(std::size_t max_text_bytes = TableConfig().max_text_bytes);
  ~Dictionaries();
  Dictionaries(const Dictionaries&) = delete;
  Dictionaries& operator=(const Dictionaries&) = delete;

  // The beginning of a job's text that is kept: what is filtered and ordered by.
  std::string_view kept(std::string_view text) const;
  StringId intern(Dictionary dictionary, std::string_view text);
  std::optional<StringId> find(Dictionary dictionary, std::string_view text) const;
  std::string_view text(Dictionary dictionary, StringId id) const;  // valid for ever
  StringId size(Dictionary dictionary) const;
  std::size_t memory_bytes() const;
  std::size_t memory_bytes(Dictionary dictionary) const;

  // The place of each text in bytewise order, by id; covers at least the size at the time of the
  // call. Kept until the dictionary grows.
  using Ranks = std::shared_ptr<const std::vector<std::uint32_t>>;
  Ranks ranks(Dictionary dictionary) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::storage::jobs
