// SPDX-License-Identifier: MIT
// A sub-cluster's topology, prepared for questions about scopes: which elements there are, which
// of them lie in which, and at which scope a metric can be delivered.
//
// Elements of a scope count from 0: sockets, memory domains and cores by their place in the
// configuration, hardware threads by their processor id, accelerators by their place. The hardware
// threads of a node are all that any list of the topology names, as real files forget some in one
// list or another. One node has one element at scope node.
//
// Lifetime: a value of its own, keeps nothing of the Topology. Immutable, any thread. To be made
// once per sub-cluster: costs about as much as copying the topology a few times.
#pragma once

#include "schema/cluster.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jobledger::schema {

class TopologyMap {
 public:
  static constexpr std::int32_t kNone = -1;

  explicit TopologyMap(const Topology& topology);

  // The scope at which a metric measured at `native` is delivered to who asks for `requested`: the
  // coarser of both, in the order of MetricScope. Accelerators stand apart: their metrics are
  // delivered per accelerator or per node, else not at all (nullopt), and asking for accelerators
  // of other metrics means their finest, the native scope. The native scope, too, stands for one
  // that this topology cannot give: one without elements, or one whose borders cut through a native
  // element (a memory domain that spans both sockets is no part of a socket).
  std::optional<MetricScope> effective_scope(MetricScope native, MetricScope requested) const;
  // Those of several requests, each once, in the order of the requests.
  std::vector<MetricScope> effective_scopes(MetricScope native,
                                            std::span<const MetricScope> requested) const;

  std::size_t count(MetricScope scope) const;
  // The element of `scope` in which this element of `native` lies; kNone when it lies in none.
  // Pre: scope is effective for native and coarser.
  std::int32_t parent(MetricScope native, std::size_t element, MetricScope scope) const;
  // How many elements of `native` lie in that of `scope`. Pre: as above.
  std::size_t children(MetricScope native, MetricScope scope, std::size_t element) const;

  // Places of its hardware threads in hwthreads(). Pre: scope is not accelerator.
  std::span<const std::uint32_t> threads(MetricScope scope, std::size_t element) const;
  const std::vector<std::int32_t>& hwthreads() const { return hwthreads_; }  // ascending
  const std::vector<std::string>& accelerators() const { return accelerators_; }

 private:
  static constexpr std::size_t kThreadScopes = 5;  // all but accelerator
  using Elements = std::vector<std::vector<std::uint32_t>>;

  // How the elements of one scope lie in those of a coarser one.
  struct Nesting {
    bool possible = false;
    std::vector<std::int32_t> parent;     // by element of the finer scope
    std::vector<std::uint32_t> children;  // by element of the coarser one
  };

  Elements elements_of(const std::optional<Topology::Groups>& groups) const;
  Nesting nest(const Elements& finer, MetricScope scope) const;
  const Nesting& nesting(MetricScope native, MetricScope scope) const;

  std::vector<std::int32_t> hwthreads_;
  std::vector<std::string> accelerators_;
  std::array<Elements, kThreadScopes> elements_;
  std::array<std::array<Nesting, kThreadScopes>, kThreadScopes> nestings_;  // [native][coarser]
};

}  // namespace jobledger::schema
