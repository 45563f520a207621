// SPDX-License-Identifier: MIT
// Text <-> number for each text column. Numbers are dense, in order of first appearance, for ever.
//
// Executor: intern() on the writer thread only; look-ups from any thread, at any time: text(id) is
// wait-free for ids the reader got from a published view, find() takes a short shared lock.
#pragma once

#include "storage/jobs/row.h"

#include <array>
#include <memory>
#include <optional>
#include <string_view>

namespace jobledger::storage::jobs {

class Dictionaries {
 public:
  Dictionaries();
  ~Dictionaries();
  Dictionaries(const Dictionaries&) = delete;
  Dictionaries& operator=(const Dictionaries&) = delete;

  StringId intern(Dictionary dictionary, std::string_view text);
  std::optional<StringId> find(Dictionary dictionary, std::string_view text) const;
  std::string_view text(Dictionary dictionary, StringId id) const;  // valid for ever
  StringId size(Dictionary dictionary) const;
  std::size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::storage::jobs
