// SPDX-License-Identifier: MIT
#include "ingest/nats_link.h"

#include "base/log.h"
#include "ingest/nats_options.h"
#include "ingest/nats_subscription.h"
#include "ingest/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace jobledger::ingest {
namespace {

constexpr std::int64_t kMaxAckPending = 1'000'000;  // more than we ever ask for; -1 means 1000
constexpr std::int64_t kNanosecondsOfSecond = 1'000'000'000;

using StreamInfo = NatsHandle<jsStreamInfo, jsStreamInfo_Destroy>;
using Message = NatsHandle<natsMsg, natsMsg_Destroy>;
using PubAck = NatsHandle<jsPubAck, jsPubAck_Destroy>;

Answer answer_of(natsStatus status, jsErrCode code) {
  if (status == NATS_OK) return Answer::ok;
  if (code == JSStreamNotFoundErr || code == JSConsumerNotFoundErr) return Answer::not_found;
  const bool none =
      status == NATS_NO_RESPONDERS || code == JSNotEnabledErr || code == JSNotEnabledForAccountErr;
  return none ? Answer::no_jetstream : Answer::failed;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> result;
  for (const std::string& text : texts) result.push_back(text.c_str());
  return result;
}

bool is_refusal(std::string_view words) {
  return words.find("ermissions") != std::string_view::npos ||
         words.find("uthorization") != std::string_view::npos ||
         words.find("uthentication") != std::string_view::npos;
}

}  // namespace

struct NatsLink::Impl {
  OnLost on_lost;
  std::string refused;             // what the broker said last that we may not do
  mutable std::mutex state_mutex;  // guards both; on_lost is emptied by close()
  void* number = nullptr;          // in the register

  // Shared: use of the handles below; exclusive: their end.
  mutable std::shared_mutex use;
  natsConnection* connection = nullptr;
  jsCtx* jetstream = nullptr;

  mutable std::mutex subscriptions_mutex;
  std::map<int, std::shared_ptr<NatsSubscription>> subscriptions;
  int next_subscription = 1;

  std::shared_ptr<NatsSubscription> find(int id) const {
    std::lock_guard lock(subscriptions_mutex);
    const auto found = subscriptions.find(id);
    return found == subscriptions.end() ? nullptr : found->second;
  }
  // What failed, with what the broker said of it. Pre: `use` is held.
  std::string explain(natsStatus status, jsErrCode code) const;
  StreamAnswer stream_answer(natsStatus status, jsErrCode code, jsStreamInfo* raw) const;
  void note(const std::string& words);
  void interrupt();
  void close();

  static void on_closed(natsConnection* connection, void* number) {
    const auto self = all<Impl>().find(number);
    if (!self) return;
    std::string why = last_words(connection);
    self->note(why);
    std::lock_guard lock(self->state_mutex);
    if (!self->refused.empty()) why = self->refused;
    if (self->on_lost) self->on_lost(std::move(why));
  }
  static void on_error(natsConnection* connection, natsSubscription*, natsStatus status,
                       void* number) {
    static LogGate gate;
    const std::string words = last_words(connection);
    const long held = gate.pass();
    if (held >= 0) LOG(warning, "nats", "{}: {} more={}", natsStatus_GetText(status), words, held);
    if (const auto self = all<Impl>().find(number)) self->note(words);
  }
  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* number) {
    if (const auto subscription = all<NatsSubscription>().find(number)) {
      subscription->take(message);
    } else {
      natsMsg_Destroy(message);
    }
  }
};

StreamAnswer NatsLink::Impl::stream_answer(natsStatus status, jsErrCode code,
                                           jsStreamInfo* raw) const {
  const StreamInfo info(raw);
  StreamAnswer answer;
  answer.answer = answer_of(status, code);
  if (status != NATS_OK) {
    answer.problem = explain(status, code);
    return answer;
  }
  answer.facts = {info->Created, info->State.FirstSeq, info->State.LastSeq};
  const jsStreamConfig& config = *info->Config;
  answer.weakness = {config.Storage == js_MemoryStorage,
                     config.Retention == js_InterestPolicy,
                     config.Retention == js_WorkQueuePolicy,
                     config.NoAck,
                     config.Discard == js_DiscardNew && (config.MaxMsgs > 0 || config.MaxBytes > 0),
                     config.MaxMsgsPerSubject};
  for (int i = 0; i < info->Config->SubjectsLen; ++i) {
    answer.subjects.emplace_back(info->Config->Subjects[i]);
  }
  return answer;
}

