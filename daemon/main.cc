// SPDX-License-Identifier: MIT
// jobledgerd: options, configuration, then App (app.h).
#include "base/log.h"
#include "daemon/app.h"
#include "daemon/config.h"
#include "daemon/exit_codes.h"
#include "daemon/file_limit.h"
#include "daemon/options.h"

#include <malloc.h>

#include <cstdio>
#include <exception>

namespace {

using namespace jobledger;
using namespace jobledger::daemon;

// Texts from this size on get pages of their own, which go back to the system when they are freed.
// The allocator would raise its bound with the first long text, up to 32 MiB, and keep the rest.
void tune_allocator() {
  constexpr int kOwnPages = 1 << 20, kKept = 8 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kOwnPages);
  ::mallopt(M_TRIM_THRESHOLD, kKept);
}

int run(const Options& options) {
  if (options.show_version) {
    fmt::print("jobledgerd {}\n", JOBLEDGER_VERSION);
    return kExitDone;
  }
  LoadedConfig config = load_config(options.config);
  if (!options.print_config) check_surroundings(config);
  for (const ConfigError& error : config.errors) {
    fmt::print(stderr, "{}\n", to_string(error, options.config.native()));
  }
  if (!config.errors.empty()) return kExitConfig;
  if (options.print_config) {
    fmt::print("{}", print_config(config.settings));
    return kExitDone;
  }
  if (options.check_config) {
    fmt::print("{}: no errors\n", options.config.native());
    return kExitDone;
  }
  set_log_level(config.settings.log_level);
  LOG(info, "daemon", "jobledgerd {} config={}", JOBLEDGER_VERSION, options.config.native());
  for (const std::string& change : fit_to_file_limit(config.settings, raise_file_limit())) {
    LOG(warning, "daemon", "the limit of open files (LimitNOFILE, ulimit -n) is low: {}", change);
  }
  return App(std::move(config.settings), options).run();
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = kExitDone;
  try {
    tune_allocator();
    const auto options = parse_options(argc, argv, exit_code);
    return options ? run(*options) : exit_code;
  } catch (const std::exception& e) {
    LOG(error, "daemon", "unexpected: {}", e.what());
    return kExitFailed;
  }
}
