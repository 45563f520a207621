// SPDX-License-Identifier: MIT
#include "ingest/dead_letter.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

namespace jobledger::ingest {
namespace {

constexpr std::size_t kSearchedBytes = 64u << 10;  // of a message
// Around the name, in JSON inside of a line and as a tag.
constexpr std::string_view kBeforeName = "\\\": =\t";
constexpr std::string_view kBehindName = "\\\",} \t\r\n";

}  // namespace

void add_dead_letter(storage::Update& update, const Place& place, const Verdict& verdict,
                     bool of_known_cluster, Tally& tally) {
  storage::DeadLetter letter;
  letter.origin = place.origin;
  letter.subject = place.subject;
  letter.kind = to_string(verdict.reason);
  letter.of_known_cluster = of_known_cluster;
  letter.reason = verdict.text;
  letter.payload = place.text;
  letter.received = place.sent;
  tally.count_dead_letter(verdict.reason);
  const Result<void> added = update.add_dead_letter(std::move(letter));
  if (added) return;
  LOG(error, "ingest", "cannot keep a dead letter: {} sequence={} line={} reason={} text={}",
      added.error().detail, place.origin.sequence, place.origin.line, verdict.text, place.text);
}

bool names_known_cluster(std::string_view text, const schema::Clusters& clusters) {
  constexpr std::string_view kMember = "cluster";
  text = text.substr(0, kSearchedBytes);
  for (std::size_t at = text.find(kMember); at != text.npos; at = text.find(kMember, at + 1)) {
    std::string_view name = text.substr(at + kMember.size());
    name.remove_prefix(std::min(name.find_first_not_of(kBeforeName), name.size()));
    name = name.substr(0, name.find_first_of(kBehindName));
    if (clusters.find(name) != nullptr) return true;
  }
  return false;
}

}  // namespace jobledger::ingest
