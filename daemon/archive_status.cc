// SPDX-License-Identifier: MIT
#include "daemon/archive_status.h"

#include "schema/json_object.h"

namespace jobledger::daemon {
namespace {

using schema::JsonObject;

void write_trouble(std::string& out, const archive::JobTrouble& trouble) {
  JsonObject object(out);
  object.integer("id", trouble.id);
  object.text("job", trouble.job);
  object.integer("tries", trouble.tries);
  object.text("reason", trouble.reason);
  object.close();
}

}  // namespace

std::string archive_json(const archive::FinisherStatus& status,
                         const std::vector<archive::JobTrouble>& aside) {
  std::string json;
  JsonObject object(json);
  object.integer("archived", status.archived);
  object.integer("settling", status.settling);
  object.integer("deferred", status.deferred);
  object.integer("unread", status.unread);
  object.text("source_problem", status.source_trouble.value_or(""));
  object.integer("set_aside", aside.size());
  if (!aside.empty()) write_trouble(object.member("first_set_aside"), aside.front());
  object.close();
  return json;
}

std::string set_aside_json(const std::vector<archive::JobTrouble>& aside) {
  std::string json;
  JsonObject object(json);
  object.integer("count", aside.size());
  std::string& items = object.member("items");
  items += '[';
  for (const archive::JobTrouble& trouble : aside) {
    if (items.back() != '[') items += ',';
    write_trouble(items, trouble);
  }
  items += ']';
  object.close();
  return json;
}

}  // namespace jobledger::daemon
