// SPDX-License-Identifier: MIT
#include "daemon/gauges.h"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <memory>

namespace jobledger::daemon {
namespace {

struct Gauges {
  explicit Gauges(Telemetry& telemetry)
      : ready(telemetry.gauge("jobledger_ready", "1 when /readyz says yes")),
        jobs(telemetry.gauge("jobledger_jobs", "Jobs in the index")),
        running(telemetry.gauge("jobledger_jobs_running", "Running jobs in the index")),
        due(telemetry.gauge("jobledger_archive_due_jobs", "Finished jobs not yet archived")),
        letters(telemetry.gauge("jobledger_dead_letters", "Dead letters kept")),
        letters_dropped(telemetry.gauge("jobledger_dead_letters_dropped",
                                        "Dead letters not kept for want of room")),
        letters_reserve(
            telemetry.gauge("jobledger_dead_letter_reserve_touched",
                            "1 when dead letters take their reserve for known clusters")),
        nodes_refused(
            telemetry.gauge("jobledger_nodes_refused",
                            "Reports since the start of nodes beyond those a cluster may have")),
        tags_refused(telemetry.gauge("jobledger_tags_refused",
                                     "Tags since the start that jobs did not get: too many, or "
                                     "too long")),
        reports_unreadable(telemetry.gauge(
            "jobledger_node_reports_unreadable",
            "Stored node reports since the start that could not be read, and were written over")),
        parked(telemetry.gauge("jobledger_parked_stops", "Stops that wait for their start")),
        damaged(telemetry.gauge("jobledger_damaged_tables",
                                "Table files that were put aside as damaged, since the start")),
        damaged_jobs(telemetry.gauge("jobledger_damaged_jobs",
                                     "Jobs whose record the disk lost, and the archive has not")),
        unreadable(telemetry.gauge("jobledger_metric_unreadable_log_entries",
                                   "Entries of samples that could not be read at the start")),
        blocks(telemetry.gauge("jobledger_metric_unreadable_blocks",
                               "Places in blocks of samples that could not be read when they were "
                               "needed, since the start; each time counts")),
        reads(telemetry.gauge("jobledger_storage_reads", "Reads of the store by answers")),
        table_bytes(telemetry.gauge("jobledger_memory_bytes", "Memory by what it is for",
                                    {{"part", "job_table"}})),
        dictionary_bytes(telemetry.gauge("jobledger_memory_bytes", "Memory by what it is for",
                                         {{"part", "dictionaries"}})),
        record_bytes(telemetry.gauge("jobledger_memory_bytes", "Memory by what it is for",
                                     {{"part", "record_cache"}})),
        resident(telemetry.gauge("process_resident_memory_bytes", "Resident memory")) {}

  Gauge ready, jobs, running, due, letters, letters_dropped, letters_reserve, nodes_refused;
  Gauge tags_refused, reports_unreadable;
  Gauge parked, damaged, damaged_jobs, unreadable, blocks, reads;
  Gauge table_bytes, dictionary_bytes, record_bytes, resident;
};

void set(Gauge& gauge, std::uint64_t value) { gauge.set(static_cast<double>(value)); }

}  // namespace

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void add_gauges(Telemetry& telemetry, const std::string& version, std::function<bool()> ready,
                std::function<const storage::Store*()> store) {
  telemetry
      .gauge("jobledger_build_info", "Always 1; the version is the label", {{"version", version}})
      .set(1);
  telemetry.gauge("process_start_time_seconds", "Start of the process, epoch seconds")
      .set(static_cast<double>(std::time(nullptr)));
  auto gauges = std::make_shared<Gauges>(telemetry);
  telemetry.before_scrape([gauges, &telemetry, ready = std::move(ready), store = std::move(store)] {
    gauges->ready.set(ready() ? 1 : 0);
    set(gauges->resident, resident_bytes());
    const storage::Store* open = store();
    if (!open) return;
    const auto stats = open->stats();
    set(gauges->jobs, stats.table.jobs);
    set(gauges->running, stats.table.running);
    set(gauges->due, stats.table.due);
    set(gauges->letters, stats.dead_letters);
    set(gauges->letters_dropped, stats.dead_letters_dropped);
    set(gauges->letters_reserve, stats.dead_letter_reserve_touched ? 1 : 0);
    set(gauges->nodes_refused, stats.refused_nodes);
    set(gauges->tags_refused, stats.refused_tags);
    set(gauges->reports_unreadable, stats.unreadable_reports);
    set(gauges->parked, stats.parked_stops);
    set(gauges->damaged, stats.damaged_tables);
    set(gauges->damaged_jobs, stats.damaged_jobs);
    set(gauges->unreadable, stats.unreadable_log_entries);
    set(gauges->blocks, stats.unreadable_blocks);
    set(gauges->reads, stats.reads);
    set(gauges->table_bytes, stats.table.memory_bytes);
    set(gauges->dictionary_bytes, stats.dictionary_bytes);
    set(gauges->record_bytes, stats.record_cache_bytes);
    for (const auto& [property, value] : stats.rocksdb) {
      auto gauge = telemetry.gauge("jobledger_rocksdb", "RocksDB properties by name",
                                   {{"property", property}});
      set(gauge, value);
    }
  });
}

}  // namespace jobledger::daemon
