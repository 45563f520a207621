// SPDX-License-Identifier: MIT
#include "archive/data_cache.h"

#include "base/turn.h"

#include <chrono>
#include <utility>

namespace jobledger::archive {
namespace {

constexpr auto kSlice = std::chrono::milliseconds(5);  // how soon who waits sees a stop flag

std::size_t memory_bytes(const schema::StatisticsSeries& series) {
  std::size_t values = 0;
  for (const auto& [percentile, list] : series.percentiles) values += list.capacity();
  for (const auto* list : {&series.mean, &series.median, &series.min, &series.max})
    if (*list) values += (*list)->capacity();
  return values * sizeof(double);
}

std::size_t memory_bytes(const schema::ScopedMetric& metric) {
  constexpr std::size_t kSeriesBytes = sizeof(schema::Series) + 32;  // a long host name
  std::size_t bytes = sizeof metric + metric.series.capacity() * kSeriesBytes;
  for (const schema::Series& series : metric.series)
    bytes += series.data.capacity() * sizeof(float);
  if (metric.statistics_series) bytes += memory_bytes(*metric.statistics_series);
  return bytes;
}

Counter read_counter(Telemetry& telemetry, const char* found) {
  return telemetry.counter("jobledger_data_cache_reads_total",
                           "Questions for the metric data of archived jobs, by whether it was "
                           "decoded already, or just being decoded",
                           {{"found", found}});
}

}  // namespace

std::size_t memory_bytes(const schema::MetricData& data) {
  std::size_t bytes = sizeof data;
  for (const schema::MetricSamples& metric : data.metrics) {
    bytes += sizeof metric;
    for (const schema::ScopedMetric& scoped : metric.scopes) bytes += memory_bytes(scoped);
  }
  return bytes;
}

DataCache::DataCache(std::size_t max_bytes, Telemetry& telemetry)
    : kept_(max_bytes),
      hits_(read_counter(telemetry, "yes")),
      misses_(read_counter(telemetry, "no")),
      bytes_(telemetry.gauge("jobledger_data_cache_bytes",
                             "Memory that decoded metric data of archived jobs takes")) {}

Result<DataCache::Data> DataCache::wait(std::unique_lock<std::mutex>& lock, const Flight& flight,
                                        const sources::Stop& stop) {
  while (!flight.landed) {
    if (stop.asked()) return Error{ErrorKind::cancelled, "reading metrics was stopped"};
    landed_.wait_for(lock, kSlice);
  }
  return *flight.landed;
}

void DataCache::land(const storage::jobs::JobRef& job, const FlightPtr& flight,
                     Result<Data> result) {
  decltype(kept_.put({}, {}, 0)) gone;  // freed outside the lock
  const std::size_t bytes = result ? memory_bytes(**result) : 0;
  {
    const std::lock_guard lock(mutex_);
    if (result) gone = kept_.put(job, *result, bytes);
    bytes_.set(static_cast<double>(kept_.bytes()));
    flights_.erase(job);
    flight->landed = std::move(result);
  }
  landed_.notify_all();
}

// Tells those who wait in any case, also when decoding ends by an exception.
class DataCache::Landing {
 public:
  Landing(DataCache& cache, const storage::jobs::JobRef& job, FlightPtr flight)
      : cache_(cache), job_(job), flight_(std::move(flight)) {}
  ~Landing() {
    if (flight_) cache_.land(job_, flight_, Error{ErrorKind::internal, "decoding did not end"});
  }
  Result<Data> with(Result<Data> result) {
    cache_.land(job_, std::exchange(flight_, nullptr), result);
    return result;
  }

 private:
  DataCache& cache_;
  const storage::jobs::JobRef& job_;
  FlightPtr flight_;
};

Result<DataCache::Data> DataCache::get(const storage::jobs::JobRef& job, const sources::Stop& stop,
                                       const Load& load) {
  const auto flight = std::make_shared<Flight>();
  FlightPtr other;  // of the same job, begun by somebody else
  {
    const std::lock_guard lock(mutex_);
    if (const Data* kept = kept_.find(job)) {
      hits_.add();
      return *kept;
    }
    const auto [known, first] = flights_.try_emplace(job, flight);
    if (!first) {
      hits_.add();
      other = known->second;
    }
  }
  if (other) {
    const TurnPause pause;
    std::unique_lock lock(mutex_);
    return wait(lock, *other, stop);
  }
  misses_.add();
  Landing landing(*this, job, flight);
  auto loaded = load();
  if (!loaded) return landing.with(std::move(loaded).error());
  return landing.with(Data(std::make_shared<const schema::MetricData>(*std::move(loaded))));
}

}  // namespace jobledger::archive
