// SPDX-License-Identifier: MIT
// Parts of documents that several writers of this folder share.
#pragma once

#include "schema/json_write.h"
#include "schema/unit.h"

#include <optional>
#include <string>

namespace jobledger::schema {

template <class List, class Write>
void write_entries(std::string& out, const List& list, Write write) {
  bool first = true;
  for (const auto& entry : list) {
    if (!first) out.push_back(',');
    first = false;
    write(out, entry);
  }
}

template <class List, class Write>
void write_list(std::string& out, const List& list, Write write) {
  out.push_back('[');
  write_entries(out, list, write);
  out.push_back(']');
}

// `write` writes name, colon and value of an entry. An unset map is null.
template <class List, class Write>
void write_map(std::string& out, const std::optional<List>& map, Write write) {
  if (!map) {
    out.append("null");
    return;
  }
  out.push_back('{');
  write_entries(out, *map, write);
  out.push_back('}');
}

inline void write_unit(std::string& out, const Unit& unit) {
  out.append("{\"base\":");
  write_json_string(out, unit.base);
  if (!unit.prefix.empty()) {
    out.append(",\"prefix\":");
    write_json_string(out, unit.prefix);
  }
  out.push_back('}');
}

}  // namespace jobledger::schema