void NatsLink::Impl::note(const std::string& words) {
  if (!is_refusal(words)) return;
  std::lock_guard lock(state_mutex);
  refused = words;
}

// A request that we may not send is not answered: the broker says so beside it.
std::string NatsLink::Impl::explain(natsStatus status, jsErrCode code) const {
  std::string words = last_nats_error(status, code);
  if (status != NATS_TIMEOUT && status != NATS_CONNECTION_CLOSED) return words;
  const std::string said = last_words(connection);
  return is_refusal(said) ? fmt::format("{}: {}", words, said) : words;
}

Result<std::unique_ptr<NatsLink>> NatsLink::open(const NatsConfig& config, OnLost on_lost) {
  TRY(const NatsOptions options, make_nats_options(config));
  natsOptions* const raw = options.get();
  auto impl = std::make_shared<Impl>();
  impl->on_lost = std::move(on_lost);
  impl->number = all<Impl>().add(impl);
  std::unique_ptr<NatsLink> link(new NatsLink(impl));
  TRY(check_nats(natsOptions_SetErrorHandler(raw, Impl::on_error, impl->number), "NATS options"));
  TRY(check_nats(natsOptions_SetClosedCB(raw, Impl::on_closed, impl->number), "NATS options"));

  std::unique_lock use(impl->use);
  const natsStatus status = natsConnection_Connect(&impl->connection, raw);
  if (status != NATS_OK) {
    return Error{ErrorKind::unavailable,
                 fmt::format("connect to {}: {}", config.url, last_nats_error(status, {}))};
  }
  jsOptions js;
  jsOptions_Init(&js);
  js.Wait = config.request_timeout.count();
  TRY(check_nats(natsConnection_JetStream(&impl->jetstream, impl->connection, &js), "JetStream"));
  return link;
}

NatsLink::NatsLink(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

NatsLink::~NatsLink() { close(); }

std::string NatsLink::new_inbox() const {
  natsInbox* raw = nullptr;
  if (natsInbox_Create(&raw) != NATS_OK) return "_INBOX.jobledger";
  std::string inbox = raw;
  natsInbox_Destroy(raw);
  return inbox;
}

Result<int> NatsLink::subscribe(const std::string& subject, Handler handler,
                                PendingLimits pending) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  const auto subscription = std::make_shared<NatsSubscription>(std::move(handler));
  subscription->number = all<NatsSubscription>().add(subscription);
  // The first message may come before the limits are set: they only matter to many.
  auto made =
      check_nats(natsConnection_Subscribe(&subscription->handle, impl_->connection, subject.c_str(),
                                          Impl::on_message, subscription->number),
                 fmt::format("subscribe to {}", subject));
  if (!made) {
    all<NatsSubscription>().remove(subscription->number);
    return std::move(made).error();
  }
  const auto limit = [](std::size_t n) {
    const auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
    return n == 0 ? -1 : static_cast<int>(std::min(n, most));
  };
  natsSubscription_SetPendingLimits(subscription->handle, limit(pending.messages),
                                    limit(pending.bytes));
  std::lock_guard lock(impl_->subscriptions_mutex);
  const int id = impl_->next_subscription++;
  impl_->subscriptions.emplace(id, subscription);
  return id;
}

// The object stays until close(): destroying it while messages come in is what 3.4 crashes on.
void NatsLink::unsubscribe(int id) {
  std::shared_lock use(impl_->use);
  if (const auto subscription = impl_->find(id); subscription && impl_->connection) {
    natsSubscription_Unsubscribe(subscription->handle);
  }
}

