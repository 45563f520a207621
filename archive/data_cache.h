// SPDX-License-Identifier: MIT
// Decoded data files of archived jobs, within a bound of bytes.
//
// Keyed by number and revision of the job's record, which changes with whatever happens to the job,
// so an entry never goes stale. Whoever asks for a job that is just being decoded waits for that
// one instead of decoding it again.
// Executor: any thread; get() blocks. Lifetime: data lives as long as somebody holds it.
#pragma once

#include "base/lru.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "schema/metric_data.h"
#include "sources/metric_source.h"
#include "storage/jobs/row.h"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace jobledger::archive {

class DataCache {
 public:
  using Data = std::shared_ptr<const schema::MetricData>;
  using Load = std::function<Result<schema::MetricData>()>;

  DataCache(std::size_t max_bytes, Telemetry& telemetry);

  // Calls `load` on this thread when the data is neither here nor on its way. Its error goes to
  // all who wait, and is not kept. `cancelled` when `stop` comes while waiting for another's.
  Result<Data> get(const storage::jobs::JobRef& job, const sources::Stop& stop, const Load& load);

 private:
  struct Flight {
    std::optional<Result<Data>> landed;
  };
  using FlightPtr = std::shared_ptr<Flight>;
  class Landing;

  Result<Data> wait(std::unique_lock<std::mutex>& lock, const Flight& flight,
                    const sources::Stop& stop);
  void land(const storage::jobs::JobRef& job, const FlightPtr& flight, Result<Data> result);

  std::mutex mutex_;
  std::condition_variable landed_;
  Lru<storage::jobs::JobRef, Data, storage::jobs::JobRefHash> kept_;
  std::unordered_map<storage::jobs::JobRef, FlightPtr, storage::jobs::JobRefHash> flights_;
  Counter hits_, misses_;
  Gauge bytes_;
};

// What decoded data takes in memory, about.
std::size_t memory_bytes(const schema::MetricData& data);

}  // namespace jobledger::archive
