// SPDX-License-Identifier: MIT
#include "ingest/nats_link.h"

#include "base/log.h"
#include "base/secret.h"

#include <fmt/format.h>
#include <nats/nats.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace jobledger::ingest {
namespace {

constexpr std::int64_t kWriteDeadlineMs = 2000;  // a broker that does not read stops nobody longer
constexpr std::int64_t kMaxAckPending = 1'000'000;  // more than we ever ask for; -1 means 1000
constexpr std::int64_t kNanoseconds = 1'000'000'000;

template <class T, void (*destroy)(T*)>
struct Destroy {
  void operator()(T* object) const { destroy(object); }
};
template <class T, void (*destroy)(T*)>
using Handle = std::unique_ptr<T, Destroy<T, destroy>>;
using Options = Handle<natsOptions, natsOptions_Destroy>;
using StreamInfo = Handle<jsStreamInfo, jsStreamInfo_Destroy>;
using PubAck = Handle<jsPubAck, jsPubAck_Destroy>;

std::string describe(natsStatus status) { return natsStatus_GetText(status); }

Result<void> check(natsStatus status, std::string_view what) {
  if (status == NATS_OK) return {};
  return Error{ErrorKind::unavailable, fmt::format("{}: {}", what, describe(status))};
}

// The library keeps the text of the broker's error in thread-local memory.
std::string last_error(natsStatus status, jsErrCode code) {
  natsStatus last = NATS_OK;
  const char* text = nats_GetLastError(&last);
  std::string words = text != nullptr && *text != '\0' ? text : describe(status);
  if (code != 0) words += fmt::format(" (JetStream error {})", static_cast<int>(code));
  return words;
}

Answer answer_of(natsStatus status, jsErrCode code) {
  if (status == NATS_OK) return Answer::ok;
  if (code == JSStreamNotFoundErr || code == JSConsumerNotFoundErr) return Answer::not_found;
  const bool none =
      status == NATS_NO_RESPONDERS || code == JSNotEnabledErr || code == JSNotEnabledForAccountErr;
  return none ? Answer::no_jetstream : Answer::failed;
}

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

StreamAnswer stream_answer(natsStatus status, jsErrCode code, jsStreamInfo* raw) {
  const StreamInfo info(raw);
  StreamAnswer answer;
  answer.answer = answer_of(status, code);
  if (status != NATS_OK) {
    answer.problem = last_error(status, code);
    return answer;
  }
  answer.facts = {info->Created, info->State.FirstSeq, info->State.LastSeq};
  for (int i = 0; i < info->Config->SubjectsLen; ++i) {
    answer.subjects.emplace_back(info->Config->Subjects[i]);
  }
  return answer;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> result;
  for (const std::string& text : texts) result.push_back(text.c_str());
  return result;
}

struct Subscription {
  NatsLink::Handler handler;
  natsSubscription* handle = nullptr;
  std::mutex mutex;
  std::condition_variable changed;
  bool complete = false;  // its handler will not be called any more

  void wait_complete() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return complete; });
  }
};

}  // namespace

struct NatsLink::Impl {
  OnState on_state;
  std::mutex state_mutex;  // guards on_state: emptied by close()

  // Shared: use of the handles below; exclusive: their end.
  mutable std::shared_mutex use;
  natsConnection* connection = nullptr;
  jsCtx* jetstream = nullptr;

  mutable std::mutex subscriptions_mutex;
  std::map<int, std::unique_ptr<Subscription>> subscriptions;
  int next_subscription = 1;

  void tell(LinkState state) {
    std::lock_guard lock(state_mutex);
    if (on_state) on_state(state);
  }
  Subscription* find(int id) const {
    std::lock_guard lock(subscriptions_mutex);
    const auto found = subscriptions.find(id);
    return found == subscriptions.end() ? nullptr : found->second.get();
  }
  void close();

  static void on_connected(natsConnection*, void* self) {
    static_cast<Impl*>(self)->tell(LinkState::connected);
  }
  static void on_disconnected(natsConnection*, void* self) {
    static_cast<Impl*>(self)->tell(LinkState::disconnected);
  }
  static void on_closed(natsConnection*, void* self) {
    static_cast<Impl*>(self)->tell(LinkState::closed);
  }
  static void on_error(natsConnection*, natsSubscription*, natsStatus status, void*) {
    static LogGate gate;
    const long held = gate.pass();
    if (held >= 0) LOG(warning, "nats", "{} more={}", describe(status), held);
  }
  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    static_cast<Subscription*>(closure)->handler(make_message(message));
  }
  static void on_complete(void* closure) {
    auto* subscription = static_cast<Subscription*>(closure);
    std::lock_guard lock(subscription->mutex);
    subscription->complete = true;
    subscription->changed.notify_all();
  }
};

