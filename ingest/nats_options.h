// SPDX-License-Identifier: MIT
// The settings of a connection in the words of the NATS library.
#pragma once

#include "ingest/config.h"
#include "ingest/nats_library.h"

#include <cstdint>

namespace jobledger::ingest {

constexpr std::int64_t kWriteDeadlineMs = 2000;  // a broker that does not read stops nobody longer

// Reads the password and other secrets anew: they may have been changed.
Result<NatsOptions> make_nats_options(const NatsConfig& config);

}  // namespace jobledger::ingest
