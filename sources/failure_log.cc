// SPDX-License-Identifier: MIT
#include "sources/failure_log.h"

#include <string>

namespace jobledger::sources {
namespace {

std::string describe(const ReadFailure& failure) {
  std::string text = failure.metric;
  if (!failure.hostname.empty()) text += (text.empty() ? "" : " of ") + failure.hostname;
  return (text.empty() ? "all" : text) + ": " + failure.reason;
}

}  // namespace

FailureLog::FailureLog(Telemetry& telemetry)
    : failed_(telemetry.counter("jobledger_metric_read_failures_total",
                                "Series, hosts and jobs that are missing from answers because "
                                "their samples could not be read")) {}

Result<schema::MetricData> FailureLog::accept(Result<MetricAnswer> answer, std::string_view whose) {
  if (!answer) return std::move(answer).error();
  if (answer->failures.empty()) return std::move(answer->data);
  const std::string first = describe(answer->failures.front());
  failed_.add(static_cast<double>(answer->failures.size()));
  if (gate_.pass() >= 0) {
    LOG(warning, "metrics", "{}: missing={} from an answer, first: {}", whose,
        answer->failures.size(), first);
  }
  if (answer->data.metrics.empty()) {
    return Error{ErrorKind::unavailable, "no metrics could be read: " + first};
  }
  return std::move(answer->data);
}

void FailureLog::note(std::string_view whose, std::string_view reason) {
  failed_.add();
  if (gate_.pass() >= 0) LOG(warning, "metrics", "{}: left out of an answer: {}", whose, reason);
}

}  // namespace jobledger::sources
