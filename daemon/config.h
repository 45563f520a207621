// SPDX-License-Identifier: MIT
// The one YAML file: read strictly into the folders' own config structs, all errors at once.
//
// The keys stand in one table (config_keys.cc): path, member, check, help. An absent key keeps its
// default; an unknown or repeated key, a wrong type or a value out of range is an error. Secrets
// are never inline: the keys name files. Only config.cc includes yaml-cpp.
// Executor: start of the program only.
#pragma once

#include "daemon/settings.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::daemon {

struct ConfigError {
  int line = 0;      // from 1; 0: the file as a whole
  std::string path;  // "http.listen"; empty: the file as a whole
  std::string message;
};

// "file:line: path: message"
std::string to_string(const ConfigError& error, std::string_view file);

struct LoadedConfig {
  Settings settings;                 // complete only when there are no errors
  std::vector<ConfigError> errors;   // in order of lines
  std::map<std::string, int> lines;  // of the keys and sections that the text has
};

// What the text says; files that it names are not looked at.
LoadedConfig parse_config(std::string_view yaml);
// The file; a file that cannot be read is one error.
LoadedConfig load_config(const std::filesystem::path& file);
// Adds what only a look at the system tells: addresses, certificates, files that are named.
void check_surroundings(LoadedConfig& config);

// Every key with its meaning and effective value, as a file that loads to the same settings.
std::string print_config(const Settings& settings);

}  // namespace jobledger::daemon
