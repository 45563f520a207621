// SPDX-License-Identifier: MIT
#include "ingest/nats_dial.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace jobledger::ingest {
namespace {

using Clock = std::chrono::steady_clock;

// It wakes a thread out of a blocking call, and does nothing else.
constexpr int kWakingSignal = SIGUSR2;
constexpr int kDefaultPort = 4222;

using Inodes = std::set<ino_t>;

// Calls visit(descriptor, inode) for each socket of this process.
template <class Visit>
void visit_sockets(Visit visit) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    struct stat status {};
    if (::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) visit(fd, status.st_ino);
  }
}

Inodes find_sockets() {
  Inodes inodes;
  visit_sockets([&](int, ino_t inode) { inodes.insert(inode); });
  return inodes;
}

// 0: not connected over the network.
int peer_port(int socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return 0;
  if (peer.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in&>(peer).sin_port);
  if (peer.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(peer).sin6_port);
  return 0;
}

std::set<int> broker_ports(const std::string& urls) {
  std::set<int> ports;
  for (std::size_t from = 0; from < urls.size();) {
    const std::size_t to = std::min(urls.find(',', from), urls.size());
    const std::string url = urls.substr(from, to - from);
    const std::size_t colon = url.rfind(':');
    const int port = colon == std::string::npos ? 0 : std::atoi(url.c_str() + colon + 1);
    ports.insert(port > 0 ? port : kDefaultPort);
    from = to + 1;
  }
  return ports;
}

void prepare_waking() {
  static const bool done = [] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(kWakingSignal, &action, nullptr);  // without SA_RESTART
    return true;
  }();
  static_cast<void>(done);
}

void allow_waking() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, kWakingSignal);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace

struct NatsDial::Try {
  explicit Try(const NatsConfig& config)
      : patience(config.connect_timeout),
        ports(broker_ports(config.url)),
        sockets_before(find_sockets()),
        deadline(Clock::now() + patience) {}

  void run(const NatsConfig& config, NatsLink::OnLost on_lost);
  void break_off();

  const std::chrono::milliseconds patience;
  const std::set<int> ports;
  const Inodes sockets_before;

  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  std::thread thread;
  bool done = false, given_up = false, late = false;
  std::optional<Result<std::unique_ptr<NatsLink>>> outcome;
  Clock::time_point deadline;
};

// Pre: the mutex is held, and the try is not done.
void NatsDial::Try::break_off() {
  late = true;
  deadline = Clock::now() + patience;
  ::pthread_kill(thread.native_handle(), kWakingSignal);
  visit_sockets([this](int fd, ino_t inode) {
    if (sockets_before.contains(inode) || !ports.contains(peer_port(fd))) return;
    ::shutdown(fd, SHUT_RDWR);
  });
}

void NatsDial::Try::run(const NatsConfig& config, NatsLink::OnLost on_lost) {
  allow_waking();
  auto opened = NatsLink::open(config, std::move(on_lost));
  std::unique_lock lock(mutex);
  if (given_up) {
    lock.unlock();
    if (opened) (*opened)->close();
    opened = Error{ErrorKind::cancelled, "given up"};
    lock.lock();
  }
  NatsLink::release_thread_memory();
  outcome = std::move(opened);
  done = true;
  changed.notify_all();
}

NatsDial::NatsDial(const NatsConfig& config, NatsLink::OnLost on_lost)
    : try_(std::make_shared<Try>(config)) {
  prepare_waking();
  std::lock_guard lock(try_->mutex);
  try_->thread = std::thread([self = try_, config, on_lost = std::move(on_lost)]() mutable {
    self->run(config, std::move(on_lost));
  });
}

NatsDial::~NatsDial() {
  give_up();
  std::unique_lock lock(try_->mutex);
  if (try_->done) {
    lock.unlock();
    try_->thread.join();
  } else {
    try_->break_off();
    try_->thread.detach();
  }
}

std::optional<Result<std::unique_ptr<NatsLink>>> NatsDial::wait(
    std::chrono::milliseconds patience) {
  const Clock::time_point until = Clock::now() + patience;
  std::unique_lock lock(try_->mutex);
  while (!try_->done && !try_->given_up && Clock::now() < until) {
    if (Clock::now() >= try_->deadline) try_->break_off();
    try_->changed.wait_until(lock, std::min(until, try_->deadline),
                             [this] { return try_->done || try_->given_up; });
  }
  if (!try_->done) return std::nullopt;
  return std::exchange(try_->outcome, std::nullopt);
}

bool NatsDial::is_late() const {
  std::lock_guard lock(try_->mutex);
  return try_->late;
}

void NatsDial::give_up() {
  std::lock_guard lock(try_->mutex);
  try_->given_up = true;
  try_->changed.notify_all();
}

}  // namespace jobledger::ingest
