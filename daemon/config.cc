// SPDX-License-Identifier: MIT
#include "daemon/config.h"

#include "base/file.h"
#include "daemon/config_keys.h"
#include "httpd/httpd.h"
#include "sources/source_map.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>

namespace jobledger::daemon {
namespace {

constexpr std::size_t kMaxFileBytes = 1u << 20;

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

bool is_section(std::string_view path) {
  return std::any_of(config_keys().begin(), config_keys().end(), [path](const Key& key) {
    return key.path.size() > path.size() && key.path.starts_with(path) &&
           key.path[path.size()] == '.';
  });
}

const Key* find_key(std::string_view path) {
  for (const Key& key : config_keys()) {
    if (key.path == path) return &key;
  }
  return nullptr;
}

// How many edits make one name of the other; for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return row.back();
}

// The one that is meant, perhaps.
class Nearest {
 public:
  explicit Nearest(std::string_view given) : given_(given) {}
  void look_at(std::string_view known) {
    const std::size_t edits = distance(given_, known);
    if (edits >= least_) return;
    best_ = known;
    least_ = edits;
  }
  std::string unknown_key() const {
    return best_.empty() ? "unknown key" : fmt::format("unknown key; did you mean {}?", best_);
  }

 private:
  std::string_view given_, best_;
  std::size_t least_ = 4;
};

std::string unknown_key(std::string_view path) {
  Nearest nearest(path);
  for (const Key& key : config_keys()) nearest.look_at(key.path);
  return nearest.unknown_key();
}

std::string unknown_member(const RecordKeys& keys, std::string_view name) {
  Nearest nearest(name);
  for (const RecordKeys::Member& member : keys.members) nearest.look_at(member.name);
  return nearest.unknown_key();
}

// Where the key stands, or else its section.
void add_error(LoadedConfig& out, std::string_view path, std::string message) {
  int line = 0;
  for (std::string at(path); line == 0 && !at.empty();) {
    if (const auto found = out.lines.find(at); found != out.lines.end()) line = found->second;
    const std::size_t dot = at.rfind('.');
    at.resize(dot == std::string::npos ? 0 : dot);
  }
  out.errors.push_back({line, std::string(path), std::move(message)});
}

void sort_by_line(std::vector<ConfigError>& errors) {
  std::stable_sort(errors.begin(), errors.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
}

class Reader {
 public:
  LoadedConfig read(const YAML::Node& root) {
    if (!root.IsNull()) read_section("", root);
    for (auto& conflict : check_together(out_.settings)) {
      if (!failed(conflict.path) && !failed(conflict.other)) {
        fail(conflict.path, std::move(conflict.message));
      }
    }
    sort_by_line(out_.errors);
    return std::move(out_);
  }

 private:
  // What is said of a member that a record does not have stands in the record's line.
  void fail(std::string_view path, std::string message) {
    add_error(out_, path, std::move(message));
  }

  bool failed(std::string_view path) const {
    return std::any_of(out_.errors.begin(), out_.errors.end(),
                       [path](const ConfigError& error) { return error.path == path; });
  }

  // Calls visit(path, name, value) for each entry of a section or record.
  template <class Visit>
  void each_entry(const std::string& section, const YAML::Node& node, Visit visit) {
    if (!node.IsMap()) return fail(section, "expected keys and values");
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        out_.errors.push_back({line_of(entry.first), section, "expected a plain name as key"});
        continue;
      }
      const std::string& name = entry.first.Scalar();
      const std::string path = section.empty() ? name : section + "." + name;
      const int line = line_of(entry.first);
      const auto [seen, first] = out_.lines.emplace(path, line);
      if (!first) {
        out_.errors.push_back(
            {line, path, fmt::format("given twice, first in line {}", seen->second)});
        continue;
      }
      visit(path, name, entry.second);
    }
  }

  void read_section(const std::string& section, const YAML::Node& node) {
    each_entry(section, node,
               [this](const std::string& path, const std::string&, const auto& value) {
                 read_entry(path, value);
               });
  }

  void read_entry(const std::string& path, const YAML::Node& value) {
    if (const Key* key = find_key(path)) return read_value(*key, value);
    if (!is_section(path)) return fail(path, unknown_key(path));
    if (!value.IsNull()) read_section(path, value);  // a section with all keys commented out
  }

  void read_value(const Key& key, const YAML::Node& value) {
    if (key.records) return read_records(key, value);
    const auto given = take(key.path, value);
    if (!given) return;
    if (auto refused = key.read(out_.settings, *given)) fail(key.path, *std::move(refused));
  }

  // nullopt: nothing that a key could have; that was told.
  std::optional<Given> take(std::string_view path, const YAML::Node& value) {
    const auto refuse = [&](std::string why) {
      fail(path, std::move(why));
      return std::nullopt;
    };
    if (value.IsNull()) return refuse("has no value");
    if (value.IsMap()) return refuse("expected a value, found a section");
    Given given{value.IsSequence(), {}};
    if (!given.is_list) given.values.push_back({value.Scalar(), value.Tag() == "!"});
    if (given.is_list) {
      for (const auto& element : value) {
        if (!element.IsScalar()) return refuse("expected a list of plain values");
        given.values.push_back({element.Scalar(), element.Tag() == "!"});
      }
    }
    return given;
  }

  void read_records(const Key& key, const YAML::Node& value) {
    if (!value.IsSequence()) {
      return fail(key.path, "expected a list of records, each with keys and values");
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string path = fmt::format("{}[{}]", key.path, i);
      out_.lines.emplace(path, line_of(value[i]));
      key.records->add(out_.settings);
      each_entry(path, value[i],
                 [&](const std::string& at, const std::string& name, const auto& member) {
                   read_member(*key.records, i, {at, name}, member);
                 });
    }
  }

