// SPDX-License-Identifier: MIT
#include "ingest/nats_subscription.h"

#include <charconv>
#include <string>

namespace jobledger::ingest {
namespace {

std::uint64_t read_header(natsMsg* message, const char* name) {
  const char* text = nullptr;
  if (natsMsgHeader_Get(message, name, &text) != NATS_OK || text == nullptr) return 0;
  std::uint64_t number = 0;
  std::from_chars(text, text + std::char_traits<char>::length(text), number);
  return number;
}

InMessage make_message(natsMsg* raw) {
  InMessage message;
  message.bytes = std::shared_ptr<const void>(raw, [](const void* handle) {
    natsMsg_Destroy(static_cast<natsMsg*>(const_cast<void*>(handle)));
  });
  message.subject = natsMsg_GetSubject(raw);
  if (const char* reply = natsMsg_GetReply(raw)) message.reply = reply;
  message.payload = {natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw))};
  // Only messages of the broker itself have a status; they have no body and ask for no answer.
  if (!message.payload.empty() || !message.reply.empty()) return message;
  message.status = static_cast<int>(read_header(raw, "Status"));
  if (message.status == 0) return message;
  const char* words = nullptr;
  if (natsMsgHeader_Get(raw, "Description", &words) == NATS_OK && words != nullptr) {
    message.description = words;
  }
  message.unsent = read_header(raw, "Nats-Pending-Messages");
  message.last_consumer = read_header(raw, "Nats-Last-Consumer");
  return message;
}

}  // namespace

void NatsSubscription::take(natsMsg* raw) {
  InMessage message = make_message(raw);
  {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    running_ = true;
  }
  handler_(std::move(message));
  std::lock_guard lock(mutex_);
  running_ = false;
  changed_.notify_all();
}

void NatsSubscription::end() {
  std::unique_lock lock(mutex_);
  ended_ = true;
  changed_.wait(lock, [this] { return !running_; });
}

}  // namespace jobledger::ingest
