// SPDX-License-Identifier: MIT
// What the names in metric lines mean: clusters, hosts, hardware elements and metrics, by the text
// that lines refer to them with.
//
// Operation: a line's tags are split in two: those at the front that say which host it is, the same
// in every line of a message, and the rest, the same on every host. Both are remembered as text
// with what they were found to say, so that a typical line costs one comparison and one look-up;
// other lines are understood token by token by learn(). Names that are wrong or unknown are
// remembered like good ones.
// Limits: the memory is given up as a whole before a batch when it exceeds its bound, or with new
// clusters; batches that need it keep it alive. Within a batch it grows with the names in that,
// which are fewer than its lines. Executor: one thread. The texts themselves may be read by any, as
// long as holder() is held.
#pragma once

#include "ingest/line_protocol.h"
#include "ingest/refusal.h"
#include "ingest/text_map.h"
#include "schema/cluster.h"
#include "storage/metrics/samples.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace jobledger::ingest {

// A place in a table of one batch.
struct Mark {
  std::uint64_t batch = 0;
  std::uint32_t place = 0;
};

struct NamedMetric {
  std::string_view cluster, name;
  std::int32_t timestep = 0;  // 0: the cluster does not know it
  Mark listed, unmatched;
};

struct ClusterNames {
  const schema::Cluster* cluster = nullptr;
  TextMap<NamedMetric*> by_text;  // as written
  TextMap<NamedMetric> by_name;
};

struct NamedHost {
  Refusal refusal = Refusal::none;  // why no sample of it is taken
  bool stranger = false;            // in no sub-cluster
  std::string_view cluster, hostname;
  ClusterNames* metrics = nullptr;  // null: there is no such cluster
  Mark listed, unmatched, clock;
};

struct NamedElement {
  Refusal refusal = Refusal::none;
  storage::metrics::ElementName name;
  Mark listed;
};

struct NameLimits {
  std::size_t max_name_bytes = 255;  // of a cluster, host, or part of an element
  std::size_t max_memory_bytes = 16u << 20;
};

class MetricNames {
 public:
  explicit MetricNames(NameLimits limits) : limits_(limits) {}

  // Before each batch; what was found before may not be used any more.
  void begin_batch(std::shared_ptr<const schema::Clusters> clusters);
  // Before each message. The cluster of lines that name none; empty: they are refused.
  void begin_message(std::string_view default_cluster);

  struct Subject {
    NamedHost* host = nullptr;
    NamedElement* element = nullptr;
  };
  // What these tags say, if that is known: else the members are null.
  Subject find(std::string_view tags);
  // The same by tokens. Pre: the line is well-formed.
  Subject learn(const Line& line);

  NamedMetric& metric(ClusterNames& cluster, std::string_view measurement);

  // Keeps the texts.
  std::shared_ptr<const void> holder() const { return memory_; }

 private:
  struct Memory;
  struct Parts;

  NamedHost* find_host(std::string_view tags);
  NamedHost* host_of(const Parts& parts);
  NamedElement* element_of(const Parts& parts);
  void remember(const Line& line, const Parts& parts, const Subject& subject);
  ClusterNames* cluster_names(std::string_view name);
  Parts take_parts(const Line& line) const;
  bool is_path(std::string_view name) const;

  const NameLimits limits_;
  std::shared_ptr<Memory> memory_;
  std::string_view default_cluster_;  // of the message
  std::string_view last_front_;       // of the message: text, and whose it is
  NamedHost* last_host_ = nullptr;
  std::string scratch_;
};

}  // namespace jobledger::ingest
