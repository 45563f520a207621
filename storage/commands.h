// SPDX-License-Identifier: MIT
// How the reading side asks for a change: as a command in the log, so that it is durable, ordered
// with the events, and seen by every replica (docs/formats.md, commands).
#pragma once

#include "base/result.h"

#include <functional>
#include <string>

namespace jobledger::storage {

// `command`: one JSON object without an "id", e.g.
// {"command":"dead_letter_drop","dead_letter":7}. `done` is called once, from any thread, when the
// change is durable and visible here, or with why not: `invalid` and `not_found` as the command
// deserves, `unavailable` when the log is out of reach or the command did not come back in time
// (it may still be applied later). `done` must not block. Executor: any thread; does not wait.
using SubmitCommand =
    std::function<void(std::string command, std::function<void(Result<void>)> done)>;

}  // namespace jobledger::storage