  struct MemberName {
    const std::string &path, &name;
  };
  void read_member(const RecordKeys& keys, std::size_t record, const MemberName& at,
                   const YAML::Node& value) {
    const auto found = std::find_if(keys.members.begin(), keys.members.end(),
                                    [&](const auto& member) { return member.name == at.name; });
    if (found == keys.members.end()) return fail(at.path, unknown_member(keys, at.name));
    const auto given = take(at.path, value);
    if (!given) return;
    if (auto refused = found->read(out_.settings, record, *given)) {
      fail(at.path, *std::move(refused));
    }
  }

  LoadedConfig out_;
};

LoadedConfig whole_file_error(int line, std::string message) {
  LoadedConfig out;
  out.errors.push_back({line, "", std::move(message)});
  return out;
}

void print_help(std::string& out, std::string_view help, std::size_t depth) {
  while (!help.empty()) {
    const auto end = std::min(help.find('\n'), help.size());
    out += fmt::format("{:{}}# {}\n", "", depth * 2, help.substr(0, end));
    help.remove_prefix(std::min(end + 1, help.size()));
  }
}

struct Place {
  std::string_view name;
  std::size_t depth = 0;
};

void print_records(std::string& out, const RecordKeys& keys, const Place& at,
                   const Settings& settings) {
  for (const RecordKeys::Member& member : keys.members) {
    std::string help = fmt::format("  {}: {}", member.name, member.help);
    if (member.default_value != "\"\"") help += fmt::format(" Default: {}.", member.default_value);
    for (std::size_t i = 0; (i = help.find('\n', i)) != std::string::npos;)
      help.insert(++i, 4, ' ');
    print_help(out, help, at.depth);
  }
  const std::size_t count = keys.count(settings);
  out += fmt::format("{:{}}{}:{}\n", "", at.depth * 2, at.name, count == 0 ? " []" : "");
  for (std::size_t i = 0; i < count; ++i) {
    const char* lead = "- ";
    for (const RecordKeys::Member& member : keys.members) {
      out += fmt::format("{:{}}{}{}: {}\n", "", at.depth * 2 + 2, lead, member.name,
                         member.show(settings, i));
      lead = "  ";
    }
  }
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t dot; (dot = path.find('.')) != std::string_view::npos;) {
    parts.push_back(path.substr(0, dot));
    path.remove_prefix(dot + 1);
  }
  parts.push_back(path);
  return parts;
}

}  // namespace

std::string to_string(const ConfigError& error, std::string_view file) {
  std::string out(file);
  if (error.line > 0) out += fmt::format(":{}", error.line);
  if (!error.path.empty()) out += fmt::format(": {}", error.path);
  return out + ": " + error.message;
}

LoadedConfig parse_config(std::string_view yaml) {
  try {
    const auto documents = YAML::LoadAll(std::string(yaml));
    if (documents.empty()) return Reader().read(YAML::Node());
    if (documents.size() > 1) {
      return whole_file_error(line_of(documents[1]), "a second document; one is expected");
    }
    return Reader().read(documents.front());
  } catch (const YAML::Exception& e) {
    return whole_file_error(e.mark.is_null() ? 0 : e.mark.line + 1, "not valid YAML: " + e.msg);
  }
}

LoadedConfig load_config(const std::filesystem::path& file) {
  auto text = read_file(file, kMaxFileBytes);
  if (!text) return whole_file_error(0, text.error().detail);
  return parse_config(*text);
}

void check_surroundings(LoadedConfig& config) {
  for (SettingProblem& problem : httpd::check_config(config.settings.http)) {
    // What the text says wrong already would only be told twice.
    const bool told =
        std::any_of(config.errors.begin(), config.errors.end(),
                    [&](const ConfigError& error) { return error.path.starts_with(problem.key); });
    if (!told) add_error(config, problem.key, std::move(problem.text));
  }
  for (const sources::ConfigProblem& problem : sources::check_files(config.settings.sources)) {
    add_error(config, fmt::format("sources.external[{}].{}", problem.record, problem.member),
              problem.message);
  }
  sort_by_line(config.errors);
}

std::string print_config(const Settings& settings) {
  std::string out =
      "# Configuration of jobledgerd. Every key is shown with its value; a key that is left out\n"
      "# keeps its default. Check a file with: jobledgerd --check-config --config FILE\n"
      "# Durations: 90s, 5m, 1h30m, 7d. Sizes: 64MB (thousands), 64MiB (1024). Text that YAML\n"
      "# would take for something else (yes, no, null) stands in quotes.\n";
  std::vector<std::string_view> open;  // the sections that the last key stood in
  for (const Key& key : config_keys()) {
    const auto parts = split(key.path);
    std::size_t common = 0;
    while (common < open.size() && common + 1 < parts.size() && open[common] == parts[common]) {
      ++common;
    }
    open.assign(parts.begin(), parts.end() - 1);
    for (std::size_t depth = common; depth < open.size(); ++depth) {
      out += '\n';
      const auto end =
          static_cast<std::size_t>(open[depth].data() + open[depth].size() - key.path.data());
      print_help(out, section_help(key.path.substr(0, end)), depth);
      out += fmt::format("{:{}}{}:\n", "", depth * 2, open[depth]);
    }
    if (open.empty()) out += '\n';
    print_help(out, key.help, open.size());
    if (key.records) {
      print_records(out, *key.records, {parts.back(), open.size()}, settings);
    } else {
      out += fmt::format("{:{}}{}: {}\n", "", open.size() * 2, parts.back(), key.show(settings));
    }
  }
  return out;
}

}  // namespace jobledger::daemon
