// SPDX-License-Identifier: MIT
// What work on a pool's thread does so that others get their turn (worker_pool.h). All of it does
// nothing on other threads.
#pragma once

#include <cstddef>

namespace jobledger {

// Long work calls this every few milliseconds at most, where it holds no lock. Work that has had
// its share waits here until it is its turn again.
void yield_turn();

// Before work that takes much memory: waits until few others of that kind are under way. Lasts to
// the end of the job.
void begin_large_work();

// While it lives, others work in this thread's place: around waiting for other threads.
class TurnPause {
 public:
  TurnPause();
  ~TurnPause();
  TurnPause(const TurnPause&) = delete;
  TurnPause& operator=(const TurnPause&) = delete;

 private:
  bool paused_ = false;
};

}  // namespace jobledger
