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
  struct Metrics {
    Metrics(const Config& config, const Parts& parts)
        : source(config.nats, config.metrics, config.limits),
          pipeline(config, {parts.road(source), parts.clusters, parts.put_samples,
                            parts.max_head_bytes, parts.held_up}) {}

    bool caught_up() const;

    NatsSource source;
    MetricPipeline pipeline;
  };

  Impl(const Config& config, const Parts& parts)
      : metrics(config.metrics.enabled() ? std::make_shared<Metrics>(config, parts) : nullptr),
        source(config.nats, config.events, config.limits),
        desk(std::make_shared<CommandDesk>(source, config.limits)),
        pipeline(config,
                 {parts.road(source), parts.clusters, desk, health_sources(parts), parts.held_up}) {
  }

  HealthSources health_sources(const Parts& parts) const;

  const std::shared_ptr<Metrics> metrics;  // null: none are read
  NatsSource source;
  std::shared_ptr<CommandDesk> desk;
  Pipeline pipeline;
};

bool Ingest::Impl::Metrics::caught_up() const {
  const MetricStatus status = pipeline.status();
  if (status.source.mode == SourceMode::plain) return true;
  return status.source.mode == SourceMode::following && status.lag == 0;
}

HealthSources Ingest::Impl::health_sources(const Parts& parts) const {
  HealthSources health;
  health.elsewhere = parts.health_elsewhere;
  if (!metrics) return health;
  health.measured = parts.clusters;
  health.metrics_caught_up = [weak = std::weak_ptr<const Metrics>(metrics)] {
    const auto reading = weak.lock();
    return !reading || reading->caught_up();
  };
  return health;
}

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

std::optional<MetricStatus> Ingest::metric_status() const {
  if (!impl_->metrics) return std::nullopt;
  return impl_->metrics->pipeline.status();
}

bool Ingest::metrics_caught_up() const { return !impl_->metrics || impl_->metrics->caught_up(); }

UnmatchedReport Ingest::unmatched() const {
  UnmatchedReport report;
  if (impl_->metrics) report = impl_->metrics->pipeline.unmatched();
  report.members = impl_->pipeline.dropped_members();
  return report;
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

using Problems = std::vector<SettingProblem>;

bool is_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" .*>\\/\t\r\n") == std::string_view::npos;
}

// The keys of one stream's settings.
struct StreamKeys {
  std::string_view stream, consumer, subjects, pull_expires;
};

void check_stream(const StreamKeys& keys, const StreamConfig& config, Problems& problems) {
  const auto demand = [&](bool holds, std::string_view key, std::string otherwise) {
    if (!holds) problems.push_back({key, std::move(otherwise)});
  };
  demand(is_name(config.stream), keys.stream,
         fmt::format("\"{}\" cannot be the name of a stream", config.stream));
  demand(is_name(config.consumer), keys.consumer,
         fmt::format("\"{}\" cannot be the name of a consumer", config.consumer));
  for (const std::string& subject : config.subjects) {
    demand(is_valid_subject_pattern(subject), keys.subjects,
           fmt::format("\"{}\" is not a subject", subject));
  }
  demand(config.pull_expires > 2 * config.heartbeat, keys.pull_expires,
         "must be more than twice the heartbeat of that stream");
}

void check_events(const StreamConfig& events, Problems& problems) {
  const std::string_view subjects = "ingest.events.subjects";
  check_stream(
      {"ingest.events.stream", "ingest.events.consumer", subjects, "ingest.events.pull_expires"},
      events, problems);
  if (events.subjects.empty()) problems.push_back({subjects, "there is none"});
  for (const std::string& subject : events.subjects) {
    if (!subject_matches(subject, events.command_subject)) continue;
    problems.push_back({subjects, fmt::format("\"{}\" takes the commands too", subject)});
  }
  if (!is_valid_subject_pattern(events.command_subject) ||
      events.command_subject.find_first_of("*>") != std::string::npos) {
    problems.push_back(
        {"ingest.events.command_subject",
         fmt::format("\"{}\" is not a subject without wildcards", events.command_subject)});
  }
}

void check_metrics(const Config& config, Problems& problems) {
  const MetricsConfig& metrics = config.metrics;
  const std::string_view subjects = "ingest.metrics.subjects";
  check_stream(
      {"ingest.metrics.stream", "ingest.metrics.consumer", subjects, "ingest.metrics.pull_expires"},
      metrics, problems);
  if (metrics.stream == config.events.stream) {
    problems.push_back({"ingest.metrics.stream", "is that of the events"});
  }
  for (const std::string& subject : metrics.subjects) {
    for (const std::string& taken : all_subjects(config.events)) {
      if (!subjects_overlap(subject, taken)) continue;
      problems.push_back(
          {subjects, fmt::format("\"{}\" overlaps \"{}\" of the events", subject, taken)});
    }
  }
  for (const std::string& text : metrics.subject_clusters) {
    if (is_valid_subject_pattern(split_subject_cluster(text).first)) continue;
    problems.push_back(
        {"ingest.metrics.subject_clusters", fmt::format("\"{}\" is not SUBJECT=CLUSTER", text)});
  }
}

}  // namespace

std::vector<SettingProblem> check_config(const Config& config) {
  Problems problems;
  const auto demand = [&](bool holds, std::string_view key, std::string otherwise) {
    if (!holds) problems.push_back({key, std::move(otherwise)});
  };
  const NatsConfig& nats = config.nats;
  demand(!nats.url.empty(), "nats.url", "is empty");
  demand(nats.url.find('@') == std::string::npos, "nats.url",
         "a login in the URL would stand in the log: use credentials, or user and password_file");
  demand(nats.user.empty() == nats.password_file.empty(),
         nats.user.empty() ? "nats.password_file" : "nats.user",
         "user and password_file belong together: give both or none");
  demand(nats.user.empty() || nats.credentials.empty(), "nats.credentials",
         "is a login of its own: give it, or user and password_file");
  check_events(config.events, problems);
  if (config.metrics.enabled()) check_metrics(config, problems);
  return problems;
}

}  // namespace jobledger::ingest
