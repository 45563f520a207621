// SPDX-License-Identifier: MIT
#include "ingest/ingest.h"

#include "ingest/metric_decoder.h"
#include "ingest/nats_source.h"
#include "ingest/pipeline.h"
#include "ingest/subject.h"

#include <fmt/format.h>

#include <utility>

namespace jobledger::ingest {

struct Ingest::Impl {
  Impl(const Config& config, const Parts& parts)
      : source(config.nats, config.events, config.limits),
        desk(std::make_shared<CommandDesk>(source, config.limits)),
        pipeline(config, {parts.road(source), parts.clusters, desk}) {
    if (config.metrics.enabled()) metrics.emplace(config, parts);
  }

  struct Metrics {
    Metrics(const Config& config, const Parts& parts)
        : source(config.nats, config.metrics, config.limits),
          pipeline(config, {parts.road(source), parts.clusters, parts.put_samples}) {}

    NatsSource source;
    MetricPipeline pipeline;
  };

  NatsSource source;
  std::shared_ptr<CommandDesk> desk;
  Pipeline pipeline;
  std::optional<Metrics> metrics;
};

Ingest::Ingest(const Config& config, Parts parts) : impl_(std::make_unique<Impl>(config, parts)) {}

Ingest::~Ingest() = default;

void Ingest::start() {
  impl_->pipeline.start();
  if (impl_->metrics) impl_->metrics->pipeline.start();
}

void Ingest::stop() {
  if (impl_->metrics) impl_->metrics->pipeline.stop();
  impl_->pipeline.stop();
  impl_->desk->close();
}

Status Ingest::status() const { return impl_->pipeline.status(); }

std::optional<Status> Ingest::metric_status() const {
  if (!impl_->metrics) return std::nullopt;
  return impl_->metrics->pipeline.status();
}

bool Ingest::metrics_caught_up() const {
  const std::optional<Status> status = metric_status();
  if (!status || status->source.mode == SourceMode::plain) return true;
  return status->source.mode == SourceMode::following && status->lag == 0;
}

UnmatchedReport Ingest::unmatched() const {
  if (!impl_->metrics) return {};
  return impl_->metrics->pipeline.unmatched();
}

storage::SubmitCommand Ingest::submit_command() const {
  return [desk = std::weak_ptr<CommandDesk>(impl_->desk)](std::string command,
                                                          std::function<void(Result<void>)> done) {
    if (const auto open = desk.lock()) {
      open->submit(std::move(command), std::move(done));
    } else {
      done(Error{ErrorKind::cancelled, "the daemon is stopping"});
    }
  };
}

namespace {

using Problems = std::vector<std::string>;

bool is_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" .*>\\/\t\r\n") == std::string_view::npos;
}

// `log`: which stream it is, for people.
void check_stream(std::string_view log, const StreamConfig& config, Problems& problems) {
  const auto demand = [&](bool holds, std::string_view otherwise) {
    if (!holds) problems.push_back(fmt::format("{}: {}", log, otherwise));
  };
  demand(is_name(config.stream), fmt::format("stream: not a name: \"{}\"", config.stream));
  demand(is_name(config.consumer), fmt::format("consumer: not a name: \"{}\"", config.consumer));
  for (const std::string& subject : config.subjects) {
    demand(is_valid_subject_pattern(subject),
           fmt::format("subjects: not a subject: \"{}\"", subject));
  }
  demand(config.batch >= 1 && config.batch <= 65'536, "batch: must be 1 to 65536");
  demand(config.batch_bytes >= 1, "batch bytes: must be at least 1");
  demand(config.outstanding_pulls >= 1, "outstanding pulls: must be at least 1");
  demand(config.heartbeat.count() >= 100, "heartbeat: must be at least 100 ms");
  demand(config.pull_expires > 2 * config.heartbeat,
         "pull expires: must be more than twice the heartbeat");
}

void check_events(const StreamConfig& events, Problems& problems) {
  check_stream("events", events, problems);
  const auto demand = [&](bool holds, std::string_view otherwise) {
    if (!holds) problems.push_back(fmt::format("events: {}", otherwise));
  };
  demand(!events.subjects.empty(), "subjects: there is none");
  for (const std::string& subject : events.subjects) {
    demand(!subject_matches(subject, events.command_subject),
           fmt::format("subjects: \"{}\" takes the commands too", subject));
  }
  demand(is_valid_subject_pattern(events.command_subject) &&
             events.command_subject.find_first_of("*>") == std::string::npos,
         fmt::format("command subject: not a subject: \"{}\"", events.command_subject));
}

void check_metrics(const Config& config, Problems& problems) {
  const MetricsConfig& metrics = config.metrics;
  check_stream("metrics", metrics, problems);
  const auto demand = [&](bool holds, std::string_view otherwise) {
    if (!holds) problems.push_back(fmt::format("metrics: {}", otherwise));
  };
  demand(metrics.stream != config.events.stream, "stream: is that of the events");
  for (const std::string& subject : metrics.subjects) {
    for (const std::string& taken : all_subjects(config.events)) {
      demand(!subjects_overlap(subject, taken),
             fmt::format("subjects: \"{}\" overlaps \"{}\" of the events", subject, taken));
    }
  }
  for (const std::string& text : metrics.subject_clusters) {
    demand(is_valid_subject_pattern(split_subject_cluster(text).first),
           fmt::format("subject clusters: not SUBJECT=CLUSTER: \"{}\"", text));
  }
  demand(metrics.late.max_late.count() >= 0, "max late: is negative");
  demand(metrics.late.max_future.count() >= 0, "max future: is negative");
}

}  // namespace

std::vector<std::string> check_config(const Config& config) {
  Problems problems;
  const auto demand = [&](bool holds, std::string otherwise) {
    if (!holds) problems.push_back(std::move(otherwise));
  };
  demand(!config.nats.url.empty(), "nats url: is empty");
  check_events(config.events, problems);
  if (config.metrics.enabled()) check_metrics(config, problems);
  demand(config.rules.duplicate_window >= 0, "duplicate window: is negative");
  demand(config.rules.park_limit >= 0, "park limit: is negative");
  demand(config.rules.job_overtime >= 0, "job overtime: is negative");
  demand(config.limits.max_pending_batches >= 1, "pending batches: must be at least 1");
  return problems;
}

}  // namespace jobledger::ingest
