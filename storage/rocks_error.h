// SPDX-License-Identifier: MIT
// RocksDB's statuses as our errors.
#pragma once

#include "base/result.h"

#include <rocksdb/status.h>

#include <string_view>

namespace jobledger::storage {

// Pre: !status.ok(). "what: rocksdb's words".
inline Error rocks_error(std::string_view what, const rocksdb::Status& status) {
  ErrorKind kind = ErrorKind::io;
  if (status.IsNotFound()) {
    kind = ErrorKind::not_found;
  } else if (status.IsCorruption()) {
    kind = ErrorKind::corrupt;
  } else if (status.IsNoSpace() || status.IsBusy() || status.IsIncomplete() ||
             status.IsTimedOut()) {
    kind = ErrorKind::unavailable;
  } else if (status.IsInvalidArgument() || status.IsNotSupported()) {
    kind = ErrorKind::internal;
  }
  return {kind, std::string(what) + ": " + status.ToString()};
}

}  // namespace jobledger::storage
