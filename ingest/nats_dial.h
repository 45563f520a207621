// SPDX-License-Identifier: MIT
// One try to reach the broker, which may be given up though the library or the resolver of names
// would wait for ever.
//
// Operation: the try runs on a thread of its own. Whenever it lasts another connect_timeout, what
// it waits for is broken off: a signal ends a blocking call, and its connections are shut down.
// Both are needed: the library (3.4) waits for ever in a TLS handshake, and reads on and on,
// filling memory, where the broker does not answer to CONNECT. The resolver of names cannot be
// disturbed, but has its own limits. A try that is given up is left to itself: it touches nothing
// of ours, and ends its link should it get one. Executor: one thread at a time. Lifetime: a try
// that still runs when this is destroyed is given up.
#pragma once

#include "ingest/config.h"
#include "ingest/nats_link.h"

#include <chrono>
#include <memory>
#include <optional>

namespace jobledger::ingest {

class NatsDial {
 public:
  NatsDial(const NatsConfig& config, NatsLink::OnLost on_lost);
  ~NatsDial();
  NatsDial(const NatsDial&) = delete;
  NatsDial& operator=(const NatsDial&) = delete;

  // The outcome, once; nothing while there is none.
  std::optional<Result<std::unique_ptr<NatsLink>>> wait(std::chrono::milliseconds patience);
  // Something was broken off already.
  bool is_late() const;
  // Wakes wait(). Executor: any thread.
  void give_up();

 private:
  struct Try;
  std::shared_ptr<Try> try_;
};

}  // namespace jobledger::ingest
