// SPDX-License-Identifier: MIT
// A node list contains exactly the names that it expands to, and counts them.
#include "schema/node_list.h"

#include "base/log.h"
#include "test/fuzz/target.h"

#include <set>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;

FUZZ_TARGET(node_list) {
  const std::string_view text = text_of(data, size);
  const Result<NodeList> list = NodeList::parse(text, {.max_names = 2000});
  if (!list) {
    CHECK(!list.error().detail.empty(), "an error without words");
    return 0;
  }
  const std::vector<std::string> names = list->expand();
  const std::set<std::string> different(names.begin(), names.end());
  CHECK(names.size() == list->size() && different.size() == names.size(), "a count is wrong");
  for (const std::string& name : names) {
    CHECK(list->contains(name), "an own name is not contained");
    const std::string longer = name + "0";
    CHECK(list->contains(longer) == different.contains(longer), "matching and expansion differ");
  }
  CHECK(list->contains(text) == different.contains(std::string(text)),
        "matching and expansion differ");
  return 0;
}
