// SPDX-License-Identifier: MIT
// Samples of one batch into the ticks of their hosts: the hot loop of metric ingest.
//
// Operation: names are looked up once a batch. Samples come host by host and mostly in the order
// of the host's layout, so a sample costs a look at the next column. Series that a host's layout
// does not have yet are put aside and added together at the end, as each makes a new layout. Only
// hosts and series that the limits admit get numbers: those are kept for ever, and names that
// change all the time must not fill the dictionaries.
// Executor: the writer thread. Lifetime: of one call.
#pragma once

#include "storage/metrics/head_edit.h"

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jobledger::storage::metrics {

class HeadPut {
 public:
  // The entry of that host for writing; null when there may be no more. A host that has no number
  // (kNoString) gets one when it is admitted.
  using EditHost = std::function<EditedHost*(HostKey, const SampleBatch::Host&)>;

  struct Parts {
    const Config& config;
    Head& head;
    jobs::Dictionaries& dictionaries;
    EditHost edit_host;
  };
  HeadPut(Parts parts, const SampleBatch& batch) : parts_(std::move(parts)), batch_(batch) {}

  PutOutcome run(std::uint64_t series_before);
  std::int64_t new_series() const { return new_series_; }

 private:
  using Sample = SampleBatch::Sample;

  // One host and timestep of this batch.
  struct Target {
    EditedHost* entry = nullptr;        // null: refused
    std::vector<const Sample*> missed;  // of series that the layout does not have, in order
    std::uint32_t next_column = 0;      // where the next sample is expected ...
    std::uint32_t next_metric = 0;      // ... and in which metric of the layout
    std::int64_t time = 0;              // of the sample before, and its tick
    std::size_t touched = SIZE_MAX;
  };
  struct Place {
    std::uint32_t metric = 0, column = 0;  // in the layout
  };

  void find_names();
  StringId metric_number(std::uint32_t place);  // makes one
  StringId element_number(std::uint32_t place);
  Target& target_of(const Sample& sample);
  bool find_place(Target& target, const Sample& sample);
  void put(Target& target, const Sample& sample, const Place& place);
  std::size_t touch(EditedHost& entry, std::int64_t slot);
  void follow_phase(HostTicks& host, std::int64_t time);
  void add_missed(Target& target, PutOutcome& outcome);
  std::uint64_t room_for_series(const HostTicks& host) const;
  std::vector<SeriesKey> admit(const Target& target);
  // `newest`: time of a sample of theirs.
  void extend_layout(EditedHost& entry, const std::vector<SeriesKey>& series, std::int64_t newest);

  const Parts parts_;
  const SampleBatch& batch_;
  // By place in the batch; kNoString: no number yet.
  std::vector<StringId> metrics_, elements_;
  std::vector<std::pair<StringId, StringId>> hosts_;   // cluster, host
  std::unordered_map<std::uint64_t, Target> targets_;  // by (place of the host, timestep)
  Target* current_ = nullptr;
  std::uint64_t current_key_ = UINT64_MAX;
  std::uint64_t series_before_ = 0;
  std::int64_t new_series_ = 0;
};

}  // namespace jobledger::storage::metrics