namespace {

natsStatus set_servers(natsOptions* options, const NatsConfig& config) {
  std::vector<std::string> urls;
  for (std::size_t from = 0; from <= config.url.size();) {
    const std::size_t to = std::min(config.url.find(',', from), config.url.size());
    std::string url = config.url.substr(from, to - from);
    std::erase(url, ' ');
    if (!url.empty()) urls.push_back(std::move(url));
    from = to + 1;
  }
  std::vector<const char*> list = pointers(urls);
  return natsOptions_SetServers(options, list.data(), static_cast<int>(list.size()));
}

Result<void> set_identity(natsOptions* options, const NatsConfig& config) {
  if (!config.credentials.empty()) {
    TRY(check(natsOptions_SetUserCredentialsFromFiles(options, config.credentials.c_str(), nullptr),
              "credentials"));
  }
  if (!config.user.empty()) {
    Secret password;
    if (!config.password_file.empty()) {
      TRY(password, read_secret(config.password_file));
    }
    TRY(check(natsOptions_SetUserInfo(options, config.user.c_str(), password.reveal().c_str()),
              "user"));
  }
  if (!config.ca_certificates.empty() || config.url.find("tls://") != std::string::npos) {
    TRY(check(natsOptions_SetSecure(options, true), "TLS"));
  }
  if (!config.ca_certificates.empty()) {
    TRY(check(natsOptions_LoadCATrustedCertificates(options, config.ca_certificates.c_str()),
              fmt::format("CA certificates {}", config.ca_certificates.string())));
  }
  return {};
}

natsStatus set_patience(natsOptions* options, const NatsConfig& config) {
  natsStatus status = natsOptions_SetName(options, config.client_name.c_str());
  const auto then = [&](natsStatus next) { status = status == NATS_OK ? next : status; };
  then(natsOptions_SetTimeout(options, config.connect_timeout.count()));
  then(natsOptions_SetMaxReconnect(options, -1));
  then(natsOptions_SetReconnectWait(options, config.reconnect_wait.count()));
  then(natsOptions_SetPingInterval(options, config.ping_interval.count()));
  then(natsOptions_SetWriteDeadline(options, kWriteDeadlineMs));
  then(natsOptions_SetFailRequestsOnDisconnect(options, true));
  return status;
}

}  // namespace

Result<std::unique_ptr<NatsLink>> NatsLink::open(const NatsConfig& config, OnState on_state) {
  natsOptions* raw = nullptr;
  TRY(check(natsOptions_Create(&raw), "NATS options"));
  const Options options(raw);
  TRY(check(set_servers(raw, config), fmt::format("NATS url {}", config.url)));
  TRY(set_identity(raw, config));
  TRY(check(set_patience(raw, config), "NATS options"));

  auto impl = std::make_shared<Impl>();
  impl->on_state = std::move(on_state);
  // Callbacks of the connection may come even after its end: what they touch is never freed.
  static std::mutex graveyard_mutex;
  static auto* graveyard = new std::vector<std::shared_ptr<Impl>>;
  {
    std::lock_guard lock(graveyard_mutex);
    graveyard->push_back(impl);
  }
  void* self = impl.get();
  natsStatus status = natsOptions_SetErrorHandler(raw, Impl::on_error, self);
  const auto then = [&](natsStatus next) { status = status == NATS_OK ? next : status; };
  then(natsOptions_SetDisconnectedCB(raw, Impl::on_disconnected, self));
  then(natsOptions_SetReconnectedCB(raw, Impl::on_connected, self));
  then(natsOptions_SetClosedCB(raw, Impl::on_closed, self));
  then(natsOptions_SetRetryOnFailedConnect(raw, true, Impl::on_connected, self));
  TRY(check(status, "NATS options"));

  std::unique_ptr<NatsLink> link(new NatsLink(impl));
  std::unique_lock use(impl->use);
  status = natsConnection_Connect(&impl->connection, raw);
  if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED) {
    return Error{ErrorKind::unavailable,
                 fmt::format("connect to {}: {}", config.url, last_error(status, {}))};
  }
  jsOptions js;
  jsOptions_Init(&js);
  js.Wait = config.request_timeout.count();
  TRY(check(natsConnection_JetStream(&impl->jetstream, impl->connection, &js), "JetStream"));
  use.unlock();
  if (status == NATS_OK) impl->tell(LinkState::connected);
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
  auto subscription = std::make_unique<Subscription>();
  subscription->handler = std::move(handler);
  // The first message may come before the limits are set: they only matter to many.
  TRY(check(natsConnection_Subscribe(&subscription->handle, impl_->connection, subject.c_str(),
                                     Impl::on_message, subscription.get()),
            fmt::format("subscribe to {}", subject)));
  const auto limit = [](std::size_t n) {
    const auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
    return n == 0 ? -1 : static_cast<int>(std::min(n, most));
  };
  natsSubscription_SetPendingLimits(subscription->handle, limit(pending.messages),
                                    limit(pending.bytes));
  natsSubscription_SetOnCompleteCB(subscription->handle, Impl::on_complete, subscription.get());
  std::lock_guard lock(impl_->subscriptions_mutex);
  const int id = impl_->next_subscription++;
  impl_->subscriptions.emplace(id, std::move(subscription));
  return id;
}