std::size_t NatsLink::queued(int id) const {
  const auto subscription = impl_->find(id);
  int messages = 0;
  if (subscription == nullptr) return 0;
  natsSubscription_GetPending(subscription->handle, &messages, nullptr);
  return static_cast<std::size_t>(std::max(messages, 0));
}

std::uint64_t NatsLink::lost(int id) const {
  const auto subscription = impl_->find(id);
  std::int64_t dropped = 0;
  if (subscription == nullptr) return 0;
  natsSubscription_GetDropped(subscription->handle, &dropped);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(dropped, 0));
}

Result<void> NatsLink::publish(const std::string& subject, const std::string& reply,
                               std::string_view payload) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  const int size = static_cast<int>(payload.size());
  return check_nats(
      reply.empty()
          ? natsConnection_Publish(impl_->connection, subject.c_str(), payload.data(), size)
          : natsConnection_PublishRequest(impl_->connection, subject.c_str(), reply.c_str(),
                                          payload.data(), size),
      "publish");
}

Result<void> NatsLink::flush() {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  const natsStatus status = natsConnection_FlushTimeout(impl_->connection, kWriteDeadlineMs);
  if (status == NATS_OK) return {};
  return Error{ErrorKind::unavailable, "flush: " + impl_->explain(status, {})};
}

std::string NatsLink::refusal() const {
  std::shared_lock use(impl_->use);
  if (impl_->connection != nullptr) impl_->note(last_words(impl_->connection));
  std::lock_guard lock(impl_->state_mutex);
  return impl_->refused;
}

Result<void> NatsLink::publish_durable(const std::string& subject, std::string_view payload) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  jsPubAck* raw = nullptr;
  jsErrCode code{};
  const natsStatus status = js_Publish(&raw, impl_->jetstream, subject.c_str(), payload.data(),
                                       static_cast<int>(payload.size()), nullptr, &code);
  const PubAck ack(raw);
  if (status == NATS_OK) return {};
  return Error{ErrorKind::unavailable, "publish to the stream: " + impl_->explain(status, code)};
}

StreamAnswer NatsLink::find_stream(const std::string& stream) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return {};
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_GetStreamInfo(&info, impl_->jetstream, stream.c_str(), nullptr, &code);
  return impl_->stream_answer(status, code, info);
}

Result<std::optional<storage::StreamMark>> NatsLink::read_mark(const std::string& stream,
                                                               std::uint64_t sequence) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  natsMsg* raw = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_GetMsg(&raw, impl_->jetstream, stream.c_str(), sequence, nullptr, &code);
  const Message message(raw);
  if (status == NATS_NOT_FOUND || code == JSNoMessageFoundErr) {
    return std::optional<storage::StreamMark>();
  }
  if (status != NATS_OK) {
    return Error{ErrorKind::unavailable,
                 fmt::format("read message {}: {}", sequence, impl_->explain(status, code))};
  }
  const auto size = static_cast<std::size_t>(natsMsg_GetDataLength(raw));
  return std::optional(make_mark(
      {sequence, natsMsg_GetTime(raw), natsMsg_GetSubject(raw), {natsMsg_GetData(raw), size}}));
}

StreamAnswer NatsLink::make_stream(const StreamConfig& config,
                                   const std::vector<std::string>& subjects) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return {};
  std::vector<const char*> list = pointers(subjects);
  jsStreamConfig stream;
  jsStreamConfig_Init(&stream);
  stream.Name = config.stream.c_str();
  stream.Subjects = list.data();
  stream.SubjectsLen = static_cast<int>(list.size());
  stream.Storage = js_FileStorage;
  stream.Retention = js_LimitsPolicy;
  stream.Discard = js_DiscardOld;
  if (config.stream_max_bytes > 0) stream.MaxBytes = config.stream_max_bytes;
  stream.MaxAge = config.stream_max_age.count() * kNanosecondsOfSecond;
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status = js_AddStream(&info, impl_->jetstream, &stream, nullptr, &code);
  return impl_->stream_answer(status, code, info);
}

