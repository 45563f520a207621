// SPDX-License-Identifier: MIT
#include "base/worker_pool.h"

#include "base/log.h"
#include "base/turn.h"

#include <pthread.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <vector>

namespace jobledger {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono_literals::operator""ms;

constexpr Clock::duration kShort = 5ms;   // jobs up to this have turns of their own
constexpr Clock::duration kSlice = 10ms;  // of long jobs

struct Job {
  Job(std::function<void()> to_do, const WorkerPool::Client& whose)
      : work(std::move(to_do)), client(whose) {}

  bool is_short() const { return used < kShort && !wants_large; }
  // Jobs that ran about as long take turns; longer ones wait for shorter ones.
  auto level() const { return std::bit_width(static_cast<std::uint64_t>(used / kShort)); }

  std::function<void()> work;
  const WorkerPool::Client client;
  Clock::duration used{};  // before this turn
  Clock::time_point turn_began;
  std::uint64_t place = 0;  // ascending, in the queue
  bool has_thread = false, has_turn = false, short_turn = false;
  bool wants_large = false, large = false;
  std::condition_variable woken;
};

using JobPtr = std::shared_ptr<Job>;

}  // namespace

struct WorkerPool::Impl {
  struct Share {
    std::size_t turns = 0, large = 0, waiting = 0, jobs = 0;
    std::uint64_t served = 0;  // when it got its last turn
  };

  Impl(std::string pool_name, std::size_t turns_each, std::size_t most_queued,
       std::size_t most_large)
      : name(std::move(pool_name)),
        turns(turns_each),
        max_queued(most_queued),
        max_large(std::max<std::size_t>(most_large, 1)) {}

  bool submit(JobPtr job, bool bounded);
  void enqueue(const JobPtr& job);
  void dispatch();
  JobPtr next(bool of_short_ones);
  bool may_run(const Job& job) const;
  void give_turn(const JobPtr& job, bool short_turn);
  void take_turn(Job& job);
  void wait_for_turn(std::unique_lock<std::mutex>& lock, const JobPtr& job);
  void run();
  void end(const JobPtr& job);
  void stop();

  const std::string name;
  const std::size_t turns, max_queued, max_large;
  mutable std::mutex mutex;
  std::condition_variable work_there, all_done;
  std::vector<JobPtr> waiting;  // for a turn
  std::deque<JobPtr> ready;     // have a turn, and no thread yet
  std::map<Client, Share> shares;
  std::size_t short_turns = 0, long_turns = 0, large = 0;  // in use
  std::size_t unfinished = 0, idle = 0;                    // jobs, threads
  std::uint64_t serial = 0;
  bool stopping = false, ended = false;
  std::vector<std::thread> threads;
};

namespace {

// What this thread works on.
struct Current {
  WorkerPool::Impl* pool = nullptr;
  JobPtr job;
  Clock::time_point slice_end;
};

thread_local Current current;

}  // namespace

bool WorkerPool::Impl::submit(JobPtr job, bool bounded) {
  const std::lock_guard lock(mutex);
  if (stopping || waiting.size() >= max_queued) return false;
  const auto share = shares.find(job->client);
  const bool has_half =
      share != shares.end() && share->second.waiting >= std::max<std::size_t>(max_queued / 2, 1);
  if (bounded && has_half) return false;
  ++unfinished;
  ++shares[job->client].jobs;
  enqueue(job);
  dispatch();
  return true;
}

void WorkerPool::Impl::enqueue(const JobPtr& job) {
  job->place = ++serial;
  ++shares[job->client].waiting;
  waiting.push_back(job);
}

void WorkerPool::Impl::dispatch() {
  for (const bool short_ones : {true, false}) {
    const std::size_t& used = short_ones ? short_turns : long_turns;
    while (used < turns) {
      const JobPtr job = next(short_ones);
      if (!job) break;
      give_turn(job, short_ones);
    }
  }
}

bool WorkerPool::Impl::may_run(const Job& job) const {
  if (!job.wants_large || job.large) return true;
  return large < max_large && shares.at(job.client).large < std::max<std::size_t>(max_large / 2, 1);
}

// Taken out of the queue.
JobPtr WorkerPool::Impl::next(bool of_short_ones) {
  const auto rank = [this](const Job& job) {
    const Share& share = shares.at(job.client);
    return std::tuple(share.turns, share.served, job.level(), job.place);
  };
  auto best = waiting.end();
  for (auto each = waiting.begin(); each != waiting.end(); ++each) {
    if ((*each)->is_short() != of_short_ones || !may_run(**each)) continue;
    if (best == waiting.end() || rank(**each) < rank(**best)) best = each;
  }
  if (best == waiting.end()) return nullptr;
  JobPtr job = std::move(*best);
  waiting.erase(best);
  --shares.at(job->client).waiting;
  return job;
}

