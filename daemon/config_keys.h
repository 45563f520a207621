// SPDX-License-Identifier: MIT
// The table of configuration keys: how each is read, checked, shown and explained.
#pragma once

#include "daemon/settings.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::daemon {

struct Scalar {
  std::string text;
  bool quoted = false;
};

// What the file says for one key.
struct Given {
  bool is_list = false;
  std::vector<Scalar> values;  // one, unless a list
};

struct RecordKeys;

// Of Settings, or of a record in a list of them.
template <class Root>
struct BasicKey {
  std::string_view path;  // "ingest.events.stream"; of a record: its member
  // Sets the member; the message when the value is refused.
  std::function<std::optional<std::string>(Root&, const Given&)> read;
  std::function<std::string(const Root&)> show;  // as YAML
  std::string_view help;                         // meaning, unit, range; lines by \n
  // Where the value is a list of records, which are read and shown one by one; else null.
  std::shared_ptr<const RecordKeys> records = nullptr;
};
using Key = BasicKey<Settings>;

// The records of a list, by their places.
struct RecordKeys {
  struct Member {
    std::string_view name;
    std::function<std::optional<std::string>(Settings&, std::size_t record, const Given&)> read;
    std::function<std::string(const Settings&, std::size_t record)> show;
    std::string default_value, help;
  };
  std::function<void(Settings&)> add;  // one of defaults, at the end
  std::function<std::size_t(const Settings&)> count;
  std::vector<Member> members;
};

// In the order of the reference file: keys of one section stand together.
const std::vector<Key>& config_keys();

// Parts of it, in files of their own.
std::vector<Key> http_keys();
std::vector<Key> graphql_keys();
std::vector<Key> store_api_keys();
std::vector<Key> nats_keys();
std::vector<Key> ingest_keys();
std::vector<Key> metric_store_keys();
std::vector<Key> source_keys();
std::vector<Key> archive_keys();

// A remark before a section in the reference file; empty when there is none.
std::string_view section_help(std::string_view section);

struct Conflict {
  std::string path;  // of a member of a record: "sources.external[0].url"
  std::string message;
  std::string other;  // the key it does not fit, if it is one
};
// The rules that need more than one key.
std::vector<Conflict> check_together(const Settings& settings);

}  // namespace jobledger::daemon
