// SPDX-License-Identifier: MIT
// The keys of both ends of the road: the log that is read, the archive that is written.
#include "daemon/config_bind.h"
#include "daemon/config_keys.h"

#include <fmt/format.h>

#include <deque>
#include <string>
#include <utility>

namespace jobledger::daemon {

#define MEMBER(name) \
  [](Settings & s) -> auto& { return s.name; }

std::vector<Key> nats_keys() {
  return {
      text("nats.url", MEMBER(ingest.nats.url),
           "One or more servers, separated by commas; tls:// demands TLS."),
      text("nats.credentials", MEMBER(ingest.nats.credentials), "A NATS .creds file. Empty: none."),
      text("nats.user", MEMBER(ingest.nats.user), "Needs password_file, too. Empty: none."),
      text("nats.password_file", MEMBER(ingest.nats.password_file),
           "A file whose first line is the password of user."),
      text("nats.ca_certificates", MEMBER(ingest.nats.ca_certificates),
           "PEM file of those who may sign the server's certificate; when set, TLS is demanded."),
      flag("nats.manage_streams", MEMBER(ingest.nats.manage_streams),
           "Make the stream when it is not there, and add subjects that it lacks."),
      text("nats.client_name", MEMBER(ingest.nats.client_name),
           "Shown by the broker's monitoring."),
      duration("nats.connect_timeout", MEMBER(ingest.nats.connect_timeout), {100, kHour},
               "For one try to connect; 100ms to 1h."),
      duration("nats.reconnect_wait", MEMBER(ingest.nats.reconnect_wait), {10, kHour},
               "Between tries, which go on for ever; 10ms to 1h."),
      duration("nats.ping_interval", MEMBER(ingest.nats.ping_interval), {kSecond, kHour},
               "How soon a dead connection is noticed; 1s to 1h."),
      duration("nats.request_timeout", MEMBER(ingest.nats.request_timeout), {100, kHour},
               "For one answer of JetStream; 100ms to 1h."),
  };
}

namespace {

// "section.name", kept for the life of the process.
std::string_view path_in(std::string_view section, std::string_view name) {
  static std::deque<std::string> paths;
  return paths.emplace_back(std::string(section).append(".").append(name));
}

using StreamOf = ingest::StreamConfig& (*)(Settings&);

#define STREAM_MEMBER(name) \
  [stream](Settings & s) -> auto& { return stream(s).name; }

// How a stream of the log is read.
std::vector<Key> stream_keys(std::string_view section, StreamOf stream) {
  return {
      text(path_in(section, "consumer"), STREAM_MEMBER(consumer),
           "Name of the durable consumer; each daemon on the same stream needs its own."),
      count(path_in(section, "batch"), STREAM_MEMBER(batch), {1, 65'536},
            "Messages of one pull and of one write; 1 to 65536."),
      size(path_in(section, "batch_bytes"), STREAM_MEMBER(batch_bytes), {64 * kKiB, 64 * kMiB},
           "... and bytes; a larger message goes alone. 64KiB to 64MiB."),
      count(path_in(section, "outstanding_pulls"), STREAM_MEMBER(outstanding_pulls), {1, 1000},
            "Pulls asked for ahead; 1 to 1000."),
      duration(path_in(section, "pull_expires"), STREAM_MEMBER(pull_expires), {kSecond, kHour},
               "How long the broker keeps a pull open; more than twice heartbeat, to 1h."),
      duration(
          path_in(section, "heartbeat"), STREAM_MEMBER(heartbeat), {100, kHour},
          "Sign of life of an idle pull; after three missed ones we attach anew. 100ms to 1h."),
      duration(path_in(section, "retry_wait"), STREAM_MEMBER(retry_wait), {10, kHour},
               "Between tries to attach to the stream; 10ms to 1h."),
      duration(path_in(section, "status_interval"), STREAM_MEMBER(status_interval), {100, kHour},
               "How often the stream is asked for its end; 100ms to 1h."),
      size(path_in(section, "stream_max_bytes"), STREAM_MEMBER(stream_max_bytes), {0},
           "Of a stream that we make: beyond it the oldest messages go. 0B: no limit."),
      duration(path_in(section, "stream_max_age"), STREAM_MEMBER(stream_max_age), {0, 36500 * kDay},
               "Of a stream that we make: older messages go. 0s: no limit."),
  };
}

#undef STREAM_MEMBER

std::vector<Key> event_keys() {
  std::vector<Key> keys = {
      text("ingest.events.stream", MEMBER(ingest.events.stream), "Name of the JetStream stream."),
      texts("ingest.events.subjects", MEMBER(ingest.events.subjects),
            "What schedulers' adapters publish to; wildcards are allowed."),
      text("ingest.events.command_subject", MEMBER(ingest.events.command_subject),
           "What people change goes through the same stream, by this subject. Nobody else may be\n"
           "allowed to publish to it."),
  };
  const StreamOf stream = [](Settings& s) -> ingest::StreamConfig& { return s.ingest.events; };
  for (Key& key : stream_keys("ingest.events", stream)) keys.push_back(std::move(key));
  return keys;
}

std::vector<Key> metric_keys() {
  std::vector<Key> keys = {
      text("ingest.metrics.stream", MEMBER(ingest.metrics.stream), "Name of the JetStream stream."),
      texts_or_none("ingest.metrics.subjects", MEMBER(ingest.metrics.subjects),
                    "What node agents publish to; wildcards are allowed. []: no metrics are read."),
      text("ingest.metrics.cluster", MEMBER(ingest.metrics.cluster),
           "The cluster of lines that name none. Empty: such lines are refused."),
      texts_or_none("ingest.metrics.subject_clusters", MEMBER(ingest.metrics.subject_clusters),
                    "The same by subject, as SUBJECT=CLUSTER; the first that fits counts."),
      duration("ingest.metrics.max_late", MEMBER(ingest.metrics.late.max_late), {0, 36500 * kDay},
               "Samples so much older than their message are refused; 0s or more."),
      duration("ingest.metrics.max_future", MEMBER(ingest.metrics.late.max_future),
               {0, 36500 * kDay}, "... and so much ahead of it; 0s or more."),
  };
  const StreamOf stream = [](Settings& s) -> ingest::StreamConfig& { return s.ingest.metrics; };
  for (Key& key : stream_keys("ingest.metrics", stream)) keys.push_back(std::move(key));
  return keys;
}

std::vector<Key> rule_keys() {
  return {
      seconds("ingest.rules.duplicate_window", MEMBER(ingest.rules.duplicate_window),
              {0, 36500 * kDay},
              "A second start of a running job, this near to its first, is the same run; 0s or\n"
              "more."),
      seconds("ingest.rules.park_limit", MEMBER(ingest.rules.park_limit), {0, 36500 * kDay},
              "How long a stop waits for its start before it is a dead letter; 0s or more."),
      seconds("ingest.rules.job_overtime", MEMBER(ingest.rules.job_overtime), {0, 36500 * kDay},
              "A running job so long beyond its wall time is marked as timed out. 0s: never."),
      size("ingest.limits.max_message_bytes", MEMBER(ingest.limits.max_message_bytes),
           {kKiB, 64 * kMiB}, "Longest message; 1KiB to 64MiB."),
      count("ingest.limits.max_lines", MEMBER(ingest.limits.max_lines), {1, 10'000'000},
            "Events in one message; 1 to 10000000."),
      count("ingest.limits.max_pending_batches", MEMBER(ingest.limits.max_pending_batches),
            {1, 100'000}, "Batches read but not yet durable; then the log waits. 1 to 100000."),
      count("ingest.limits.max_plain_pending", MEMBER(ingest.limits.max_plain_pending),
            {1, 100'000'000},
            "Without JetStream: messages that wait; further ones are lost, and counted.\n"
            "1 to 100000000."),
      size("ingest.limits.max_plain_pending_bytes", MEMBER(ingest.limits.max_plain_pending_bytes),
           {kMiB, 2047 * kMiB}, "... and their bytes, of each subject; 1MiB to 2047MiB."),
      count("ingest.limits.max_unknown_names", MEMBER(ingest.limits.max_unknown_names), {0, 10'000},
            "Unknown members that are counted by name, further ones as \"other\"; 0 to 10000."),
      count("ingest.limits.max_unmatched_names", MEMBER(ingest.limits.max_unmatched_names),
            {0, 1'000'000},
            "Names in metric lines that nobody knows, of each kind, kept with an example;\n"
            "0 to 1000000."),
      size("ingest.limits.max_text_bytes", MEMBER(ingest.limits.max_text_bytes), {16, 4096},
           "Longest text of a job: user, project, partition, host and the like. A longer one that\n"
           "identifies the job (cluster, user, host) makes the event a dead letter, any other is\n"
           "left out and counted. 16B to 4KiB."),
      size("ingest.limits.max_meta_bytes", MEMBER(ingest.limits.max_meta_bytes), {kKiB, 64 * kMiB},
           "Longest value of a job's metaData, such as its name or script; longer ones are left\n"
           "out and counted. 1KiB to 64MiB."),
      size("ingest.limits.max_example_bytes", MEMBER(ingest.limits.max_example_bytes), {0, kMiB},
           "... longest example; 0B to 1MiB."),
      size("ingest.limits.max_name_bytes", MEMBER(ingest.limits.max_name_bytes), {16, 1024},
           "Longest cluster, host, or name of a part of it in a metric line; 16B to 1KiB."),
      size("ingest.limits.max_name_memory_bytes", MEMBER(ingest.limits.max_name_memory_bytes),
           {kMiB, kTiB}, "Memory for names in metric lines seen before; 1MiB or more."),
      count("ingest.limits.max_waiting_commands", MEMBER(ingest.limits.max_waiting_commands),
            {1, 1'000'000}, "Commands sent and not yet applied; 1 to 1000000."),
      size("ingest.limits.max_command_bytes", MEMBER(ingest.limits.max_command_bytes), {kKiB, kMiB},
           "Longest command; 1KiB to 1MiB."),
      duration("ingest.limits.command_patience", MEMBER(ingest.limits.command_patience),
               {100, kHour},
               "For a command to come back through the log, before its sender hears that it may\n"
               "come later; 100ms to 1h."),
      duration("ingest.limits.overtime_interval", MEMBER(ingest.limits.overtime_interval),
               {kSecond, kDay}, "Between looks for jobs beyond their wall time; 1s to 1d."),
  };
}

}  // namespace

std::vector<Key> ingest_keys() {
  std::vector<Key> keys = event_keys();
  for (Key& key : metric_keys()) keys.push_back(std::move(key));
  for (Key& key : rule_keys()) keys.push_back(std::move(key));
  return keys;
}

// A list of scopes by their names.
template <class Member>
Key scopes(std::string_view path, Member member, std::string_view help) {
  using Scopes = std::vector<schema::MetricScope>;
  const auto read = [](const Given& given, Refusal& refusal) {
    Scopes out;
    if (given.values.empty()) return out;
    for (const std::string& name : read_texts(given, refusal)) {
      const auto scope = schema::parse_metric_scope(name);
      if (scope) out.push_back(*scope);
      if (!scope) refusal.why = fmt::format("not a scope: \"{}\"", name);
    }
    return out;
  };
  const auto show = [](const Scopes& scopes) {
    std::vector<std::string> names;
    for (const schema::MetricScope scope : scopes) names.emplace_back(to_string(scope));
    return show_texts(names);
  };
  return bind_key(path, member, read, show, help);
}

std::vector<Key> archive_keys() {
  return {
      text("archive.path", MEMBER(archive.path),
           "Root of the tree. Each cluster needs its folder with cluster.json."),
      text("archive.staging", MEMBER(archive.staging),
           "Where jobs are written before they are renamed into the tree; on the same file\n"
           "system. Empty: \".staging\" added to the path, beside the tree."),
      flag("archive.create", MEMBER(archive.create),
           "Make an archive of an absent or empty folder at start. false: wait until it is\n"
           "mounted; --init-db makes one once."),
      texts_or_none(
          "archive.retired_clusters", MEMBER(archive.retired_clusters),
          "Clusters that were given up: the daemon starts though the archive has no folder\n"
          "for them any more."),
      duration("archive.look", MEMBER(archive.look), {10, kHour},
               "How often it is looked whether the archive is there, the same folder as at the\n"
               "start; 10ms to 1h."),
      size("archive.compress_bytes", MEMBER(archive.compress_bytes), {0, kTiB},
           "Metric data longer than this is gzipped."),
      count("archive.gzip_level", MEMBER(archive.gzip_level), {1, 12}, "1 (fast) to 12 (small)."),
      size("archive.max_cluster_bytes", MEMBER(archive.max_cluster_bytes), {kKiB, 64 * kMiB},
           "Longest cluster.json that is read; 1KiB to 64MiB."),
      size("archive.max_meta_bytes", MEMBER(archive.max_meta_bytes), {kKiB, 64 * kMiB},
           "Longest meta.json that is read; 1KiB to 64MiB."),
      size("archive.max_data_bytes", MEMBER(archive.max_data_bytes), {kKiB, kTiB},
           "Longest metric data of one job, unpacked, that is read; 1KiB or more."),
      size("archive.read_bytes", MEMBER(archive.read_bytes), {16 * kMiB, kTiB},
           "Memory for metric data of archived jobs while it is read, of all readers together;\n"
           "a file longer than a sixteenth of it is read piece by piece. 16MiB or more."),
      size("archive.data_cache_bytes", MEMBER(archive.data_cache_bytes), {0, kTiB},
           "Memory for decoded metric data of archived jobs that were read lately; 0B or more."),
      count("archive.finisher_batch", MEMBER(archive.finisher_batch), {1, 65'536},
            "Jobs written between two syncs; 1 to 65536."),
      count("archive.finisher_threads", MEMBER(archive.finisher_threads), {1, 64},
            "Threads that write finished jobs; 1 to 64."),
      size("archive.finisher_bytes", MEMBER(archive.finisher_bytes), {16 * kMiB, kTiB},
           "Memory for the samples of finished jobs while they are written, of all jobs together;\n"
           "a job that needs more than a quarter is written piece by piece. 16MiB or more."),
      duration("archive.max_gap_at_ends", MEMBER(archive.max_gap_at_ends),
               {60 * kSecond, 365 * kDay},
               "A job without samples for longer after its start has a data.json that begins at\n"
               "its first sample; the same at its end. 1m to 365d."),
      duration("archive.finisher_poll", MEMBER(archive.finisher_poll), {10, kHour},
               "How often due jobs are looked for without being told; 10ms to 1h."),
      duration("archive.retry_min", MEMBER(archive.retry_min), {10, kHour},
               "Pause after a failure, doubled each time; 10ms to 1h."),
      duration("archive.retry_max", MEMBER(archive.retry_max), {10, kDay},
               "... up to this; 10ms to 1d."),
      count("archive.max_deferred", MEMBER(archive.max_deferred), {1, 10'000'000},
            "Single jobs that could not be written and wait; with more, archiving pauses.\n"
            "1 to 10000000."),
      count(
          "archive.max_tries", MEMBER(archive.max_tries), {1, 1'000'000},
          "A job whose archiving failed so often by itself is set aside and listed; 1 to 1000000."),
      duration("archive.aside_retry", MEMBER(archive.aside_retry), {kSecond, 365 * kDay},
               "How long jobs that are set aside wait for their next try; 1s to 365d."),
      duration("archive.metrics_settle", MEMBER(archive.metrics_settle), {0, kDay},
               "How long after the end of a job its last samples may arrive; archiving waits. 0s\n"
               "to 1d."),
      duration("archive.metrics_patience", MEMBER(archive.metrics_patience), {0, 30 * kDay},
               "... and for the log of metrics to be read, or another store to answer, no longer\n"
               "than this; then the job is archived with what is there. 0s to 30d."),
      count("archive.core_nodes", MEMBER(archive.scopes.core_nodes), {0},
            "Jobs on up to so many nodes keep their cores' samples beside the nodes'; 0 or more."),
      scopes("archive.more_scopes", MEMBER(archive.scopes.more),
             "Scopes that are kept besides, of socket, memoryDomain, core and hwthread ..."),
      count("archive.more_scopes_nodes", MEMBER(archive.scopes.more_nodes), {0},
            "... for jobs on up to so many nodes; 0 or more."),
      duration("archive.running_footprints", MEMBER(archive.running_footprints), {0, kDay},
               "Between refreshes of footprint and energy of running jobs. 0s: never. To 1d."),
      count("archive.import_threads", MEMBER(archive.import_threads), {2, 64},
            "Threads that read an archive on import; 2 to 64."),
      count("archive.import_batch", MEMBER(archive.import_batch), {1, 65'536},
            "Jobs per write on import; 1 to 65536."),
  };
}

#undef MEMBER

}  // namespace jobledger::daemon
