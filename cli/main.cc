// SPDX-License-Identifier: MIT
// jobledger: the command line. Options here, work in the commands (commands.h).
#include "base/default_paths.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "schema/job.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <functional>
#include <iostream>

namespace {

using namespace jobledger;
using namespace jobledger::cli;

// What was chosen, to be run once everything is parsed.
struct Chosen {
  std::function<int(const HttpClient&)> remote;   // asks the daemon for what every port serves
  std::function<int(const HttpClient&)> control;  // needs the daemon's control socket
  std::function<int()> local;
};

std::string check_state(const std::string& text) {
  return schema::parse_job_state(text) ? "" : "no job state: " + text;
}

CLI::Validator moment(std::optional<std::int64_t>& target) {
  return CLI::Validator(
      [&target](std::string& text) -> std::string {
        auto time = parse_moment(text, std::time(nullptr));
        if (!time) return time.error().detail;
        target = *time;
        return {};
      },
      "TIME", "moment");
}

void add_status(CLI::App& app, Chosen& chosen) {
  auto* command =
      app.add_subcommand("status", "how the daemon is (exit status 1 while it is not ready)");
  auto options = std::make_shared<StatusOptions>();
  command->add_flag("--unmatched", options->unmatched,
                    "metrics, hosts and clusters that agents send and nobody knows, and what was "
                    "refused");
  command->add_flag("--set-aside", options->set_aside,
                    "jobs whose archiving failed too often, and why");
  command->add_flag("--json", options->json, "the daemon's answer as it is");
  command->callback([&chosen, options] {
    chosen.control = [options](const HttpClient& daemon) { return show_status(daemon, *options); };
  });
}

void add_jobs(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("jobs", "list jobs, newest start first");
  auto options = std::make_shared<JobsOptions>();
  auto times = std::make_shared<std::pair<std::string, std::string>>();
  JobSelection& select = options->selection;
  command->add_option("--user", select.users, "of these users (may be repeated)");
  command->add_option("--project", select.projects, "of these projects");
  command->add_option("--cluster", select.clusters, "of these clusters");
  command->add_option("--partition", select.partitions, "of these partitions");
  command->add_option("--state", select.states, "running, completed, failed, ...")
      ->check(
          CLI::Validator([](std::string& text) { return check_state(text); }, "STATE", "state"));
  command->add_option("--node", select.node, "that ran on this host");
  command->add_option("--name", select.name, "with this in their name");
  command
      ->add_option("--since", times->first,
                   "started at or after: 2h, 7d, 2026-01-21, \"2026-01-21 06:30\"")
      ->check(moment(select.since));
  command->add_option("--until", times->second, "started at or before")
      ->check(moment(select.until));
  command->add_option("--limit", options->limit, "at most so many")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  command->add_flag("--json", options->json, "the daemon's GraphQL answer as it is");
  command->callback([&chosen, options, times] {
    chosen.remote = [options](const HttpClient& daemon) { return list_jobs(daemon, *options); };
  });
}

void add_job(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "job", "report of a job: what it is, what it used, how well, and what could be better");
  auto options = std::make_shared<JobOptions>();
  command->add_option("ID", options->selection.job_id, "the scheduler's job id")->required();
  command->add_option("--cluster", options->selection.clusters, "on this cluster");
  command->add_option("--limit", options->limit, "at most so many runs of that id")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_flag("--all", options->all, "all metrics, nodes and accelerators");
  command->add_flag("--ascii", options->ascii, "plain characters only");
  command->add_flag("--json", options->json, "the same for programs (docs/formats.md, job report)");
  command->callback([&chosen, options] {
    chosen.remote = [options](const HttpClient& daemon) { return report_job(daemon, *options); };
  });
}

