// SPDX-License-Identifier: MIT
#include "test/storage_metrics/filled_head.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace jobledger::storage::metrics {
namespace {

TEST_CASE("a clock that ticks at the border of a slot fills every slot once") {
  Filled head;
  for (int n = 0; n < 10; ++n) {
    const std::int64_t jitter = n % 2 == 0 ? 1 : -1;
    head.put({{"n1", "load", "", kTime + n * 60 + jitter, 1}});
  }
  CHECK(head.slots().size() == 10);
  CHECK(head.slots().back() - head.slots().front() == 9);
}

TEST_CASE("an agent that starts anew with another phase is followed") {
  Filled head;
  for (int n = 0; n < 5; ++n) head.put({{"n1", "load", "", kTime + n * 60 + 5, 1}});
  for (int n = 6; n < 12; ++n) head.put({{"n1", "load", "", kTime + n * 60 + 38 + n % 2 * 4, 1}});
  CHECK(head.slots() == std::vector<std::int64_t>{0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11});
  CHECK(head.host().instant_of(head.host().ticks.back()->slot) == kTime + 11 * 60 + 38);
}

TEST_CASE("samples more often than the timestep do not move the grid; the last counts") {
  Filled head;
  for (int n = 0; n < 60; ++n) {
    head.put({{"n1", "load", "", kTime + n * 10 + 5, static_cast<float>(n)}});
  }
  CHECK(head.host().shift == 5 - 30);
  CHECK(head.slots().size() == 11);
  CHECK(head.host().ticks[1]->values[0] == 8);
}

TEST_CASE("of two samples for one slot the later in the log counts, in one batch and across") {
  Filled head;
  head.put({{"n1", "load", "", kTime, 1}, {"n1", "load", "", kTime + 1, 2}});
  CHECK(head.host().ticks[0]->values[0] == 2);
  head.put({{"n1", "load", "", kTime + 2, 3}});
  CHECK(head.host().ticks.size() == 1);
  CHECK(head.host().ticks[0]->values[0] == 3);
}

TEST_CASE("hosts that measure the same share their layouts") {
  Filled head;
  for (const char* host : {"n1", "n2", "n3"}) {
    head.put({{host, "ipc", "0", kTime, 1}, {host, "load", "", kTime, 1}});
    head.put({{host, "ipc", "1", kTime + 60, 1}});
  }
  CHECK(head.head.layouts.size() == 2);
  CHECK(head.host(0).layout == head.host(2).layout);
  CHECK(head.head.view->series == 9);
}

TEST_CASE("a series that comes later leaves earlier ticks as they are") {
  Filled head;
  head.put({{"n1", "ipc", "0", kTime, 1}, {"n1", "ipc", "2", kTime, 3}});
  head.put({{"n1", "ipc", "1", kTime + 60, 2}});
  CHECK(head.host().ticks[0]->values == std::vector<float>{1, 3});
  const auto& widened = head.host().ticks[1]->values;
  REQUIRE(widened.size() == 3);
  CHECK(head.host().layout->metrics[0].count == 3);
  head.put({{"n1", "ipc", "2", kTime + 1, 4}});  // late: the old tick gets the new layout
  CHECK(head.host().ticks[0]->values.size() == 3);
}

TEST_CASE("hosts and series beyond the limits are refused and counted, the others stored") {
  Filled head;
  head.config.max_hosts_per_cluster = 1;
  head.config.max_series_per_host = 2;
  const PutOutcome outcome = head.put({{"n1", "ipc", "0", kTime, 1},
                                       {"n2", "ipc", "0", kTime, 1},
                                       {"n1", "ipc", "1", kTime, 1},
                                       {"n1", "ipc", "2", kTime, 1},
                                       {"n1", "ipc", "2", kTime + 60, 1}});
  CHECK(outcome.stored == 2);
  CHECK(outcome.refused_hosts == 1);
  CHECK(outcome.refused_series == 2);
  Filled small;
  small.config.max_series = 1;
  CHECK(small.put({{"n1", "ipc", "0", kTime, 1}, {"n2", "ipc", "0", kTime, 1}}).refused_series ==
        1);
}

TEST_CASE("names that change all the time get no numbers once a limit is reached") {
  Filled head;
  head.config.max_hosts_per_cluster = 1;
  head.config.max_series_per_host = 3;
  const auto sizes = [&] {
    std::vector<StringId> all;
    for (const auto dictionary :
         {jobs::Dictionary::metric, jobs::Dictionary::element, jobs::Dictionary::host}) {
      all.push_back(head.dictionaries.size(dictionary));
    }
    return all;
  };
  std::vector<std::string> names;
  for (int n = 0; n < 100; ++n) names.push_back("h" + std::to_string(n));
  for (int n = 0; n < 100; ++n) {
    head.put({{"n1", "ipc", std::to_string(2 * n), kTime + n, 1},
              {"n1", "ipc", std::to_string(2 * n + 1), kTime + n, 1},
              {names[static_cast<std::size_t>(n)].c_str(), "load", "x" + names.back(), kTime, 1}});
  }
  CHECK(sizes() == std::vector<StringId>{1, 3, 1});
  // The series that are known are stored all the same, and so is one of a host's other timestep.
  const PutOutcome known = head.put({{"n1", "ipc", "2", kTime, 1}, {"n1", "ipc", "9", kTime, 1}});
  CHECK(known.stored == 1);
  CHECK(known.refused_series == 1);
  CHECK(head.put({{"n1", "load", "", kTime, 1}}, 10).stored == 1);
  CHECK(sizes() == std::vector<StringId>{2, 4, 1});
}

TEST_CASE("a new host with two timesteps in one batch is one host with one number") {
  Filled head;
  head.config.max_hosts_per_cluster = 1;
  head.begin();
  CHECK(head.add({{"n1", "load", "", kTime, 1}}, 60).stored == 1);
  CHECK(head.add({{"n1", "ipc", "", kTime, 1}}, 10).stored == 1);
  head.commit();
  CHECK(head.head.view->find(0, 0).size() == 2);
  CHECK(head.dictionaries.size(jobs::Dictionary::host) == 1);
}

TEST_CASE("an update of several batches is one entry of the log") {
  Filled head;
  head.begin();
  head.add({{"n1", "ipc", "0", kTime, 1}});
  head.add({{"n1", "ipc", "1", kTime, 2}, {"n2", "load", "", kTime, 5}});
  head.commit();
  CHECK(head.log.size() == 1);
  CHECK(head.head.view->next_log == 2);
  const Head loaded = head.load();
  REQUIRE(loaded.view->hosts.size() == 2);
  CHECK(same(*loaded.view->hosts[0], head.host(0)));
  CHECK(same(*loaded.view->hosts[1], head.host(1)));
}

TEST_CASE("ticks are sealed only as they were encoded") {
  Filled head;
  for (int n = 0; n < 3; ++n) head.put({{"n1", "load", "", kTime + n * 60, 1}});
  const HostTicks before = head.host();
  const SealedHost sealed{0, before.ticks[2]->slot, {before.ticks[0], before.ticks[1]}};
  head.put({{"n1", "load", "", kTime + 61, 9}});  // comes in between
  head.begin();
  CHECK_FALSE(head.edit->seal(sealed));
  const HostTicks now = head.host();
  CHECK(head.edit->seal({0, now.ticks[2]->slot, {now.ticks[0], now.ticks[1]}}));
  head.commit();
  CHECK(head.host().ticks.size() == 1);
  CHECK(head.host().sealed_end == now.ticks[2]->slot);
  // The log still has what is sealed; it does not come back. What comes later does.
  CHECK(same(*head.load().view->hosts[0], head.host()));
  head.put({{"n1", "load", "", kTime, 7}});
  CHECK(head.host().ticks.size() == 2);
  CHECK(same(*head.load().view->hosts[0], head.host()));
}

TEST_CASE("a host without ticks can be forgotten, and comes back as a new one") {
  Filled head;
  head.put({{"n1", "load", "", kTime, 1}});
  head.begin();
  CHECK_FALSE(head.edit->forget(0));
  CHECK(head.edit->seal({0, head.host().ticks[0]->slot + 1, head.host().ticks}));
  head.commit();
  head.begin();
  CHECK(head.edit->forget(0));
  head.commit();
  CHECK(head.head.view->hosts[0] == nullptr);
  CHECK(head.head.view->series == 0);
  CHECK(head.head.hosts_of_cluster.begin()->second.listed == 0);
  head.put({{"n1", "load", "", kTime + 60, 2}});
  CHECK(head.head.view->hosts.size() == 2);
  CHECK(head.host(1).ticks.size() == 1);
  CHECK(head.load().view->hosts[0] == nullptr);
}

TEST_CASE("an entry of the log that names a host forgotten since loses only that host's part") {
  Filled head;
  head.put({{"n1", "load", "", kTime, 1}, {"n2", "load", "", kTime, 2}});
  head.put({{"n2", "load", "", kTime + 60, 2}, {"n1", "load", "", kTime + 60, 3}});
  // The one with the highest number goes.
  head.begin();
  CHECK(head.edit->seal({1, head.host(1).ticks[1]->slot + 1, head.host(1).ticks}));
  head.commit();
  head.begin();
  CHECK(head.edit->forget(1));
  head.commit();
  Head loaded = head.load();
  REQUIRE(loaded.view->hosts.size() == 2);
  CHECK(same(*loaded.view->hosts[0], head.host(0)));
  CHECK(loaded.view->hosts[1] == nullptr);
}

TEST_CASE("a part of an entry that fits no host is passed over and said; the rest is read") {
  Filled head;
  head.put({{"n1", "load", "", kTime, 1}});
  head.put({{"n2", "load", "", kTime, 2}});
  // The row of n2, numbered beyond all hosts, in front of that of n1. An entry is its version and
  // log time, then rows.
  const std::string stray = head.log[1].second.substr(2);
  std::string bytes = head.log[0].second.substr(0, 2);
  bytes += stray;
  bytes[2] = 7;
  bytes += head.log[0].second.substr(2);
  Head out;
  HeadLoader loader(out, head.counters);
  for (const auto& [number, layout] : head.layouts) {
    auto decoded = decode_layout(number, layout);
    REQUIRE(decoded.has_value());
    out.layouts.load(*std::move(decoded));
  }
  for (const auto& [number, record] : head.records) {
    auto host = decode_host(number, record, out.layouts);
    REQUIRE(host.has_value());
    loader.add(*std::move(host));
  }
  const auto replayed = loader.replay(1, bytes);
  REQUIRE_FALSE(replayed.has_value());
  CHECK(replayed.error().kind == ErrorKind::corrupt);
  loader.finish(head.dictionaries);
  CHECK(out.view->hosts.at(0)->ticks.size() == 1);
  CHECK(out.view->hosts.at(1)->ticks.empty());
}

TEST_CASE("a layout that nobody has goes when no entry of the log names it any more") {
  Filled head;
  head.put({{"n1", "ipc", "0", kTime, 1}});
  head.put({{"n1", "ipc", "1", kTime, 1}});  // the tick moves to the second layout
  Layouts& layouts = head.head.layouts;
  CHECK(layouts.take_unused(1, 3).empty());
  CHECK(layouts.take_unused(2, 3).empty());
  CHECK(layouts.find(0) != nullptr);
  CHECK(layouts.take_unused(3, 3) == std::vector<std::uint32_t>{0});
  CHECK(layouts.find(0) == nullptr);
  CHECK(layouts.find(1) != nullptr);
}

TEST_CASE("what is loaded from disk is what was in memory") {
  std::mt19937_64 random(7);
  Filled head;
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) names.push_back(std::to_string(i));
  for (int round = 0; round < 300; ++round) {
    head.begin();
    for (auto batches = random() % 3; batches > 0; --batches) {
      std::vector<Filled::Item> items;
      for (auto n = random() % 30; n > 0; --n) {
        static constexpr const char* kHosts[] = {"n1", "n2", "n3", "n4"};
        static constexpr const char* kMetrics[] = {"ipc", "load", "flops"};
        items.push_back({kHosts[random() % 4], kMetrics[random() % 3], names[random() % 12],
                         kTime + round * 20 + static_cast<std::int64_t>(random() % 200),
                         static_cast<float>(random() % 100)});
      }
      head.add(items, random() % 4 == 0 ? 30 : 60);
    }
    if (random() % 5 == 0) {
      for (const HostPtr& host : head.head.view->hosts) {
        if (host->ticks.empty() || random() % 2 == 0) continue;
        const std::int64_t end = host->ticks[random() % host->ticks.size()]->slot;
        head.edit->seal({host->number, end, {host->ticks.begin(), host->first_from(end)}});
      }
    }
    head.commit();
    if (round % 20 != 19) continue;
    const Head loaded = head.load();
    REQUIRE(loaded.view->hosts.size() == head.head.view->hosts.size());
    CHECK(loaded.view->series == head.head.view->series);
    CHECK(loaded.view->next_log == head.head.view->next_log);
    CHECK(loaded.view->longest_timestep == head.head.view->longest_timestep);
    for (const HeadPtr& view : {loaded.view, head.head.view}) {
      std::size_t bytes = 0;
      for (const HostPtr& host : view->hosts) bytes += host->bytes();
      CHECK(view->bytes == bytes);
    }
    for (std::size_t h = 0; h < loaded.view->hosts.size(); ++h) {
      CAPTURE(h);
      CAPTURE(round);
      REQUIRE(same(*loaded.view->hosts[h], head.host(h)));
    }
  }
}

