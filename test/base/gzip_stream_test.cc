// SPDX-License-Identifier: MIT
#include "base/gzip_stream.h"

#include "base/gzip.h"
#include "test/seed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace jobledger {
namespace {

// A text that is neither random nor all alike.
std::string make_text(std::size_t size) {
  std::mt19937 random(test::test_seed());
  std::string text;
  while (text.size() < size) text += std::to_string(random() % 1000) + ',';
  text.resize(size);
  return text;
}

// By pieces of these sizes.
Result<std::string> unpack(std::string_view packed, std::size_t in_size, std::size_t out_size) {
  GunzipReader reader;
  std::string out, room(out_size, ' ');
  std::string_view in;
  for (;;) {
    TRY(const std::size_t got, reader.read(in, room));
    out.append(room, 0, got);
    if (got > 0) continue;
    if (packed.empty()) break;
    in = packed.substr(0, in_size);
    packed.remove_prefix(in.size());
  }
  if (!reader.at_end()) return Error{ErrorKind::corrupt, "cut off"};
  return out;
}

}  // namespace

TEST_CASE("what is packed piece by piece is unpacked piece by piece and as a whole") {
  for (const std::size_t size : {0u, 1u, 1000u, 300'000u}) {
    const std::string text = make_text(size);
    for (const std::size_t piece : {7u, 65'536u, 1'000'000u}) {
      std::string packed;
      GzipWriter writer(6);
      for (std::size_t at = 0; at < size; at += piece)
        writer.write(std::string_view(text).substr(at, piece), packed);
      writer.finish(packed);
      CHECK(*gunzip(packed, size + 1) == text);
      CHECK(*unpack(packed, 5000, 777) == text);
      CHECK(*unpack(packed, 1, 100'000) == text);
    }
  }
}

TEST_CASE("members follow each other") {
  const std::string text = make_text(5000);
  const std::string packed = gzip(text, 6) + gzip("", 6) + gzip(text, 9);
  CHECK(*unpack(packed, 10, 10) == text + text);
  CHECK(*unpack(packed, 100'000, 100'000) == text + text);
}

TEST_CASE("damage and a missing end are told") {
  const std::string text = make_text(50'000);
  const std::string packed = gzip(text, 6);
  CHECK_FALSE(unpack(packed.substr(0, packed.size() - 1), 1000, 1000));
  CHECK_FALSE(unpack(packed + "x", 1000, 1000));
  CHECK_FALSE(unpack("", 10, 10));
  std::string damaged = packed;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  CHECK_FALSE(unpack(damaged, 1000, 1000));
}

}  // namespace jobledger
