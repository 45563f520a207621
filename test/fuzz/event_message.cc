// SPDX-License-Identifier: MIT
// Any message becomes events or dead letters, on the event subject and on that of commands.
#include "base/log.h"
#include "ingest/decoder.h"
#include "schema/cluster.h"
#include "test/fuzz/target.h"

#include <memory>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::ingest;

namespace {

Decoder make_decoder() {
  auto clusters = std::make_shared<const schema::Clusters>();
  return Decoder({}, {}, [clusters] { return clusters; });
}

}  // namespace

FUZZ_TARGET(event_message) {
  static Decoder decoder = make_decoder();
  const std::string_view message = text_of(data, size);
  for (const std::string_view subject : {"cc.job.event", "cc.node.state", "jobledger.command"}) {
    std::vector<Event> events;
    decoder.decode(subject, message, events);
    for (const Event& event : events) {
      CHECK(event.text.data() >= message.data() &&
                event.text.data() + event.text.size() <= message.data() + message.size(),
            "an event outside of its message");
      // Without clusters no start and no node state can be good.
      CHECK(!std::holds_alternative<StartJob>(event.what), "a job of no cluster");
      if (const auto* malformed = std::get_if<Malformed>(&event.what)) {
        CHECK(!malformed->text.empty(), "a dead letter without words");
      }
    }
  }
  (void)decoder.take_unknown();
  (void)decoder.take_dropped();
  return 0;
}
