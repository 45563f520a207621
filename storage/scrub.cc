// SPDX-License-Identifier: MIT
#include "storage/scrub.h"

#include "base/log.h"

#include <algorithm>
#include <chrono>

namespace jobledger::storage {

Scrub::Scrub(std::uint64_t bytes_per_second, Store& store, Writer& writer, Telemetry& telemetry)
    : rate_(bytes_per_second),
      store_(store),
      writer_(writer),
      bytes_(telemetry.counter("jobledger_scrub_bytes_total",
                               "Bytes of tables that were read only to see that they can be.")),
      passes_(telemetry.counter("jobledger_scrub_passes_total",
                                "Times that all tables were read so.")) {}

void Scrub::start() {
  thread_.start(std::chrono::seconds(1), PeriodicThread::First::after_pause, [this] { run(); });
}

void Scrub::stop() { thread_.stop(); }

// A full queue has work that does the same.
bool Scrub::ask_for_recovery() {
  if (!store_.needs_recovery()) return false;
  (void)writer_.try_submit({});
  return true;
}

void Scrub::run() {
  if (ask_for_recovery() || rate_ == 0) return;
  const auto share = static_cast<std::int64_t>(rate_);
  credit_ = std::min(credit_ + share, share);
  while (credit_ > 0) {
    const auto checked = store_.check_table_after(last_);
    if (!checked) {  // once around
      if (last_ != 0) passes_.add();
      last_ = 0;
      break;
    }
    last_ = checked->number;
    credit_ -= static_cast<std::int64_t>(checked->bytes);
    bytes_.add(static_cast<double>(checked->bytes));
    if (ask_for_recovery()) break;
  }
}

}  // namespace jobledger::storage
