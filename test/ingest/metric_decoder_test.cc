// SPDX-License-Identifier: MIT
#include "ingest/metric_decoder.h"

#include "test/ingest/metric_reference.h"
#include "test/ingest/support.h"
#include "test/schema/archive_files.h"
#include "test/schema/example_cluster.h"
#include "test/seed.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace jobledger::ingest {
namespace {

MetricsConfig default_config() { return {}; }

// Decodes messages that come a second apart, as one batch.
class MetricDecoding {
 public:
  explicit MetricDecoding(MetricsConfig config = default_config(), LimitsConfig limits = {},
                          ClustersNow clusters = test_clusters())
      : decoder_(std::move(config), limits, std::move(clusters)) {}

  MetricBatch batch(std::vector<LogEntry> entries) {
    const RawBatch raw = make_batch(entries);
    return decoder_.decode(raw.messages);
  }
  Understood operator()(const std::string& message, const std::string& subject = "hpc-nats") {
    return show_batch(batch({{message, kEpoch, subject}}));
  }

 private:
  MetricDecoder decoder_;
};

using Samples = std::vector<std::string>;
using Counts = std::map<std::string, std::uint64_t>;

TEST_CASE("what lines mean") {
  struct Case {
    std::string title;
    std::string input;
    Samples samples;
    Counts counts;  // but lines
  };
  const std::string head = "cpu_load,cluster=big,hostname=n01";
  const std::vector<Case> cases = {
      {"a node",
       head + ",type=node value=1 1700000000",
       {"big/n01/././cpu_load@60 1 1700000000"},
       {}},
      {"a node without a type", head + " value=1", {"big/n01/././cpu_load@60 1 1700000000"}, {}},
      {"the id of a node is ignored",
       head + ",type=node,type-id=0 value=1",
       {"big/n01/././cpu_load@60 1 1700000000"},
       {}},
      {"a hardware element",
       head + ",type=hwthread,type-id=12 value=1",
       {"big/n01/hwthread.12/./cpu_load@60 1 1700000000"},
       {}},
      {"type-id before type",
       head + ",type-id=12,type=hwthread value=1",
       {"big/n01/hwthread.12/./cpu_load@60 1 1700000000"},
       {}},
      {"a type without an id",
       head + ",type=socket value=1",
       {"big/n01/socket././cpu_load@60 1 1700000000"},
       {}},
      {"a type that no scope has",
       head + ",type=llc,type-id=3 value=1",
       {"big/n01/llc.3/./cpu_load@60 1 1700000000"},
       {}},
      {"a PCI address",
       head + ",type=accelerator,type-id=00000000:49:00.0 value=1",
       {"big/n01/accelerator.00000000:49:00.0/./cpu_load@60 1 1700000000"},
       {}},
      {"sub-types of the node are kept apart",
       head + ",stype=network,stype-id=eth0,type=node value=1\n" + head +
           ",stype=network,stype-id=eth1,type=node,type-id=0 value=2",
       {"big/n01/./network.eth0/cpu_load@60 1 1700000000",
        "big/n01/./network.eth1/cpu_load@60 2 1700000000"},
       {}},
      {"a sub-type of an element",
       head + ",type=accelerator,type-id=a,stype=mig,stype-id=1 value=1",
       {"big/n01/accelerator.a/mig.1/cpu_load@60 1 1700000000"},
       {}},
      {"a sub-type without an id",
       head + ",stype=mig value=1",
       {"big/n01/./mig./cpu_load@60 1 1700000000"},
       {}},
      {"ids without what they are of",
       head + ",type-id=1 value=1\n" + head + ",stype-id=1 value=1",
       {},
       {{"refused incomplete_element", 2}}},
      {"other tags are not looked at",
       head + ",unit=W,device=mlx5,zone_name=x value=1",
       {"big/n01/././cpu_load@60 1 1700000000"},
       {}},
      {"the alias of hostname",
       "cpu_load,cluster=big,host=n01 value=1",
       {"big/n01/././cpu_load@60 1 1700000000"},
       {}},
      {"of two tags with one name the later counts",
       "cpu_load,cluster=x,cluster=big,host=a,hostname=n02,type=core,type=socket,type-id=1,type-id="
       "2 "
       "value=1",
       {"big/n02/socket.2/./cpu_load@60 1 1700000000"},
       {}},
      {"tags in any order",
       "cpu_load,type=core,hostname=n01,type-id=1,cluster=big value=1",
       {"big/n01/core.1/./cpu_load@60 1 1700000000"},
       {}},
      {"nothing is carried over from the line before",
       head +
           ",type=core,type-id=1 value=1 1699999990\ncpu_load,cluster=big value=2\n"
           "cpu_load,hostname=n01 value=3\n" +
           head + " value=4",
       {"big/n01/core.1/./cpu_load@60 1 1699999990", "big/n01/././cpu_load@60 4 1700000000"},
       {{"refused no_host", 1}, {"refused no_cluster", 1}}},
      {"units of time",
       head + " value=1 1700000001\n" + head + " value=1 1700000001999\n" + head +
           " value=1 1700000001999999\n" + head + " value=1 1700000001999999999",
       Samples(4, "big/n01/././cpu_load@60 1 1700000001"),
       {}},
      {"the ends of the window",
       head + " value=1 1699913600\n" + head + " value=2 1699913599\n" + head +
           " value=3 1700000300\n" + head + " value=4 1700000301",
       {"big/n01/././cpu_load@60 1 1699913600", "big/n01/././cpu_load@60 3 1700000300"},
       {{"refused late", 1}, {"refused future", 1}, {"unmatched clock big/n01", 2}}},
      {"times before all time",
       head + " value=1 0\n" + head + " value=1 -5",
       {},
       {{"refused late", 2}, {"unmatched clock big/n01", 2}}},
      {"names that nobody knows",
       "foo,cluster=big,hostname=n01 value=1\nfoo,cluster=big,hostname=n02 value=1\n"
       "cpu_load,cluster=small,hostname=n01 value=1\ncpu_load,cluster=big,hostname=q1 value=1",
       {"big/q1/././cpu_load@60 1 1700000000"},
       {{"unmatched metric big/foo", 2},
        {"unmatched cluster /small", 1},
        {"unmatched host big/q1", 1}}},
      {"names that could pass for a path",
       "cpu_load,cluster=..,hostname=n01 value=1\ncpu_load,cluster=big,hostname=a/b value=1\n"
       "cpu_load,cluster=big,hostname=a\\b value=1\ncpu_load,cluster=big,hostname=a..b value=1\n"
       "cpu_load,cluster=big,hostname=a.b value=1",
       {"big/a.b/././cpu_load@60 1 1700000000"},
       {{"refused bad_name", 4}, {"unmatched host big/a.b", 1}}},
      {"names that are too long",
       "cpu_load,cluster=big,hostname=" + std::string(256, 'n') + " value=1\n" + head +
           ",type=" + std::string(256, 't') + " value=1",
       {},
       {{"refused bad_name", 2}}},
      {"a bad line costs that line only",
       head + " value=1\n" + head + ",type value=2\nfoo\n" + head + " value=\"x\"\n" + head +
           " value=3",
       {"big/n01/././cpu_load@60 1 1700000000", "big/n01/././cpu_load@60 3 1700000000"},
       {{"refused syntax", 2}, {"refused not_a_number", 1}}},
      {"other messages and other fields",
       "job,function=start_job event=\"{}\"\nccb log=\"x\"\nrapl control=\"x\"\nq query=\"x\"\n" +
           head + " max=2\n" + head + " value=1,max=2",
       {"big/n01/././cpu_load@60 1 1700000000"},
       {{"skipped event", 1},
        {"skipped log", 1},
        {"skipped control", 1},
        {"skipped query", 1},
        {"refused no_value", 1},
        {"other fields", 1}}},
      {"escapes are understood",
       "cpu_load,cluster=big,hostname=n01,type=a\\ b,type-id=c\\,d\\=e value=1",
       {"big/n01/a b.c,d=e/./cpu_load@60 1 1700000000"},
       {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.title);
    Understood shown = MetricDecoding()(c.input);
    const std::uint64_t lines = shown.counts["lines"];
    shown.counts.erase("lines");
    CHECK(lines >= shown.samples.size());
    CHECK(shown.samples == c.samples);
    CHECK(shown.counts == c.counts);
  }
}

TEST_CASE("the window is a setting, and no time is before 1970") {
  MetricsConfig config;
  config.late.max_late = std::chrono::hours(24 * 36500);
  config.late.max_future = std::chrono::seconds(0);
  const Understood shown = MetricDecoding(config)(
      "cpu_load,cluster=big,hostname=n01 value=1 1\ncpu_load,cluster=big,hostname=n01 value=2 0\n"
      "cpu_load,cluster=big,hostname=n01 value=3 -5\ncpu_load,cluster=big,hostname=n01 value=4 "
      "1700000001\n");
  CHECK(shown.samples == Samples{"big/n01/././cpu_load@60 1 1"});
  CHECK(shown.counts == Counts{{"lines", 4},
                               {"refused late", 2},
                               {"refused future", 1},
                               {"unmatched clock big/n01", 3}});
}

TEST_CASE("names stand once in the tables of a batch, however they are written") {
  const MetricBatch batch = MetricDecoding().batch(
      {{"cpu_load,cluster=big,hostname=n01,type=node value=1\n"
        "cpu_load,host=n01,cluster=big value=2\nmem_used,cluster=big,hostname=n01,unit=x value=3\n"
        "cpu_load,cluster=big,hostname=n02,type=core,type-id=1 value=4\n"},
       {"cpu_load,cluster=big,hostname=n02,type-id=1,type=core value=5\n", kEpoch + 1}});
  CHECK(batch.samples.samples.size() == 0);  // on another subject
  MetricDecoding decoding;
  for (int round = 0; round < 2; ++round) {
    const MetricBatch again =
        decoding.batch({{"cpu_load,cluster=big,hostname=n01,type=node value=1\n"
                         "cpu_load,host=n01,cluster=big "
                         "value=2\nmem_used,cluster=big,hostname=n01,unit=x value=3\n"
                         "cpu_load,cluster=big,hostname=n02,type=core,type-id=1 value=4\n",
                         kEpoch, "hpc-nats"},
                        {"cpu_load,cluster=big,hostname=n02,type-id=1,type=core value=5\n",
                         kEpoch + 1, "hpc-nats"}});
    CHECK(again.samples.metrics.size() == 2);
    CHECK(again.samples.hosts.size() == 2);
    CHECK(again.samples.elements.size() == 2);
    CHECK(again.samples.log_time == kEpoch + 1);
    CHECK(again.tally.messages == 2);
    REQUIRE(again.samples.samples.size() == 5);
    CHECK(again.samples.samples[4].element == again.samples.samples[3].element);
  }
}

TEST_CASE("the default cluster is that of the subject, else that of the settings") {
  MetricsConfig config;
  config.subjects = {"a", "b", "c.>"};
  config.cluster = "big";
  config.subject_clusters = {"b=nope", "c.*=big", "c.>=small"};
  MetricDecoding decoding(config);
  const std::string line = "cpu_load,hostname=n01 value=1\n";
  CHECK(decoding(line, "a").samples.size() == 1);
  CHECK(decoding(line, "b").counts == Counts{{"lines", 1}, {"unmatched cluster /nope", 1}});
  CHECK(decoding(line, "c.d").samples.size() == 1);
  CHECK(decoding(line, "c.d.e").counts == Counts{{"lines", 1}, {"unmatched cluster /small", 1}});
  CHECK(decoding(line, "a").samples.size() == 1);
  CHECK(decoding("cpu_load,cluster=big,hostname=n01 value=1\n", "b").samples.size() == 1);
  CHECK(decoding(line, "elsewhere").counts.empty());
}

TEST_CASE("names that nobody knows are bounded, and their examples short") {
  LimitsConfig limits;
  limits.max_unmatched_names = 3;
  limits.max_example_bytes = 20;
  MetricDecoding decoding(default_config(), limits);
  std::string message;
  for (int i = 0; i < 10; ++i) {
    message += fmt::format("m{},cluster=big,hostname=n01 value={}\n", i % 5, i);
  }
  const MetricBatch batch = decoding.batch({{message, kEpoch, "hpc-nats"}});
  const auto& metrics = batch.tally.unmatched[static_cast<std::size_t>(UnmatchedKind::metric)];
  REQUIRE(metrics.size() == 3);
  CHECK(metrics[1].cluster == "big");
  CHECK(metrics[1].name == "m1");
  CHECK(metrics[1].count == 2);
  CHECK(metrics[1].time == kEpoch);
  CHECK(metrics[1].example == "m1,cluster=big,hostn");
  CHECK(batch.tally.unmatched_count(UnmatchedKind::metric) == 10);
}

TEST_CASE("a metric's name of any length is cut between letters") {
  const std::string name(1023, 'm');
  const Understood shown =
      MetricDecoding()(name + "\xc3\xa4" + ",cluster=big,hostname=n01 value=1\n");
  CHECK(shown.counts == Counts{{"lines", 1}, {"unmatched metric big/" + name, 1}});
}

TEST_CASE("a refusal comes with its last line, and syntax with words") {
  const MetricBatch batch =
      MetricDecoding().batch({{"a\nb,x=1\ncpu_load,cluster=big value=1\n", kEpoch, "hpc-nats"}});
  CHECK(batch.tally.refused[static_cast<std::size_t>(Refusal::syntax)].example ==
        "no fields: b,x=1");
  CHECK(batch.tally.refused[static_cast<std::size_t>(Refusal::no_host)].example ==
        "cpu_load,cluster=big value=1");
  CHECK(batch.tally.refused_count(Refusal::syntax) == 2);
}

TEST_CASE("a message that is too large is refused whole, the next is not") {
  LimitsConfig limits;
  limits.max_message_bytes = 100;
  MetricDecoding decoding(default_config(), limits);
  const std::string line = "cpu_load,cluster=big,hostname=n01 value=1\n";
  const MetricBatch batch =
      decoding.batch({{line + line + line, kEpoch, "hpc-nats"}, {line + line, kEpoch, "hpc-nats"}});
  CHECK(batch.samples.samples.size() == 2);
  CHECK(batch.tally.refused_count(Refusal::too_large) == 1);
  CHECK(batch.tally.bytes == 5 * line.size());
}

TEST_CASE("clusters may be exchanged between batches, and what was decoded outlives them") {
  auto now = std::make_shared<const schema::Clusters>(test::example_clusters());
  MetricDecoding decoding(default_config(), {}, [&now] { return now; });
  const std::string line = "cpu_load,cluster=big,hostname=n01,type=core,type-id=1 value=1\n";
  const MetricBatch before = decoding.batch({{line, kEpoch, "hpc-nats"}});
  now = std::make_shared<const schema::Clusters>();
  CHECK(decoding(line).counts == Counts{{"lines", 1}, {"unmatched cluster /big", 1}});
  CHECK(show_batch(before).samples == Samples{"big/n01/core.1/./cpu_load@60 1 1700000000"});
}

TEST_CASE("the memory for names is given up when it is full") {
  LimitsConfig limits;
  limits.max_name_memory_bytes = 1;
  MetricDecoding decoding(default_config(), limits);
  for (int round = 0; round < 3; ++round) {
    CHECK(decoding("cpu_load,cluster=big,hostname=n01 value=1\ncpu_load,cluster=big,hostname=n01 "
                   "value=2\n")
              .samples.size() == 2);
  }
}

// ------------------------------------------------------------------------- any line whatsoever

class LineMaker {
 public:
  explicit LineMaker(std::uint64_t seed) : random_(seed) {}

  std::string message() {
    std::string text;
    // Few combinations, so that lines meet what was remembered of others.
    for (std::size_t lines = 1 + random_() % 30; lines-- > 0;) text += line();
    for (std::size_t spoils = random_() % 4; spoils-- > 0;) spoil(text);
    return text;
  }

 private:
  std::string any(std::initializer_list<const char*> choices) {
    return choices.begin()[random_() % choices.size()];
  }

  std::string line() {
    std::string text = any({"cpu_load", "cpu_load", "mem_used", "node_power", "foo", "cpu\\ load"});
    std::vector<std::string> tags = {
        any({",cluster=big", ",cluster=big", ",cluster=big", "", ",cluster=nope", ",cluster=..",
             ",cluster=b\\ g"}),
        any({",hostname=n01", ",hostname=n01", ",hostname=n02", ",host=g1", "", ",hostname=zz",
             ",hostname=a/b", ",hostname=n\\,host=x", ",hostname=\xc3\xa4"}),
        any({"", ",type=node", ",type=hwthread", ",type=hwthread", ",type=a\\=b", ",type"}),
        any({"", ",type-id=1", ",type-id=2", ",type-id=0", ",host=n03"}),
        any({"", "", "", ",stype=net,stype-id=e0", ",stype-id=1", ",unit=W", ",cluster=big"})};
    if (random_() % 4 == 0) std::shuffle(tags.begin(), tags.end(), random_);
    for (const std::string& tag : tags) text += tag;
    text +=
        any({" value=", " value=", " value=", " value=", "  value=", " max=1,value=", " event="});
    text += any({"1", "0.123456789012345678", "99.5", "-3i", "5u", "1e3", "1e39", "true", "\"x\"",
                 "nan", "1,max=2", "16777217"});
    text += any({" 1700000000", " 1700000060", "", " 1699000000", " 1800000000", " 1700000000123",
                 " 1700000000123456", " 1700000000123456789", " -1", " 17x", "  1700000000  "});
    return text + any({"\n", "\n", "\n", "\r\n", "\n\n", "\n# x\n"});
  }

  void spoil(std::string& text) {
    constexpr std::string_view kBytes = ",= \"\\\n\r#a1.-\x01\x7f\xc3";
    const std::size_t at = random_() % text.size();
    switch (random_() % 3) {
      case 0:
        text[at] = kBytes[random_() % kBytes.size()];
        break;
      case 1:
        text.erase(at, 1);
        text += text.empty() ? "x" : "";
        break;
      default:
        text.insert(at, 1, kBytes[random_() % kBytes.size()]);
    }
  }

  std::mt19937_64 random_;
};

TEST_CASE("whatever the lines are, they mean what they mean to a plain reader") {
  const std::uint64_t used = test::test_seed();
  CAPTURE(used);
  LineMaker maker(used);
  MetricsConfig config;
  config.cluster = used % 2 == 0 ? "big" : "";
  const auto clusters = test_clusters()();
  LimitsConfig limits;
  limits.max_unmatched_names = 1'000'000;
  MetricDecoding decoding(config, limits);
  for (int round = 0; round < 3000; ++round) {
    std::vector<LogEntry> entries;
    Understood expected;
    for (std::int64_t i = 0; i < 3; ++i) {
      entries.push_back({maker.message(), kEpoch + i, "hpc-nats"});
      understand_plainly(entries.back().payload, kEpoch + i, config, *clusters, expected);
    }
    const MetricBatch batch = decoding.batch(entries);
    const Understood shown = show_batch(batch);
    CAPTURE(entries[0].payload);
    CAPTURE(entries[1].payload);
    CAPTURE(entries[2].payload);
    REQUIRE(shown.samples == expected.samples);
    REQUIRE(shown.counts == expected.counts);
    // Every line is in one place.
    std::uint64_t lines = batch.tally.samples;
    for (const std::uint64_t skipped : batch.tally.skipped) lines += skipped;
    for (const NameCount& refused : batch.tally.refused) lines += refused.count;
    lines += batch.tally.unmatched_count(UnmatchedKind::metric);
    lines += batch.tally.unmatched_count(UnmatchedKind::cluster);
    REQUIRE(lines == batch.tally.lines);
  }
}

TEST_CASE("a node of a real cluster: all is known") {
  const std::filesystem::path archive = test::archive_files();
  if (archive.empty()) return;
  for (const char* name : {"fritz", "alex"}) {
    CAPTURE(name);
    schema::Cluster cluster = test::cluster_of(test::file_text(archive / name / "cluster.json"));
    const schema::SubCluster& sub_cluster = cluster.sub_clusters.front();
    const std::string host = sub_cluster.node_list.expand().front();
    std::string message;
    std::size_t lines = 0;
    for (const schema::MetricConfig& metric : cluster.metric_config) {
      for (const std::int32_t thread : sub_cluster.topology.node.value_or(std::vector{0})) {
        message += fmt::format("{},cluster={},hostname={},type=hwthread,type-id={} value=0.5 {}\n",
                               metric.name, name, host, thread, kEpoch);
        ++lines;
      }
    }
    std::vector<schema::Cluster> list{cluster};
    auto clusters = std::make_shared<const schema::Clusters>(std::move(list));
    MetricDecoding decoding(default_config(), {}, [clusters] { return clusters; });
    const MetricBatch batch = decoding.batch({{message, kEpoch, "hpc-nats"}});
    CHECK(batch.samples.samples.size() == lines);
    CHECK(batch.samples.metrics.size() == cluster.metric_config.size());
    CHECK(show_batch(batch).counts == Counts{{"lines", lines}});
  }
}

}  // namespace
}  // namespace jobledger::ingest
