// SPDX-License-Identifier: MIT
// The commands of `jobledger`, each with its options as a struct. They print to stdout, errors to
// stderr, and return the exit status.
#pragma once

#include "cli/http_client.h"
#include "cli/job_query.h"
#include "cli/simulation.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace jobledger::cli {

// Tells the error and gives the status that fits it.
int fail(const Error& error);

struct StatusOptions {
  bool unmatched = false;  // instead: what agents sent that nobody knows
  bool set_aside = false;  // instead: jobs that cannot be archived
  bool json = false;
};
int show_status(const HttpClient& daemon, const StatusOptions& options);

struct JobsOptions {
  JobSelection selection;
  std::uint32_t limit = 20;
  bool json = false;
};
int list_jobs(const HttpClient& daemon, const JobsOptions& options);

struct JobOptions {
  JobSelection selection;
  std::uint32_t limit = 20;
  bool json = false;
  bool all = false;    // all metrics, nodes and accelerators
  bool ascii = false;  // no other characters, whatever the locale says
};
// A report of each run of that job.
int report_job(const HttpClient& daemon, const JobOptions& options);

struct LettersOptions {
  std::vector<std::int64_t> ids;
  bool all = false;
  std::uint32_t limit = 50;
  bool json = false;
};
int list_letters(const HttpClient& daemon, const LettersOptions& options);
int show_letters(const HttpClient& daemon, const LettersOptions& options);
int retry_letters(const HttpClient& daemon, const LettersOptions& options);
int drop_letters(const HttpClient& daemon, const LettersOptions& options);

// Follows the import until it ends, with a progress line on a terminal.
int import_archive(const HttpClient& daemon, const std::filesystem::path& folder, bool wait);

struct SimulateOptions {
  SimulationConfig simulation;
  std::vector<std::string> clusters = {"demo"};  // one simulation each, seeds ascending
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string job_subject = "cc.job.event", node_subject = "cc.node.state";
  std::string metric_subject = "hpc-nats";
  double compression = 1;               // simulated seconds in one real one
  std::string rate = "real";            // "real" (by simulated time), "max", or events per second
  double metric_rate = 500'000;         // samples per second at most; 0: no limit
  std::int64_t seconds = 0;             // of real time, then it stops; 0: no limit
  std::filesystem::path write_archive;  // instead of publishing: an archive tree, in this folder
  bool print = false;                   // instead of publishing: messages to stdout
};
int simulate(SimulateOptions options);

}  // namespace jobledger::cli
