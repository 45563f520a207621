// SPDX-License-Identifier: MIT
// NATS subjects: names of dot-separated tokens; patterns with `*` (one token) and `>` (the rest).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

bool subject_matches(std::string_view pattern, std::string_view subject);
// Every subject that `pattern` matches is also matched by one of `patterns` alone.
bool subject_covered(std::string_view pattern, const std::vector<std::string>& patterns);
// Some subject is matched by both patterns.
bool subjects_overlap(std::string_view one, std::string_view other);
// Those of `wanted` that no pattern covers alone.
std::vector<std::string> not_covered(const std::vector<std::string>& wanted,
                                     const std::vector<std::string>& patterns);
// No empty tokens, no spaces or control characters, `>` only at the end.
bool is_valid_subject_pattern(std::string_view pattern);

}  // namespace jobledger::ingest
