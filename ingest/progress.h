// SPDX-License-Identifier: MIT
// How far a batch moves the position of its stream, and by which marks its messages will be known
// again (storage::StreamMark).
//
// Executor: measure() any thread, advance() the writer's.
#pragma once

#include "ingest/source.h"
#include "storage/events.h"
#include "storage/update.h"

#include <cstdint>
#include <vector>

namespace jobledger::ingest {

// One message of so many keeps its mark, beside the last.
constexpr std::uint64_t kMarkInterval = 4096;

storage::StreamMark make_mark(const RawMessage& message);

struct Progress {
  storage::StreamPosition end;             // behind the batch
  std::vector<storage::StreamMark> marks;  // within it
  std::uint64_t begin = 0;                 // its first sequence
  std::uint64_t kept_from = 0;             // what the stream itself has no more goes
};

// Pre: a durable batch with messages.
Progress measure(const RawBatch& batch);

// In a new epoch, marks of what it reads anew go.
void advance(storage::Update& update, const Progress& progress);

}  // namespace jobledger::ingest
