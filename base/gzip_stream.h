// SPDX-License-Identifier: MIT
// gzip piece by piece, for texts that do not fit into memory. Whole buffers: gzip.h, which is two
// to three times as fast.
//
// Executor: one thread at a time.
#pragma once

#include "base/result.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jobledger {

class GzipWriter {
 public:
  explicit GzipWriter(int level);  // 1 (fast) to 9 (small); beyond it counts as 9
  GzipWriter(GzipWriter&&) noexcept;
  ~GzipWriter();
  // Appends what is ready to `out`.
  void write(std::string_view bytes, std::string& out);
  void finish(std::string& out);  // once; the rest

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class GunzipReader {
 public:
  GunzipReader();
  GunzipReader(GunzipReader&&) noexcept;
  ~GunzipReader();
  // Takes bytes from the front of `in`, and unpacks into `out`; the count of bytes that are there
  // now. 0 with `in` empty: more input is needed, or it is the end. Members follow each other.
  Result<std::size_t> read(std::string_view& in, std::span<char> out);
  // Whether the input so far is whole.
  bool at_end() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger
