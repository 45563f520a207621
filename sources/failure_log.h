// SPDX-License-Identifier: MIT
// For who delivers what there is: failures of single series and hosts are counted, and logged
// sparsely. Executor: any thread.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "sources/metric_source.h"

#include <string_view>

namespace jobledger::sources {

class FailureLog {
 public:
  explicit FailureLog(Telemetry& telemetry);

  // What there is of an answer; `unavailable` when failures left nothing of it. `whose`: for the
  // log, such as "job 17".
  Result<schema::MetricData> accept(Result<MetricAnswer> answer, std::string_view whose);
  // One failure that others are not to suffer from.
  void note(std::string_view whose, std::string_view reason);

 private:
  Counter failed_;
  LogGate gate_;
};

}  // namespace jobledger::sources