// The object stays until close(): destroying it while messages come in is what 3.4 crashes on.
void NatsLink::unsubscribe(int id) {
  std::shared_lock use(impl_->use);
  if (Subscription* subscription = impl_->find(id); subscription && impl_->connection) {
    natsSubscription_Unsubscribe(subscription->handle);
  }
}

std::size_t NatsLink::queued(int id) const {
  Subscription* subscription = impl_->find(id);
  int messages = 0;
  if (subscription == nullptr) return 0;
  natsSubscription_GetPending(subscription->handle, &messages, nullptr);
  return static_cast<std::size_t>(std::max(messages, 0));
}

std::uint64_t NatsLink::lost(int id) const {
  Subscription* subscription = impl_->find(id);
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
  return check(reply.empty() ? natsConnection_Publish(impl_->connection, subject.c_str(),
                                                      payload.data(), size)
                             : natsConnection_PublishRequest(impl_->connection, subject.c_str(),
                                                             reply.c_str(), payload.data(), size),
               "publish");
}

Result<void> NatsLink::flush() {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  return check(natsConnection_FlushTimeout(impl_->connection, kWriteDeadlineMs), "flush");
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
  return Error{ErrorKind::unavailable, "publish to the stream: " + last_error(status, code)};
}

StreamAnswer NatsLink::find_stream(const std::string& stream) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return {};
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_GetStreamInfo(&info, impl_->jetstream, stream.c_str(), nullptr, &code);
  return stream_answer(status, code, info);
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
  stream.MaxAge = config.stream_max_age.count() * kNanoseconds;
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status = js_AddStream(&info, impl_->jetstream, &stream, nullptr, &code);
  return stream_answer(status, code, info);
}

StreamAnswer NatsLink::set_subjects(const std::string& stream,
                                    const std::vector<std::string>& subjects) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return {};
  jsStreamInfo* raw = nullptr;
  jsErrCode code{};
  natsStatus status = js_GetStreamInfo(&raw, impl_->jetstream, stream.c_str(), nullptr, &code);
  if (status != NATS_OK) return stream_answer(status, code, raw);
  const StreamInfo now(raw);
  std::vector<const char*> list = pointers(subjects);
  jsStreamConfig config = *now->Config;
  config.Subjects = list.data();
  config.SubjectsLen = static_cast<int>(list.size());
  jsStreamInfo* info = nullptr;
  status = js_UpdateStream(&info, impl_->jetstream, &config, nullptr, &code);
  return stream_answer(status, code, info);
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
  consumer.AckWait = 3600 * kNanoseconds;
  consumer.MaxDeliver = -1;
  consumer.MaxAckPending = kMaxAckPending;
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_AddConsumer(&info, impl_->jetstream, config.stream.c_str(), &consumer, nullptr, &code);
  jsConsumerInfo_Destroy(info);
  if (status == NATS_OK) return {};
  return Error{ErrorKind::unavailable,
               fmt::format("make consumer {}: {}", config.consumer, last_error(status, code))};
}

Result<std::uint64_t> NatsLink::find_pending(const std::string& stream,
                                             const std::string& consumer) {
  std::shared_lock use(impl_->use);
  if (impl_->connection == nullptr) return Error{ErrorKind::cancelled, "the link is closed"};
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_GetConsumerInfo(&info, impl_->jetstream, stream.c_str(), consumer.c_str(), nullptr, &code);
  if (status != NATS_OK) return Error{ErrorKind::unavailable, last_error(status, code)};
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
               fmt::format("delete consumer {}: {}", consumer, last_error(status, code))};
}

void NatsLink::close() { impl_->close(); }

void NatsLink::release_thread_memory() { nats_ReleaseThreadMemory(); }

void NatsLink::Impl::close() {
  {
    std::lock_guard lock(state_mutex);
    on_state = nullptr;
  }
  natsConnection* ended = nullptr;
  jsCtx* ended_jetstream = nullptr;
  {
    std::unique_lock lock(use);
    ended = std::exchange(connection, nullptr);
    ended_jetstream = std::exchange(jetstream, nullptr);
  }
  if (ended == nullptr) return;
  natsConnection_Close(ended);
  for (auto& [id, subscription] : subscriptions) subscription->wait_complete();
  for (auto& [id, subscription] : subscriptions) natsSubscription_Destroy(subscription->handle);
  jsCtx_Destroy(ended_jetstream);
  natsConnection_Destroy(ended);
  std::lock_guard lock(subscriptions_mutex);
  subscriptions.clear();
}

}  // namespace jobledger::ingest
