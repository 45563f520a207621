// SPDX-License-Identifier: MIT
#pragma once

#include "schema/scopes.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace jobledger::archive {

struct Config {
  std::filesystem::path path = "/var/lib/jobledger/archive";  // root of the job-archive tree
  // Where jobs are written before they are renamed into the tree; on the same file system. Empty:
  // "<path>.staging", beside the tree, as other readers take every folder in the root for a
  // cluster. When the root is a mount point of its own: a hidden folder in it, "<path>/.staging".
  std::filesystem::path staging;
  // An absent or empty root becomes an archive at start, as --init-db does it once. Off: the daemon
  // waits, as the archive may only not be mounted yet.
  bool create = false;
  // Clusters that the index knows and the archive may lack: given up for good.
  std::vector<std::string> retired_clusters;
  // How often it is looked whether the archive is there, at the start and later.
  std::chrono::milliseconds look{2'000};

  std::size_t compress_bytes = 2000;          // longer metric data is gzipped; as the field does
  int gzip_level = 6;                         // 1 (fast) to 12 (small)
  std::size_t max_cluster_bytes = 64u << 20;  // of one cluster.json; longer ones are refused
  std::size_t max_meta_bytes = 16u << 20;     // of one meta.json; longer ones are refused
  // Of one job's metric data, unpacked; longer ones are refused.
  std::size_t max_data_bytes = std::size_t{16} << 30;
  // Memory for metric data of archived jobs while it is read, of all readers together. A file that
  // is longer than a sixteenth of it is read piece by piece.
  std::size_t read_bytes = 256u << 20;
  std::size_t data_cache_bytes = 256u << 20;  // decoded metric data of archived jobs for readers

  std::size_t finisher_batch = 512;  // jobs written between two syncs, 1 to 65536
  std::size_t finisher_threads = 3;  // that write and sync their files, >= 1
  // Memory for the samples of finished jobs while they are written, of all jobs together. A job
  // that needs more than a quarter of it is written piece by piece.
  std::size_t finisher_bytes = 256u << 20;
  // A job without samples for longer than this after its start has a data.json that begins at its
  // first sample, and one without them for longer before its end has one that ends at its last.
  std::chrono::seconds max_gap_at_ends{86'400};
  // Without being told, the finisher looks for due jobs this often.
  std::chrono::milliseconds finisher_poll{5'000};
  // Pause after a failure, doubled each time up to the longest.
  std::chrono::milliseconds retry_min{1'000}, retry_max{30'000};
  // Single jobs that could not be written and wait for their next try; with more of them the
  // finisher takes the whole archive for out of order and pauses.
  std::size_t max_deferred = 10'000;

  // A job that failed so often by itself is set aside: it is listed, and tried again after
  // aside_retry and at the next start only.
  std::size_t max_tries = 3;
  std::chrono::milliseconds aside_retry{86'400'000};

  // Scopes of metrics that go into a finished job's data.json.
  schema::ArchiveScopeConfig scopes;
  // How long after the end of a job its last samples may arrive; archiving waits for that.
  std::chrono::seconds metrics_settle{30};
  // ... and for the log of metrics to be read, or another store to answer, no longer than this.
  std::chrono::seconds metrics_patience{3600};
  // Between two looks at the footprints and energy of running jobs; 0: never.
  std::chrono::seconds running_footprints{600};

  std::size_t import_threads = 2;  // that read and check meta.json files, >= 2
  std::size_t import_batch = 512;  // jobs per write to the index, 1 to 65536
};

// `staging`, or its default.
std::filesystem::path staging_path(const Config& config);

}  // namespace jobledger::archive