void add_dead_letters(CLI::App& app, Chosen& chosen) {
  auto* letters = app.add_subcommand("dead-letters", "messages that could not be applied");
  letters->require_subcommand(1);
  auto options = std::make_shared<LettersOptions>();
  using Act = int (*)(const HttpClient&, const LettersOptions&);
  const auto on = [&chosen, options](Act act) {
    return [&chosen, options, act] {
      chosen.control = [options, act](const HttpClient& daemon) { return act(daemon, *options); };
    };
  };
  auto* list = letters->add_subcommand("list", "oldest first");
  list->add_option("--limit", options->limit, "at most so many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  list->add_flag("--json", options->json, "the daemon's answer as it is");
  list->callback(on(list_letters));
  auto* show = letters->add_subcommand("show", "with reason and payload");
  show->add_option("ID", options->ids)->required();
  show->add_flag("--json", options->json, "the daemon's answer as it is");
  show->callback(on(show_letters));
  for (const auto& [name, help, act] :
       {std::tuple{"retry", "apply them again, after what stopped them was put right",
                   Act(retry_letters)},
        std::tuple{"drop", "forget them", Act(drop_letters)}}) {
    auto* command = letters->add_subcommand(name, help);
    auto* ids = command->add_option("ID", options->ids);
    auto* all = command->add_flag("--all", options->all, "all that there are")->excludes(ids);
    command->callback([&chosen, options, on, act, all, ids] {
      if (ids->empty() && all->empty()) throw CLI::RequiredError("ID or --all");
      on(act)();
    });
  }
}

void add_import(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("import", "bring a job archive into the running daemon");
  auto folder = std::make_shared<std::filesystem::path>();
  auto no_wait = std::make_shared<bool>(false);
  command->add_option("DIR", *folder, "root of the archive, as the daemon sees it")->required();
  command->add_flag("--no-wait", *no_wait, "return once it has begun");
  command->callback([&chosen, folder, no_wait] {
    chosen.control = [folder, no_wait](const HttpClient& daemon) {
      return import_archive(daemon, *folder, !*no_wait);
    };
  });
}

void add_size_options(CLI::App& command, SimulationConfig& simulation) {
  const auto number = [&](const char* name, auto& value, auto least, auto most, const char* help) {
    command.add_option(name, value, help)->capture_default_str()->check(CLI::Range(least, most));
  };
  number("--nodes", simulation.cluster.nodes, 1, 9999, "CPU nodes of each cluster");
  number("--gpu-nodes", simulation.cluster.gpu_nodes, 0, 9999, "nodes with 8 accelerators");
  number("--users", simulation.users, 1, 1'000'000, "different users");
  number("--projects", simulation.projects, 1, 1'000'000, "different projects");
  number("--jobs-per-minute", simulation.jobs_per_minute, 0.001, 1e9, "arriving, on average");
  number("--mean-duration", simulation.mean_duration, 1.0, 1e7, "of a job, in seconds");
  number("--node-reports", simulation.report_interval, 0, 86400,
         "seconds between node state reports; 0: none");
  number("--duplicates", simulation.duplicates, 0.0, 1.0, "share of messages that come twice");
  number("--swapped", simulation.swapped, 0.0, 1.0, "share of stops that overtake their start");
  number("--malformed", simulation.malformed, 0.0, 1.0,
         "broken messages, and lines of metrics, per good message");
}

void add_metric_options(CLI::App& command, SimulateOptions& options) {
  AgentConfig& agents = options.simulation.agents;
  command.add_option("--metric-subject", options.metric_subject)->capture_default_str();
  command
      .add_option("--metric-interval", agents.interval,
                  "seconds between the samples of a series; 0: no metrics. Part of the cluster's "
                  "configuration, like the numbers of nodes")
      ->capture_default_str()
      ->check(CLI::Range(0, 86400));
  command
      .add_option("--series", options.simulation.cluster.series,
                  "about so many series on a CPU node; 0: the usual 300. Part of the cluster's "
                  "configuration, like the numbers of nodes")
      ->capture_default_str()
      ->check(CLI::Range(0, 20'000));
  command
      .add_option("--metric-rate", options.metric_rate,
                  "samples per second at most, all else waits; 0: no limit")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e9));
  command.add_option("--silent-nodes", agents.silent_nodes, "nodes that send no metrics")
      ->capture_default_str()
      ->check(CLI::Range(0, 9999));
  command
      .add_option("--lost", agents.lost, "share of metric messages, and of values, that are lost")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
}

void add_simulate(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "simulate",
      "publish job events and metrics of made-up clusters to NATS, as adapters and agents do");
  auto options = std::make_shared<SimulateOptions>();
  SimulationConfig& simulation = options->simulation;
  simulation.first_job_id = 0;
  command->add_option("--nats", options->nats_url, "the broker")->capture_default_str();
  command->add_option("--job-subject", options->job_subject)->capture_default_str();
  command->add_option("--node-subject", options->node_subject)->capture_default_str();
  command->add_option("--cluster", options->clusters, "names of the clusters")
      ->capture_default_str();
  add_size_options(*command, simulation);
  add_metric_options(*command, *options);
  command->add_option("--jobs", simulation.max_jobs, "end after so many, when all are over");
  command->add_option("--seconds", options->seconds, "end after so much real time")
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--seed", simulation.seed, "the same seed and start give the same events")
      ->capture_default_str();
  command->add_option("--start", simulation.start, "first second of simulated time (epoch)");
  command->add_option("--first-job-id", simulation.first_job_id, "default: grows with the start");
  command
      ->add_option("--compress", options->compression,
                   "simulated seconds in one real one, until the present is reached")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1e6));
  command->add_option("--rate", options->rate, "real, max, or events per second")
      ->capture_default_str();
  auto* archive = command->add_option("--write-archive", options->write_archive,
                                      "write an archive tree of --jobs finished jobs instead");
  command->add_flag("--print", options->print, "print the messages instead")->excludes(archive);
  command->callback(
      [&chosen, options] { chosen.local = [options] { return simulate(*options); }; });
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

Result<std::vector<DaemonAddress>> find_daemon(const Chosen& chosen, const NamedAddresses& named) {
  if (!chosen.control) return places_to_ask(named);
  TRY(auto place, place_of_control(named));
  return std::vector{std::move(place)};
}

int run(int argc, char** argv) {
  NamedAddresses named;
  Chosen chosen;
  CLI::App app{"jobledger: asks the daemon, feeds it, tests it"};
  app.footer(
      "Exit status: 0 done, 1 refused or not found, 2 wrong command line, 3 daemon or broker out "
      "of reach.");
  app.add_option("--socket", named.socket,
                 std::string("the daemon's control socket; JOBLEDGER_SOCKET, or else ") +
                     kDefaultControlSocket);
  app.add_option("--url", named.url,
                 "a daemon's port, for jobs and job: JOBLEDGER_URL, or else http://127.0.0.1:8080 "
                 "where no socket is there");
  app.set_version_flag("--version", JOBLEDGER_VERSION);
  app.require_subcommand(1);
  add_status(app, chosen);
  add_jobs(app, chosen);
  add_job(app, chosen);
  add_dead_letters(app, chosen);
  add_import(app, chosen);
  add_simulate(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kExitDone : kExitUsage;
  }
  if (chosen.local) return chosen.local();
  named.socket_by_environment = environment("JOBLEDGER_SOCKET");
  named.url_by_environment = environment("JOBLEDGER_URL");
  auto places = find_daemon(chosen, named);
  if (!places) {
    fail(places.error());
    return kExitUsage;
  }
  return (chosen.control ? chosen.control : chosen.remote)(HttpClient(*std::move(places)));
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "jobledger: {}\n", printable(e.what()));
    return kExitFailed;
  }
}
