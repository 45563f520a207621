// SPDX-License-Identifier: MIT
// The table of configuration keys: how each is read, checked, shown and explained.
#pragma once

#include "daemon/settings.h"

#include <functional>
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

struct Key {
  std::string_view path;  // "ingest.events.stream"
  // Sets the member; the message when the value is refused.
  std::function<std::optional<std::string>(Settings&, const Given&)> read;
  std::function<std::string(const Settings&)> show;  // as YAML
  std::string_view help;                             // meaning, unit, range; lines by \n
};

// In the order of the reference file: keys of one section stand together.
const std::vector<Key>& config_keys();

// Parts of it, in files of their own.
std::vector<Key> http_keys();
std::vector<Key> graphql_keys();
std::vector<Key> nats_keys();
std::vector<Key> ingest_keys();
std::vector<Key> metric_store_keys();
std::vector<Key> archive_keys();

// A remark before a section in the reference file; empty when there is none.
std::string_view section_help(std::string_view section);

struct Conflict {
  std::string_view path;
  std::string message;
  std::string_view other;  // the key it does not fit, if it is one
};
// The rules that need more than one key.
std::vector<Conflict> check_together(const Settings& settings);

}  // namespace jobledger::daemon
