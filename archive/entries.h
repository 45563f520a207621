// SPDX-License-Identifier: MIT
// Directories and small files by descriptor, without an allocation per entry or file: what the walk
// through millions of jobs is made of.
//
// Executor: blocking; one thread per object.
#pragma once

#include "base/file.h"
#include "base/result.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace jobledger::archive {

struct Entry {
  std::string_view name;  // a zero follows it; valid until the next call of next()
  bool is_directory = false;
};

// Opens `name` below `dir` as a directory; a symbolic link is none.
Result<Fd> open_directory_at(int dir, const char* name);

// A directory's entries one after another, without "." and "..".
class EntryReader {
 public:
  EntryReader();
  // Begins anew with that directory, which must stay open.
  void begin(int dir);
  // False at the end.
  Result<bool> next(Entry& entry);

 private:
  static constexpr std::size_t kBufferBytes = 32u << 10;
  std::unique_ptr<char[]> buffer_;
  int dir_ = -1;
  std::size_t at_ = 0, end_ = 0;
};

enum class Links : bool { refuse, follow };

// Reads whole regular files into one buffer that grows and stays.
class FileReader {
 public:
  // `name` below `dir` (AT_FDCWD for a whole path). The view holds until the next read. Not a
  // regular file: invalid; longer than max_bytes: too_large; absent: not_found.
  Result<std::string_view> read(int dir, const char* name, std::size_t max_bytes,
                                Links links = Links::refuse);

 private:
  Result<std::string_view> read_open(int fd, std::size_t size, std::size_t max_bytes);
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
};

}  // namespace jobledger::archive
