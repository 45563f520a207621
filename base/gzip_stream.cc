// SPDX-License-Identifier: MIT
#include "base/gzip_stream.h"

#include "base/log.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace jobledger {
namespace {

constexpr int kGzip = 16;  // added to the window's bits: the gzip format
constexpr std::size_t kChunk = 64u << 10;

uInt in_uint(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

// zlib takes its input as writable, and only reads it.
Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

struct GzipWriter::Impl {
  z_stream stream{};

  ~Impl() { ::deflateEnd(&stream); }

  void run(std::string_view bytes, int flush, std::string& out) {
    std::array<char, kChunk> chunk;
    int status = Z_OK;
    do {
      stream.next_in = bytes_of(bytes);
      const uInt given = in_uint(bytes.size());
      stream.avail_in = given;
      do {
        stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
        stream.avail_out = static_cast<uInt>(chunk.size());
        status = ::deflate(&stream, given == bytes.size() ? flush : Z_NO_FLUSH);
        CHECK(status != Z_STREAM_ERROR, "zlib: deflate {}", status);
        out.append(chunk.data(), chunk.size() - stream.avail_out);
      } while (stream.avail_out == 0);
      bytes.remove_prefix(given);
    } while (!bytes.empty());
  }
};

GzipWriter::GzipWriter(int level) : impl_(std::make_unique<Impl>()) {
  const int status =
      ::deflateInit2(&impl_->stream, std::clamp(level, Z_BEST_SPEED, Z_BEST_COMPRESSION),
                     Z_DEFLATED, MAX_WBITS + kGzip, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
  CHECK(status == Z_OK, "zlib: no compressor, {}", status);
}

GzipWriter::GzipWriter(GzipWriter&&) noexcept = default;
GzipWriter::~GzipWriter() = default;

void GzipWriter::write(std::string_view bytes, std::string& out) {
  if (!bytes.empty()) impl_->run(bytes, Z_NO_FLUSH, out);
}

void GzipWriter::finish(std::string& out) { impl_->run({}, Z_FINISH, out); }

struct GunzipReader::Impl {
  z_stream stream{};
  bool member_ended = false;

  ~Impl() { ::inflateEnd(&stream); }
};

GunzipReader::GunzipReader() : impl_(std::make_unique<Impl>()) {
  const int status = ::inflateInit2(&impl_->stream, MAX_WBITS + kGzip);
  CHECK(status == Z_OK, "zlib: no decompressor, {}", status);
}

GunzipReader::GunzipReader(GunzipReader&&) noexcept = default;
GunzipReader::~GunzipReader() = default;

bool GunzipReader::at_end() const { return impl_->member_ended; }

Result<std::size_t> GunzipReader::read(std::string_view& in, std::span<char> out) {
  z_stream& stream = impl_->stream;
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = in_uint(out.size());
  const uInt room = stream.avail_out;
  while (stream.avail_out > 0 && !in.empty()) {
    if (impl_->member_ended) {
      ::inflateReset(&stream);
      impl_->member_ended = false;
    }
    stream.next_in = bytes_of(in);
    const uInt given = in_uint(in.size());
    stream.avail_in = given;
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    in.remove_prefix(given - stream.avail_in);
    impl_->member_ended = status == Z_STREAM_END;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return Error{ErrorKind::corrupt, "gzip: damaged"};
    if (status == Z_BUF_ERROR) break;
  }
  return std::size_t{room - stream.avail_out};
}

}  // namespace jobledger
