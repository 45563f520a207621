// SPDX-License-Identifier: MIT
#pragma once

// A stop signal as loops ask it: the flag every time, the clock now and then. Once over, it stays
// over: a loop that ends early leaves it to its caller to ask again and say why.
// Lifetime: refers to the signal.

#include "graphql/executor.h"

namespace graphql::detail {

class Patience {
 public:
  explicit Patience(const StopSignal& stop) : stop_(stop) {}

  bool over();
  // Reads the clock at once: beside work that takes longer than a look at it.
  bool over_now();
  // What the client is told.
  Failure failure() const;

  const StopSignal& stop() const { return stop_; }

 private:
  const StopSignal& stop_;
  unsigned steps_ = 0;
  bool over_ = false;
};

}  // namespace graphql::detail