StreamAnswer NatsLink::set_subjects(const std::string& stream,
                                    const std::vector<std::string>& subjects) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return {};
  jsStreamInfo* raw = nullptr;
  jsErrCode code{};
  natsStatus status = js_GetStreamInfo(&raw, impl_->jetstream, stream.c_str(), nullptr, &code);
  if (status != NATS_OK) return impl_->stream_answer(status, code, raw);
  const StreamInfo now(raw);
  std::vector<const char*> list = pointers(subjects);
  jsStreamConfig config = *now->Config;
  config.Subjects = list.data();
  config.SubjectsLen = static_cast<int>(list.size());
  jsStreamInfo* info = nullptr;
  status = js_UpdateStream(&info, impl_->jetstream, &config, nullptr, &code);
  return impl_->stream_answer(status, code, info);
}

Result<void> NatsLink::make_consumer(const StreamConfig& config, std::uint64_t start_sequence) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  jsConsumerConfig consumer;
  jsConsumerConfig_Init(&consumer);
  consumer.Durable = config.consumer.c_str();
  consumer.DeliverPolicy = js_DeliverByStartSequence;
  consumer.OptStartSeq = start_sequence;
  consumer.AckPolicy = js_AckAll;
  // Messages wait for their commit as long as it takes (a full disk): we follow by our own position
  // and need nothing sent again.
  consumer.AckWait = 3600 * kNanosecondsOfSecond;
  consumer.MaxDeliver = -1;
  consumer.MaxAckPending = kMaxAckPending;
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_AddConsumer(&info, impl_->jetstream, config.stream.c_str(), &consumer, nullptr, &code);
  jsConsumerInfo_Destroy(info);
  if (status == NATS_OK) return {};
  return Error{ErrorKind::unavailable,
               fmt::format("make consumer {}: {}", config.consumer, impl_->explain(status, code))};
}

Result<std::uint64_t> NatsLink::find_pending(const std::string& stream,
                                             const std::string& consumer) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_GetConsumerInfo(&info, impl_->jetstream, stream.c_str(), consumer.c_str(), nullptr, &code);
  if (status != NATS_OK) return Error{ErrorKind::unavailable, impl_->explain(status, code)};
  const std::uint64_t pending = info->NumPending;
  jsConsumerInfo_Destroy(info);
  return pending;
}

Result<void> NatsLink::delete_consumer(const std::string& stream, const std::string& consumer) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  jsErrCode code{};
  const natsStatus status =
      js_DeleteConsumer(impl_->jetstream, stream.c_str(), consumer.c_str(), nullptr, &code);
  if (status == NATS_OK || answer_of(status, code) == Answer::not_found) return {};
  return Error{ErrorKind::unavailable,
               fmt::format("delete consumer {}: {}", consumer, impl_->explain(status, code))};
}

void NatsLink::interrupt() { impl_->interrupt(); }

void NatsLink::close() { impl_->close(); }

void NatsLink::release_thread_memory() { nats_ReleaseThreadMemory(); }

void NatsLink::Impl::interrupt() {
  {
    std::lock_guard lock(state_mutex);
    on_lost = nullptr;
  }
  std::shared_lock lock(use);
  if (connection != nullptr) natsConnection_Close(connection);
}

void NatsLink::Impl::close() {
  interrupt();
  all<Impl>().remove(number);
  natsConnection* ended = nullptr;
  jsCtx* ended_jetstream = nullptr;
  {
    std::unique_lock lock(use);
    ended = std::exchange(connection, nullptr);
    ended_jetstream = std::exchange(jetstream, nullptr);
  }
  if (ended == nullptr) return;
  std::map<int, std::shared_ptr<NatsSubscription>> ended_subscriptions;
  {
    std::lock_guard lock(subscriptions_mutex);
    ended_subscriptions.swap(subscriptions);
  }
  for (auto& [id, subscription] : ended_subscriptions) {
    all<NatsSubscription>().remove(subscription->number);
    subscription->end();
    natsSubscription_Destroy(subscription->handle);
  }
  jsCtx_Destroy(ended_jetstream);
  natsConnection_Destroy(ended);
}

}  // namespace jobledger::ingest
