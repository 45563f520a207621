// SPDX-License-Identifier: MIT
// The data file of an archived job, read piece by piece.
//
// Executor: one thread; calls read the disk. Failure: `not_found` when the job has none,
// `too_large` beyond Config::max_data_bytes, `cancelled` when reading is stopped, `corrupt`.
#pragma once

#include "archive/config.h"
#include "base/file.h"
#include "base/gzip_stream.h"
#include "base/result.h"
#include "schema/job.h"
#include "sources/metric_source.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jobledger::archive {

class DataFileReader {
 public:
  // Packed data counts first, as other readers do it.
  static Result<DataFileReader> open(const Config& config, const schema::NaturalKey& key);

  // At least so long is the text, as far as the file's end tells.
  std::uint64_t least_bytes() const { return least_bytes_; }
  // The text from its beginning; the same as schema::MoreText.
  Result<void> begin();
  Result<std::size_t> read(std::span<char> out, const sources::Stop& stop);

 private:
  DataFileReader(Fd fd, std::filesystem::path path, bool packed, std::uint64_t max_bytes);
  Result<void> look_at_end();
  Result<std::size_t> read_text(std::span<char> out);
  Result<std::size_t> read_file(std::span<char> out);

  Fd fd_;
  std::filesystem::path path_;
  bool packed_ = false;
  std::uint64_t max_bytes_ = 0, least_bytes_ = 0, done_ = 0;
  std::optional<GunzipReader> gunzip_;
  std::string room_;
  std::string_view waiting_;  // packed bytes in `room_`
};

}  // namespace jobledger::archive
