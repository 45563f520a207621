// SPDX-License-Identifier: MIT
#include "base/gzip.h"

#include "base/log.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <memory>

namespace jobledger {
namespace {

constexpr int kMaxLevel = 12;

struct FreeCompressor {
  void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};
struct FreeDecompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

libdeflate_compressor* compressor_of_this_thread(int level) {
  thread_local std::array<std::unique_ptr<libdeflate_compressor, FreeCompressor>, kMaxLevel + 1>
      cached;
  auto& slot = cached[static_cast<std::size_t>(std::clamp(level, 1, kMaxLevel))];
  if (!slot) slot.reset(libdeflate_alloc_compressor(std::clamp(level, 1, kMaxLevel)));
  CHECK(slot != nullptr, "no memory for a compressor");
  return slot.get();
}

// The size in the trailer (modulo 2^32) is a hint, never trusted beyond the limit.
std::size_t size_hint(std::string_view bytes) {
  if (bytes.size() < 18) return 64;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - 4 + i]);
    size |= static_cast<std::size_t>(byte) << (8 * i);
  }
  return std::max<std::size_t>(size, 64);
}

// Takes one member from the front of `bytes`.
Result<std::string> gunzip_member(std::string_view& bytes, std::size_t max_bytes) {
  thread_local std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  CHECK(decompressor != nullptr, "no memory for a decompressor");
  std::size_t room = std::min(size_hint(bytes), max_bytes);
  for (;;) {
    std::string out;
    out.resize(room);
    std::size_t read = 0, written = 0;
    const auto status = libdeflate_gzip_decompress_ex(
        decompressor.get(), bytes.data(), bytes.size(), out.data(), out.size(), &read, &written);
    if (status == LIBDEFLATE_SUCCESS) {
      bytes.remove_prefix(read);
      out.resize(written);
      return out;
    }
    if (status != LIBDEFLATE_INSUFFICIENT_SPACE) {
      return Error{ErrorKind::corrupt, "gzip: damaged or cut off"};
    }
    if (room >= max_bytes) {
      return Error{ErrorKind::too_large,
                   "gzip: expands to more than " + std::to_string(max_bytes) + " bytes"};
    }
    room = std::min(room * 4, max_bytes);
  }
}

}  // namespace

std::string gzip(std::string_view bytes, int level) {
  auto* compressor = compressor_of_this_thread(level);
  std::string out;
  out.resize(libdeflate_gzip_compress_bound(compressor, bytes.size()));
  const std::size_t used =
      libdeflate_gzip_compress(compressor, bytes.data(), bytes.size(), out.data(), out.size());
  CHECK(used > 0, "gzip of {} bytes did not fit its bound", bytes.size());
  out.resize(used);
  return out;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t max_bytes) {
  std::string out;
  do {
    TRY(std::string text, gunzip_member(bytes, max_bytes - out.size()));
    if (out.empty())
      out = std::move(text);
    else
      out += text;
  } while (!bytes.empty());
  return out;
}

}  // namespace jobledger
