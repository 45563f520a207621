// SPDX-License-Identifier: MIT
#include "ingest/event.h"

#include "ingest/status.h"

namespace jobledger::ingest {

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::start_job:
      return "start_job";
    case EventKind::stop_job:
      return "stop_job";
    case EventKind::node_state:
      return "nodestate";
    case EventKind::command:
      return "command";
    case EventKind::other:
      return "other";
  }
  return "other";
}

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::syntax:
      return "syntax";
    case Reason::envelope:
      return "envelope";
    case Reason::payload:
      return "payload";
    case Reason::refused:
      return "refused";
    case Reason::already_stopped:
      return "already_stopped";
    case Reason::stop_before_start:
      return "stop_before_start";
    case Reason::no_start:
      return "no_start";
    case Reason::not_parked:
      return "not_parked";
    case Reason::command:
      return "command";
    case Reason::too_large:
      return "too_large";
    case Reason::storage:
      return "storage";
  }
  return "unknown";
}

std::string_view to_string(SourceMode mode) {
  switch (mode) {
    case SourceMode::stopped:
      return "stopped";
    case SourceMode::connecting:
      return "connecting";
    case SourceMode::waiting_for_stream:
      return "waiting for the stream";
    case SourceMode::following:
      return "following";
    case SourceMode::plain:
      return "plain subscription";
  }
  return "unknown";
}

}  // namespace jobledger::ingest
