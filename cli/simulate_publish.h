// SPDX-License-Identifier: MIT
// Plain publishing to NATS, as unmodified adapters do it: no acknowledgement by JetStream. The only
// file of the command line that knows nats.
//
// Executor: one thread; nats.c's own threads do the sending.
#pragma once

#include "base/result.h"

#include <chrono>
#include <memory>
#include <string>

namespace jobledger::cli {

class Publisher {
 public:
  static Result<Publisher> connect(const std::string& url);
  ~Publisher();
  Publisher(Publisher&&) noexcept;

  // Waits while the client's buffer is full.
  Result<void> publish(const std::string& subject, const std::string& message);
  // Until the broker has taken everything.
  Result<void> flush(std::chrono::milliseconds patience);

 private:
  struct Impl;
  explicit Publisher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::cli
