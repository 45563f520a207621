// SPDX-License-Identifier: MIT
#include "patience.h"

namespace graphql::detail {

bool Patience::over() {
  constexpr unsigned kStepsPerClock = 64;
  if (!over_) over_ = stop_.flagged() || (++steps_ % kStepsPerClock == 0 && stop_.expired());
  return over_;
}

bool Patience::over_now() {
  if (!over_) over_ = stop_.expired();
  return over_;
}

Failure Patience::failure() const {
  if (stop_.flagged()) return {"The request was cancelled.", "CANCELLED"};
  return {"The request took longer than allowed.", "DEADLINE_EXCEEDED"};
}

}  // namespace graphql::detail
