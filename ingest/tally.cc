// SPDX-License-Identifier: MIT
#include "ingest/tally.h"

namespace jobledger::ingest {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::applied:
      return "applied";
    case Outcome::repeat:
      return "repeat";
    case Outcome::duplicate:
      return "duplicate";
    case Outcome::parked:
      return "parked";
    case Outcome::ignored:
      return "ignored";
    case Outcome::refused:
      return "refused";
    case Outcome::malformed:
      return "dead_letter";
  }
  return "unknown";
}

}  // namespace jobledger::ingest