TEST_CASE("an entry of the log that is cut or changed is corrupt, and takes nothing else with it") {
  Filled head;
  head.put({{"n1", "ipc", "0", kTime, 1}, {"n1", "ipc", "1", kTime, 2}});
  head.put({{"n1", "ipc", "1", kTime + 60, 2}});
  for (std::size_t entry = 0; entry < 2; ++entry) {
    const std::string& bytes = head.log[entry].second;
    for (std::size_t size = 1; size < bytes.size(); ++size) {
      Head out = head.load();
      HeadLoader loader(out, head.counters);
      loader.add(head.host());
      CAPTURE(size);
      // Cut behind the log time an entry is one without ticks.
      CHECK(loader.replay(9, bytes.substr(0, size)).has_value() == (size == 2));
    }
  }
}

TEST_CASE("names, layouts and hosts are counted, and bound the series that come") {
  Filled head;
  const auto put_long = [&](const char* host, int from, int to) {
    std::vector<Filled::Item> items;
    for (int n = from; n < to; ++n) {
      items.push_back({host, "ipc", std::string(200, 'x') + std::to_string(n), kTime, 1});
    }
    return head.put(items);
  };
  head.put({{"n1", "load", "", kTime, 1}});
  const std::size_t before = head.head.view->series_bytes;
  CHECK(put_long("n1", 0, 1000).stored == 1000);
  const std::size_t more = head.head.view->series_bytes - before;
  CHECK(more > 1000 * 200);
  CHECK(more < 2 * 1000 * 200);
  const std::size_t loaded = head.load().view->series_bytes;
  CHECK(loaded > before + more / 2);
  head.config.max_series_bytes = head.head.view->series_bytes;
  CHECK(put_long("n1", 900, 1100).refused_series == 100);
  CHECK(head.put({{"n2", "load", "", kTime, 1}}).refused_series == 1);
  head.config.max_series_bytes += head.config.max_series_bytes / 2;
  CHECK(head.put({{"x1", "load", "", kTime, 1}}).refused_series == 1);  // no sub-cluster has it
  CHECK(head.put({{"n2", "load", "", kTime, 1}}).stored == 1);
  CHECK(put_long("n1", 1000, 1100).stored == 100);
  head.config.max_series_bytes *= 2;
  CHECK(head.put({{"x1", "load", "", kTime, 1}}).stored == 1);
}

TEST_CASE("the bytes of layouts, hosts and log entries") {
  Filled head;
  head.put({{"n1", "ipc", "0", kTime + 7, 1.5F}, {"n1", "ipc", "1", kTime + 7, 2}});
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
      constexpr char kDigits[] = "0123456789abcdef";
      text += kDigits[static_cast<unsigned char>(c) >> 4];
      text += kDigits[c & 15];
    }
    return text;
  };
  CHECK(hex(head.layouts[0]) ==
        "01"
        "01"
        "00"
        "02"
        "00"
        "01");
  CHECK(hex(head.records[0]) ==
        "03"
        "00"
        "00"
        "3c"
        "01"
        "2d"
        "dec49fd50c"
        "ffffffffffffffffff01"
        "00"
        "01"
        "acd4821b"
        "db9901"
        "00"
        "00");
  CHECK(hex(head.log[0].second) ==
        "01"
        "00"
        "00"
        "2d"
        "acd4821b"
        "00"
        "00"
        "00"
        "0000c03f"
        "00000040");
}

}  // namespace
}  // namespace jobledger::storage::metrics
