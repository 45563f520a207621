// SPDX-License-Identifier: MIT
#include "storage/jobs/scan.h"

#include <algorithm>

namespace jobledger::storage::jobs {

const ColumnView& BlockScan::live_duration() {
  if (live_ready_) return live_view_;
  live_.resize(rows_);
  for (std::uint32_t row = 0; row < rows_; ++row)
    live_[row] = block_->is_running(row)
                     ? std::max<std::int64_t>(0, now_ - block_->at(Field::start_time, row))
                     : block_->at(Field::duration, row);
  live_view_.data = std::as_bytes(std::span(live_)).data();
  live_view_.width = 8;
  live_ready_ = true;
  return live_view_;
}

}  // namespace jobledger::storage::jobs
