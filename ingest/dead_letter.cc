// SPDX-License-Identifier: MIT
#include "ingest/dead_letter.h"

#include "base/log.h"

#include <utility>

namespace jobledger::ingest {

void add_dead_letter(storage::Update& update, const Place& place, const Verdict& verdict,
                     Tally& tally) {
  storage::DeadLetter letter;
  letter.origin = place.origin;
  letter.subject = place.subject;
  letter.reason = verdict.text;
  letter.payload = place.text;
  letter.received = place.sent;
  tally.count_dead_letter(verdict.reason);
  const Result<void> added = update.add_dead_letter(std::move(letter));
  if (added) return;
  LOG(error, "ingest", "cannot keep a dead letter: {} sequence={} line={} reason={} text={}",
      added.error().detail, place.origin.sequence, place.origin.line, verdict.text, place.text);
}

}  // namespace jobledger::ingest
