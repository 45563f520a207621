// SPDX-License-Identifier: MIT
#include "storage/metrics/frame.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace jobledger::storage::metrics {
namespace {

constexpr std::uint8_t kWidthBits = 0x3f;
constexpr std::uint8_t kHasExceptions = 0x40;

// Numbers count as signed where they are compared.
std::int32_t as_signed(std::uint32_t number) { return static_cast<std::int32_t>(number); }

struct Range {
  std::int32_t low = std::numeric_limits<std::int32_t>::max();
  std::int32_t high = std::numeric_limits<std::int32_t>::min();

  // How far `high` is above `low`, which may be more than an int32 holds.
  std::uint32_t size() const {
    return static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low);
  }
  std::uint32_t width() const { return static_cast<std::uint32_t>(std::bit_width(size())); }
};

// Of the numbers in [base, base + last].
Range range_of(std::span<const std::uint32_t> numbers, std::uint32_t base, std::uint32_t last) {
  Range range;
  for (const std::uint32_t number : numbers) {
    const bool inside = number - base <= last;
    range.low = inside ? std::min(range.low, as_signed(number)) : range.low;
    range.high = inside ? std::max(range.high, as_signed(number)) : range.high;
  }
  return range;
}

std::uint32_t count_in(std::span<const std::uint32_t> numbers, std::uint32_t base,
                       std::uint32_t last) {
  std::uint32_t count = 0;
  for (const std::uint32_t number : numbers) count += number - base <= last;
  return count;
}

// What of a distance does not fit the width; negative below the base.
std::int64_t excess(std::uint32_t number, const Frame& frame) {
  return (std::int64_t{as_signed(number)} - as_signed(frame.base)) >> frame.width;
}

// A frame of those in `range`; `outside` numbers, as far away as `all` reaches, are not.
Frame make_frame(const Range& range, const Range& all, std::size_t count, std::size_t outside) {
  const std::uint32_t width = range.width();
  std::size_t bytes = 1 + packed_bytes(count, width);
  if (outside > 0) {
    const std::uint32_t reach =
        std::max(Range{range.low, all.high}.size(), Range{all.low, range.low}.size());
    const auto bits = static_cast<std::size_t>(std::bit_width(std::uint64_t{reach} >> width)) + 1;
    bytes += 1 + outside * (1 + (bits + 6) / 7);
  }
  return {static_cast<std::uint32_t>(range.low), width, static_cast<std::uint32_t>(bytes)};
}

}  // namespace

Frame choose_frame(std::span<const std::uint32_t> numbers) {
  const Range all = range_of(numbers, 0, std::numeric_limits<std::uint32_t>::max());
  Frame best = make_frame(all, all, numbers.size(), 0);
  // Zooms in, a bit less a step, from the end where more numbers are left out, as long as three
  // quarters of all stay in. A range in the middle would gain next to nothing.
  for (Range range = all; range.width() > 0;) {
    const std::uint32_t last = (std::uint32_t{1} << (range.width() - 1)) - 1;
    const auto low = static_cast<std::uint32_t>(range.low);
    const std::uint32_t slack = range.size() - last;
    std::uint32_t base = 0, most = 0;
    for (const std::uint32_t begin : {low, low + slack}) {
      const std::uint32_t kept = count_in(numbers, begin, last);
      base = kept > most ? begin : base;
      most = std::max(most, kept);
    }
    if (most * 4 < numbers.size() * 3) break;
    range = range_of(numbers, base, last);
    const Frame frame = make_frame(range, all, numbers.size(), numbers.size() - most);
    if (frame.bytes < best.bytes) best = frame;
  }
  return best;
}

void write_frame(std::string& out, const Frame& frame, std::span<const std::uint32_t> numbers) {
  FrameNumbers distances;
  std::array<std::uint8_t, kFrameValues> places;
  std::size_t exceptions = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    distances[i] = numbers[i] - frame.base;
    places[exceptions] = static_cast<std::uint8_t>(i);
    exceptions += std::uint64_t{distances[i]} >> frame.width != 0;
  }
  ByteWriter to(out);
  to.u8(static_cast<std::uint8_t>(frame.width | (exceptions > 0 ? kHasExceptions : 0)));
  if (exceptions > 0) {
    to.u8(static_cast<std::uint8_t>(exceptions));
    for (std::size_t i = 0; i < exceptions; ++i) {
      to.u8(places[i]);
      to.zigzag(excess(numbers[places[i]], frame));
    }
  }
  append_packed(out, std::span(distances).first(numbers.size()), frame.width);
}

namespace {

struct Exceptions {
  std::array<std::uint8_t, kFrameValues> places;
  FrameNumbers amounts;
  std::size_t count = 0;
};

void read_exceptions(ByteReader& in, std::uint32_t width, std::size_t count,
                     Exceptions& exceptions) {
  exceptions.count = in.u8();
  if (exceptions.count > count || width == kMaxPackedWidth) in.fail();
  for (std::size_t i = 0; i < exceptions.count && !in.failed(); ++i) {
    exceptions.places[i] = in.u8();
    exceptions.amounts[i] = static_cast<std::uint32_t>(in.zigzag()) << width;
    const bool ascends = i == 0 || exceptions.places[i] > exceptions.places[i - 1];
    if (exceptions.places[i] >= count || !ascends) in.fail();
  }
}

}  // namespace

void read_frame(ByteReader& in, std::uint32_t base, std::size_t count, FrameNumbers& numbers) {
  const std::uint8_t head = in.u8();
  const std::uint32_t width = head & kWidthBits;
  if (width > kMaxPackedWidth || head >= 2 * kHasExceptions) in.fail();
  Exceptions exceptions;
  if ((head & kHasExceptions) != 0) read_exceptions(in, width, count, exceptions);
  const std::string_view packed = in.raw(packed_bytes(count, width));
  if (in.failed()) return;
  unpack(packed, width, numbers);
  for (std::uint32_t& number : numbers) number += base;
  for (std::size_t i = 0; i < exceptions.count; ++i) {
    numbers[exceptions.places[i]] += exceptions.amounts[i];
  }
}

}  // namespace jobledger::storage::metrics