void WorkerPool::Impl::give_turn(const JobPtr& job, bool short_turn) {
  Share& share = shares.at(job->client);
  ++share.turns;
  share.served = ++serial;
  if (job->wants_large && !job->large) {
    job->large = true;
    ++large;
    ++share.large;
  }
  ++(short_turn ? short_turns : long_turns);
  job->short_turn = short_turn;
  job->has_turn = true;
  job->turn_began = Clock::now();
  if (job->has_thread) return job->woken.notify_one();
  job->has_thread = true;
  ready.push_back(job);
  if (ready.size() <= idle) return work_there.notify_one();
  threads.emplace_back([this] { run(); });
  pthread_setname_np(threads.back().native_handle(), name.substr(0, 15).c_str());
}

// Back from the job.
void WorkerPool::Impl::take_turn(Job& job) {
  job.used += Clock::now() - job.turn_began;
  job.has_turn = false;
  --(job.short_turn ? short_turns : long_turns);
  --shares.at(job.client).turns;
}

// Pre: it has none. Executor: the job's thread.
void WorkerPool::Impl::wait_for_turn(std::unique_lock<std::mutex>& lock, const JobPtr& job) {
  enqueue(job);
  dispatch();
  job->woken.wait(lock, [&] { return job->has_turn; });
  const bool is_new = job->used < kShort;
  current.slice_end = job->turn_began + (is_new ? kShort - job->used : kSlice);
}

void WorkerPool::Impl::end(const JobPtr& job) {
  take_turn(*job);
  const auto share = shares.find(job->client);
  if (job->large) {
    --large;
    --share->second.large;
  }
  if (--share->second.jobs == 0) shares.erase(share);
  dispatch();
  if (--unfinished == 0) all_done.notify_all();
}

void WorkerPool::Impl::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    ++idle;
    work_there.wait(lock, [this] { return ended || !ready.empty(); });
    --idle;
    if (ready.empty()) return;
    const JobPtr job = std::move(ready.front());
    ready.pop_front();
    lock.unlock();
    current = {this, job, job->turn_began + kShort};
    try {
      job->work();
    } catch (const std::exception& e) {
      LOG(error, "pool", "{}: a job ended by an exception: {}", name, e.what());
    }
    job->work = nullptr;  // what it holds ends before its turn does
    current = {};
    lock.lock();
    end(job);
  }
}

void WorkerPool::Impl::stop() {
  {
    std::unique_lock lock(mutex);
    stopping = true;
    all_done.wait(lock, [this] { return unfinished == 0; });
    ended = true;
  }
  work_there.notify_all();
  for (auto& thread : threads) {
    if (thread.joinable()) thread.join();
  }
}

WorkerPool::WorkerPool(std::string name, std::size_t threads, std::size_t max_queued,
                       std::size_t max_large)
    : impl_(std::make_unique<Impl>(std::move(name), threads, max_queued, max_large)) {}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::submit(std::function<void()> job, const Client& client) {
  const bool bounded = client != Client{};
  return impl_->submit(std::make_shared<Job>(std::move(job), client), bounded);
}

bool WorkerPool::submit(std::function<void()> job) {
  const bool is_helper = current.pool == impl_.get();
  auto made = std::make_shared<Job>(std::move(job), is_helper ? current.job->client : Client{});
  if (is_helper) made->used = current.job->used;
  return impl_->submit(std::move(made), false);
}

void WorkerPool::stop() { impl_->stop(); }

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->waiting.size();
}

const std::string& WorkerPool::name() const { return impl_->name; }

void yield_turn() {
  if (current.pool == nullptr || Clock::now() < current.slice_end) return;
  std::unique_lock lock(current.pool->mutex);
  if (!current.job->has_turn) return;  // within a pause
  current.pool->take_turn(*current.job);
  current.pool->wait_for_turn(lock, current.job);
}

void begin_large_work() {
  if (current.pool == nullptr || current.job->wants_large) return;
  std::unique_lock lock(current.pool->mutex);
  current.job->wants_large = true;
  current.pool->take_turn(*current.job);
  current.pool->wait_for_turn(lock, current.job);
}

TurnPause::TurnPause() {
  if (current.pool == nullptr) return;
  const std::lock_guard lock(current.pool->mutex);
  if (!current.job->has_turn) return;  // within another pause
  current.pool->take_turn(*current.job);
  current.pool->dispatch();
  paused_ = true;
}

TurnPause::~TurnPause() {
  if (!paused_) return;
  std::unique_lock lock(current.pool->mutex);
  current.pool->wait_for_turn(lock, current.job);
}

}  // namespace jobledger
