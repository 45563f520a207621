// SPDX-License-Identifier: MIT
#include "daemon/options.h"

#include "daemon/exit_codes.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace jobledger::daemon {

std::optional<Options> parse_options(int argc, char** argv, int& exit_code) {
  Options options;
  options.config = JOBLEDGER_SYSCONFDIR "/jobledger/jobledger.yaml";
  std::string user;
  CLI::App app{"jobledgerd: the ledger of every job of an HPC centre"};
  app.footer(
      "Signals: SIGTERM and SIGINT end it in order, a second one at once.\n"
      "Exit status: 0 ended in order, 1 failed (see the last log lines), 2 wrong command line,\n"
      "3 wrong configuration.");
  app.add_option("--config", options.config, "the configuration file")->capture_default_str();
  app.add_flag("--check-config", options.check_config,
               "report every error of the configuration as file:line: key: message, and stop");
  app.add_flag("--print-config", options.print_config,
               "print every key with its meaning and effective value, and stop");
  app.add_flag("--init-db", options.init_db,
               "import the archive tree before anything else; jobs that are there stay");
  app.add_flag("--no-server", options.no_server, "stop after --init-db");
  app.add_option("--address-file", options.address_file,
                 "write the URLs that are listened on to this file");
  app.add_option("--add-user", user, "NAME:ROLE[,ROLE]:PASSWORD (not built yet)");
  app.add_flag("--version", options.show_version, "print the version, and stop");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    exit_code = app.exit(e) == 0 ? kExitDone : kExitUsage;
    return std::nullopt;
  }
  if (!user.empty()) {
    std::cerr << "jobledgerd: --add-user: users and roles are not built yet; everybody who reaches "
                 "http.listen sees every job, so keep it on loopback\n";
    exit_code = kExitUsage;
    return std::nullopt;
  }
  if (options.no_server && !options.init_db) {
    std::cerr << "jobledgerd: --no-server without --init-db leaves nothing to do\n";
    exit_code = kExitUsage;
    return std::nullopt;
  }
  return options;
}

}  // namespace jobledger::daemon
