// SPDX-License-Identifier: MIT
#include "archive/finisher_state.h"

namespace jobledger::archive {

FinisherTelemetry::FinisherTelemetry(Telemetry& telemetry)
    : jobs(telemetry.counter("jobledger_archive_jobs_total", "Jobs written to the archive")),
      failures(telemetry.counter("jobledger_archive_failures_total",
                                 "Tries to archive a single job that failed")),
      without_metrics(telemetry.counter("jobledger_archive_jobs_without_metrics_total",
                                        "Jobs archived though nothing was measured")),
      in_flight(telemetry.gauge("jobledger_archive_in_flight_jobs",
                                "Jobs written whose index entry is not yet")),
      deferred(telemetry.gauge("jobledger_archive_deferred_jobs",
                               "Jobs that failed and wait for their next try")),
      aside(telemetry.gauge("jobledger_archive_set_aside_jobs",
                            "Jobs that failed too often to be tried again soon")),
      unread(telemetry.gauge("jobledger_archive_unread_jobs",
                             "Finished jobs that wait for another metric store")),
      settling(telemetry.gauge("jobledger_archive_settling_jobs",
                               "Finished jobs whose last samples may still arrive")),
      blocked(
          telemetry.gauge("jobledger_archive_blocked", "1 while nothing can be archived, else 0")),
      batch_seconds(telemetry.latency("jobledger_archive_batch_seconds",
                                      "Time to write and sync one batch of jobs")) {}

}  // namespace jobledger::archive
