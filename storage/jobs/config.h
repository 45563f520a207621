// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace jobledger::storage::jobs {

struct TableConfig {
  std::uint32_t segment_rows = 65'536;  // most rows of one segment, 1 to 65,536
  std::uint32_t chunk_rows = 4'096;     // rows of one tail chunk, 1 to 65,536
  std::uint32_t seal_rows = 16'384;     // settled jobs in the tail that make it worth sealing, >= 1
  std::uint32_t max_dead_rows = 32'768;  // dead rows in the tail before it is rewritten, >= 1
  std::size_t max_text_bytes = 255;      // of a job's texts that is kept in memory
};

}  // namespace jobledger::storage::jobs
