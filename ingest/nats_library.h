// SPDX-License-Identifier: MIT
// What the files that talk to the NATS library share: ends of its handles, and its errors as ours.
// Not for others: values of our own are in nats_link.h.
#pragma once

#include "base/result.h"

#include <nats/nats.h>

#include <memory>
#include <string>
#include <string_view>

namespace jobledger::ingest {

template <class T, void (*destroy)(T*)>
struct DestroyHandle {
  void operator()(T* object) const { destroy(object); }
};
template <class T, void (*destroy)(T*)>
using NatsHandle = std::unique_ptr<T, DestroyHandle<T, destroy>>;
using NatsOptions = NatsHandle<natsOptions, natsOptions_Destroy>;

// `unavailable`, with what was tried in front.
Result<void> check_nats(natsStatus status, std::string_view what);
// The library keeps the text of the broker's error in thread-local memory.
std::string last_nats_error(natsStatus status, jsErrCode code);
// The broker's last words on a connection; empty: none.
std::string last_words(natsConnection* connection);

}  // namespace jobledger::ingest
