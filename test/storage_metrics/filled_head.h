// SPDX-License-Identifier: MIT
// A head that is filled by updates, what of it goes to disk, and a head made of that again.
#pragma once

#include "storage/metrics/head_codec.h"
#include "storage/metrics/head_edit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::storage::metrics {

inline constexpr std::int64_t kTime = 1'700'000'040;  // a multiple of 60

// A head, and a small language to fill it.
class Filled {
 public:
  struct Item {
    const char* host;  // x...: no sub-cluster has it
    const char* metric;
    std::string id;  // of a hwthread; empty: the host
    std::int64_t time;
    float value;
  };

  PutOutcome put(const std::vector<Item>& items, std::int32_t timestep = 60) {
    begin();
    const PutOutcome outcome = add(items, timestep);
    commit();
    return outcome;
  }
  void begin() { edit = std::make_unique<HeadEdit>(config, head, dictionaries); }
  PutOutcome add(const std::vector<Item>& items, std::int32_t timestep = 60) {
    SampleBatch batch;
    const auto place = [](auto& table, const auto& entry, auto same) {
      const auto at = std::find_if(table.begin(), table.end(), same);
      if (at == table.end()) return table.push_back(entry), std::uint32_t(table.size() - 1);
      return static_cast<std::uint32_t>(at - table.begin());
    };
    for (const Item& item : items) {
      const auto metric = place(batch.metrics, SampleBatch::Metric{"big", item.metric, timestep},
                                [&](const auto& m) { return m.name == item.metric; });
      const auto host = place(batch.hosts, SampleBatch::Host{"big", item.host, item.host[0] != 'x'},
                              [&](const auto& h) { return h.hostname == item.host; });
      const ElementName name =
          item.id.empty() ? ElementName{} : ElementName{"hwthread", item.id, {}, {}};
      const auto element = place(batch.elements, name, [&](const auto& e) { return e == name; });
      batch.samples.push_back({metric, host, element, item.value, item.time});
    }
    return edit->put(batch);
  }
  // What goes to disk, and the next state.
  void commit() {
    std::string entry;
    if (edit->has_samples()) {
      encode_log_entry(entry, *edit);
      log.emplace_back(edit->log_entry(), entry);
    }
    for (const auto& [number, entry_of] : edit->hosts()) {
      if (entry_of.record_changed) records[number] = encode_host(*entry_of.host);
    }
    for (const std::uint32_t number : edit->forgotten()) records.erase(number);
    counters = edit->counters_after();
    for (; stored_layouts < head.layouts.end(); ++stored_layouts) {
      layouts[stored_layouts] = encode_layout(*head.layouts.find(stored_layouts));
    }
    head.layouts.set_stored(head.layouts.end());
    edit->apply();
    edit.reset();
  }
  // A head made of what is on disk.
  Head load() const {
    Head out;
    HeadLoader loader(out, counters);
    for (const auto& [number, bytes] : layouts) {
      auto layout = decode_layout(number, bytes);
      REQUIRE(layout.has_value());
      out.layouts.load(*std::move(layout));
    }
    for (const auto& [number, bytes] : records) {
      auto host = decode_host(number, bytes, out.layouts);
      REQUIRE(host.has_value());
      loader.add(*std::move(host));
    }
    for (const auto& [entry, bytes] : log) {
      if (entry < counters.log_begin) continue;
      const auto replayed = loader.replay(entry, bytes);
      REQUIRE_MESSAGE(replayed.has_value(), replayed.error().detail);
    }
    loader.finish(dictionaries);
    return out;
  }
  const HostTicks& host(std::size_t number = 0) const { return *head.view->hosts.at(number); }
  std::vector<std::int64_t> slots(std::size_t number = 0) const {
    std::vector<std::int64_t> all;
    for (const TickPtr& tick : host(number).ticks) all.push_back(tick->slot - kTime / 60);
    return all;
  }

  Config config;
  jobs::Dictionaries dictionaries;
  Head head;
  std::unique_ptr<HeadEdit> edit;
  std::vector<std::pair<std::uint64_t, std::string>> log;
  std::map<std::uint32_t, std::string> records, layouts;
  std::uint32_t stored_layouts = 0;
  HeadCounters counters;
};

inline bool same(const HostTicks& a, const HostTicks& b) {
  if (!(a.key == b.key) || a.shift != b.shift || a.newest_time != b.newest_time ||
      a.sealed_end != b.sealed_end || a.last_seen != b.last_seen || *a.seen_days != *b.seen_days ||
      a.ticks.size() != b.ticks.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.ticks.size(); ++i) {
    const Tick &x = *a.ticks[i], &y = *b.ticks[i];
    if (x.slot != y.slot || x.first_log != y.first_log || x.layout->number != y.layout->number) {
      return false;
    }
    for (std::size_t c = 0; c < x.values.size(); ++c) {
      const bool gaps = std::isnan(x.values[c]) && std::isnan(y.values[c]);
      if (!gaps && x.values[c] != y.values[c]) return false;
    }
  }
  return true;
}

}  // namespace jobledger::storage::metrics
