// SPDX-License-Identifier: MIT
// gzip of whole buffers. Executor: any thread; compressors are kept per thread.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace jobledger {

std::string gzip(std::string_view bytes, int level);  // level 1 (fast) to 12 (small)

// Of one member or several. Refuses more than max_bytes of output, and bytes that are no member.
Result<std::string> gunzip(std::string_view bytes, std::size_t max_bytes);

}  // namespace jobledger
