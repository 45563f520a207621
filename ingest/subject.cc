// SPDX-License-Identifier: MIT
#include "ingest/subject.h"

#include <algorithm>

namespace jobledger::ingest {
namespace {

// Takes the first token off the subject.
std::string_view take_token(std::string_view& subject) {
  const std::size_t dot = subject.find('.');
  const std::string_view token = subject.substr(0, dot);
  subject = dot == std::string_view::npos ? std::string_view{} : subject.substr(dot + 1);
  return token;
}

}  // namespace

bool subject_matches(std::string_view pattern, std::string_view subject) {
  if (pattern == subject) return true;
  while (!pattern.empty() && !subject.empty()) {
    const std::string_view wanted = take_token(pattern), found = take_token(subject);
    if (wanted == ">") return true;
    // A subject may itself be a pattern: `*` does not cover `>`.
    if (wanted == "*" ? found == ">" : wanted != found) return false;
  }
  return pattern.empty() && subject.empty();
}

bool subject_covered(std::string_view pattern, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& other) { return subject_matches(other, pattern); });
}

bool subjects_overlap(std::string_view one, std::string_view other) {
  while (!one.empty() && !other.empty()) {
    const std::string_view a = take_token(one), b = take_token(other);
    if (a == ">" || b == ">") return true;
    if (a != b && a != "*" && b != "*") return false;
  }
  return one.empty() && other.empty();
}

std::vector<std::string> not_covered(const std::vector<std::string>& wanted,
                                     const std::vector<std::string>& patterns) {
  std::vector<std::string> missing;
  for (const std::string& subject : wanted) {
    if (!subject_covered(subject, patterns)) missing.push_back(subject);
  }
  return missing;
}

bool is_valid_subject_pattern(std::string_view pattern) {
  if (pattern.empty() || pattern.back() == '.') return false;
  while (!pattern.empty()) {
    const std::string_view token = take_token(pattern);
    if (token.empty() || (token == ">" && !pattern.empty())) return false;
    for (const char c : token) {
      if (static_cast<unsigned char>(c) <= ' ' || c == 127) return false;
    }
  }
  return true;
}

}  // namespace jobledger::ingest
