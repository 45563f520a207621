// SPDX-License-Identifier: MIT
// The command line of jobledgerd.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace jobledger::daemon {

struct Options {
  std::filesystem::path config;  // default: where `meson install` lays it
  bool check_config = false;
  bool print_config = false;
  bool init_db = false;
  bool no_server = false;
  bool show_version = false;
  std::filesystem::path address_file;  // gets the bound addresses, a line each, once they answer
};

// nullopt: nothing is left to do (help was asked for, or the error was told); then exit_code.
std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace jobledger::daemon
