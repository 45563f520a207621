// SPDX-License-Identifier: MIT
#include "daemon/gauges.h"

#include "base/file.h"
#include "storage/store.h"

#include <doctest/doctest.h>

using namespace jobledger;

namespace {

bool says(Telemetry& telemetry, const std::string& line) {
  return ("\n" + telemetry.text()).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("what the store refused is counted, and nothing is told before there is a store") {
  TemporaryDirectory folder;
  storage::Config config;
  config.path = folder.path() / "db";
  config.memtable_bytes = 1 << 20;
  config.metrics.max_unlisted_hosts = 1;
  config.max_dead_letters = 0;
  auto store = storage::Store::open(config);
  REQUIRE(store.has_value());
  const storage::Store* visible = nullptr;
  bool ready = false;
  Telemetry telemetry;
  daemon::add_gauges(
      telemetry, "7", [&ready] { return ready; }, [&visible] { return visible; });
  CHECK(says(telemetry, "jobledger_ready 0"));
  CHECK(says(telemetry, "jobledger_nodes_refused 0"));

  storage::Update update = (*store)->begin_update();
  storage::NodeState known, further;
  known.hostname = "n1";
  further.hostname = "n2";
  update.put_node_states("big", 100, {known, further});
  storage::DeadLetter letter;
  letter.payload = "garbage";
  REQUIRE(update.add_dead_letter(letter).has_value());
  REQUIRE((*store)->commit(update).has_value());
  visible = store->get();
  ready = true;
  CHECK(says(telemetry, "jobledger_ready 1"));
  CHECK(says(telemetry, "jobledger_nodes_refused 1"));
  CHECK(says(telemetry, "jobledger_node_reports_unreadable 0"));
  CHECK(says(telemetry, "jobledger_metric_unreadable_blocks 0"));
  CHECK(says(telemetry, "jobledger_dead_letters 0"));
  CHECK(says(telemetry, "jobledger_dead_letters_dropped 1"));
  CHECK(says(telemetry, "jobledger_dead_letter_reserve_touched 0"));
}
