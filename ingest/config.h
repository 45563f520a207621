// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace jobledger::ingest {

using namespace std::chrono_literals;

// How to reach the broker.
struct NatsConfig {
  std::string url = "nats://127.0.0.1:4222";  // one or more, separated by commas
  std::filesystem::path credentials;          // a NATS .creds file; empty: none
  std::string user;                           // with password_file; empty: none
  std::filesystem::path password_file;        // its first line is the password
  std::filesystem::path ca_certificates;      // PEM; set, or tls:// in the url: TLS is demanded
  bool manage_streams = true;                 // make the stream, add missing subjects to it
  std::string client_name = "jobledgerd";     // shown by the broker's monitoring
  std::chrono::milliseconds connect_timeout{3000};  // of each step: resolve, connect, TLS, login
  std::chrono::milliseconds reconnect_wait{1000};   // between tries, for ever
  std::chrono::milliseconds ping_interval{10'000};
  std::chrono::milliseconds request_timeout{5000};  // of one request to JetStream
};

// One stream of the log, and how it is read.
struct StreamConfig {
  std::string stream;
  std::vector<std::string> subjects;                // what it must take; wildcards allowed
  std::string command_subject;                      // what people change; same stream. Empty: none
  std::string consumer = "jobledger";               // durable; each replica needs its own name
  std::size_t batch = 512;                          // messages of one pull and of one batch, >= 1
  std::size_t batch_bytes = 8u << 20;               // ... and bytes; a larger message goes alone
  std::size_t outstanding_pulls = 4;                // asked for ahead, >= 1
  std::chrono::milliseconds pull_expires{30'000};   // > 2 * heartbeat
  std::chrono::milliseconds heartbeat{5000};        // of an idle pull; three missed: attach anew
  std::chrono::milliseconds retry_wait{1000};       // between tries to attach to the stream
  std::chrono::milliseconds status_interval{5000};  // how often the stream is asked for its end
  // Of a stream that we make; 0: no limit. Older messages go first.
  std::int64_t stream_max_bytes = 0;
  std::chrono::seconds stream_max_age{30 * 86400};
};

// The job and node events in the log.
struct EventsConfig : StreamConfig {
  EventsConfig() {
    stream = "JOBLEDGER_EVENTS";
    subjects = {"cc.job.event", "cc.node.state"};
    command_subject = "jobledger.command";
  }
};

// Which samples are too old or too new, beside the log time of their message.
struct LateConfig {
  std::chrono::seconds max_late{86400};
  std::chrono::seconds max_future{300};
};

// The measured samples in the log.
struct MetricsConfig : StreamConfig {
  MetricsConfig() {
    stream = "JOBLEDGER_METRICS";
    subjects = {"hpc-nats"};
    batch = 1024;
    batch_bytes = 4u << 20;
    stream_max_bytes = std::int64_t{4} << 30;
    stream_max_age = std::chrono::seconds{86400};
  }
  // No subjects: no metrics are read.
  bool enabled() const { return !subjects.empty(); }

  std::string cluster;                        // of lines that name none; empty: they are refused
  std::vector<std::string> subject_clusters;  // the same by subject, "PATTERN=CLUSTER"
  LateConfig late;
};

// What the stream must take.
inline std::vector<std::string> all_subjects(const StreamConfig& stream) {
  std::vector<std::string> subjects = stream.subjects;
  if (!stream.command_subject.empty()) subjects.push_back(stream.command_subject);
  return subjects;
}

// What events mean. All times are compared with log time, never with the wall clock.
struct RulesConfig {
  // A start with another start time than a known run of the same (cluster, jobId), but nearer to it
  // than this, is a second report of that run while it runs. Seconds, >= 0.
  std::int64_t duplicate_window = 86400;
  // How long a stop waits for its start. Seconds, >= 0.
  std::int64_t park_limit = 48 * 3600;
  // A running job this long beyond its wall time is marked as timed out. Seconds; 0: never.
  std::int64_t job_overtime = 0;
};

struct LimitsConfig {
  std::size_t max_message_bytes = 8u << 20;  // longer messages are dead letters
  std::size_t max_lines = 10'000;            // of one message; the rest is one dead letter
  std::size_t max_text_bytes = 255;        // of a text of a job; longer identity refuses the event
  std::size_t max_meta_bytes = 1u << 20;   // of one value of its metaData; longer ones are left out
  std::size_t max_pending_batches = 16;    // decoded, not yet durable; then the log waits
  std::size_t max_plain_pending = 65'536;  // messages waiting without JetStream, then lost
  std::size_t max_plain_pending_bytes = 64u << 20;  // ... of one subject
  std::size_t max_unknown_names = 64;               // counted by name; further ones as "other"
  std::size_t max_unmatched_names = 1000;           // of each kind, with an example in the report
  std::size_t max_example_bytes = 300;              // of one such line
  std::size_t max_name_bytes = 255;               // of a cluster, host or element in a metric line
  std::size_t max_name_memory_bytes = 16u << 20;  // for names of metric lines seen before
  std::size_t max_waiting_commands = 1000;        // submitted here, not yet applied
  std::size_t max_command_bytes = 64u << 10;      // of one command
  std::chrono::milliseconds command_patience{10'000};   // then the submitter hears `unavailable`
  std::chrono::milliseconds overtime_interval{60'000};  // between looks for jobs past wall time
};

struct Config {
  NatsConfig nats;
  EventsConfig events;
  MetricsConfig metrics;
  RulesConfig rules;
  LimitsConfig limits;
};

}  // namespace jobledger::ingest
