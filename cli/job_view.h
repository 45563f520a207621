// SPDX-License-Identifier: MIT
// Lists of jobs as text for terminals, from the answers to job_query.h. Pure.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace jobledger::cli {

struct JobText {
  std::string text;
  std::size_t shown = 0;
  std::int64_t count = 0;  // matches in all
};

// One line a job. Errors of the GraphQL answer become this function's.
Result<JobText> list_text(std::string_view answer);

}  // namespace jobledger::cli
