// SPDX-License-Identifier: MIT
#include "storage/rocks_log.h"

#include "base/log.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace jobledger::storage {
namespace {

class RocksLog : public rocksdb::Logger {
 public:
  RocksLog() : rocksdb::Logger(rocksdb::WARN_LEVEL) {}

  using rocksdb::Logger::Logv;
  // Headers and what has no level.
  void Logv(const char*, va_list) override {}
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list values) override {
    if (level < rocksdb::WARN_LEVEL || level > rocksdb::FATAL_LEVEL) return;
    std::array<char, 1024> buffer{};
    const int size = std::vsnprintf(buffer.data(), buffer.size(), format, values);
    std::string_view text(
        buffer.data(),
        std::min<std::size_t>(size < 0 ? 0 : static_cast<std::size_t>(size), buffer.size() - 1));
    while (text.ends_with('\n')) text.remove_suffix(1);
    if (level > rocksdb::WARN_LEVEL) {
      LOG(error, "rocksdb", "{}", text);
    } else if (const long held = warnings_.pass(); held >= 0) {
      LOG(warning, "rocksdb", "{} held_back={}", text, held);
    }
  }

 private:
  LogGate warnings_;  // some repeat with every write
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_rocks_log() { return std::make_shared<RocksLog>(); }

}  // namespace jobledger::storage
