// SPDX-License-Identifier: MIT
#include "storage/metrics/column_codec.h"

#include "storage/metrics/frame.h"
#include "storage/metrics/rounding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

namespace jobledger::storage::metrics {
namespace {

// The first byte of a column: presence in bits 0 and 1, shape in bits 2 and 3, scale above.
enum class Presence : std::uint8_t { all, common, own, none };
enum class Shape : std::uint8_t { zero, constant, values, deltas };

// How many decimal digits were moved before the point, or that the numbers are floats' bits.
using Scale = std::uint8_t;
constexpr Scale kMaxDigits = 9;
constexpr Scale kFloatBits = 15;
constexpr std::array<double, kMaxDigits + 1> kPowers{1e0, 1e1, 1e2, 1e3, 1e4,
                                                     1e5, 1e6, 1e7, 1e8, 1e9};

struct ColumnHead {
  Presence presence = Presence::none;
  Shape shape = Shape::zero;
  Scale scale = 0;
};

std::uint8_t head_byte(ColumnHead head) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(head.presence) |
                                   static_cast<unsigned>(head.shape) << 2 |
                                   static_cast<unsigned>(head.scale) << 4);
}

ColumnHead read_head(ByteReader& in) {
  const std::uint8_t byte = in.u8();
  const ColumnHead head{static_cast<Presence>(byte & 3), static_cast<Shape>(byte >> 2 & 3),
                        static_cast<Scale>(byte >> 4)};
  const bool known = head.scale <= kMaxDigits || head.scale == kFloatBits;
  if (!known || (head.presence == Presence::none && byte != head_byte({}))) in.fail();
  return head;
}

// Floats as numbers that sort like them; its own reverse. -0 is -1.
std::uint32_t ordered(std::uint32_t bits) {
  return bits ^ (static_cast<std::uint32_t>(static_cast<std::int32_t>(bits) >> 31) >> 1);
}

float from_decimal(std::uint32_t number, double power) {
  return static_cast<float>(static_cast<double>(static_cast<std::int32_t>(number)) / power);
}

// Whether value * power is a whole number that leads back to the value. Beyond 2^23 whole numbers
// would be finer than the floats themselves, and nothing gained.
bool to_decimal(float value, double power, std::uint32_t& number) {
  constexpr double kMost = 1 << 23;
  const double scaled = static_cast<double>(value) * power;
  if (!(std::abs(scaled) <= kMost)) return false;
  number = static_cast<std::uint32_t>(static_cast<std::int32_t>(round_to_even(scaled)));
  return std::bit_cast<std::uint32_t>(from_decimal(number, power)) ==
         std::bit_cast<std::uint32_t>(value);
}

bool all_to_decimal(std::span<const float> values, double power, std::span<std::uint32_t> numbers) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!to_decimal(values[i], power, numbers[i])) return false;
  }
  return true;
}

// With as few digits as possible.
Scale to_numbers(std::span<const float> values, std::span<std::uint32_t> numbers) {
  for (Scale digits = 0; digits <= kMaxDigits; ++digits) {
    if (all_to_decimal(values, kPowers[digits], numbers)) return digits;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    numbers[i] = ordered(std::bit_cast<std::uint32_t>(values[i]));
  }
  return kFloatBits;
}

void to_floats(std::span<const std::uint32_t> numbers, Scale scale, float* out) {
  if (scale == kFloatBits) {
    for (const std::uint32_t number : numbers) *out++ = std::bit_cast<float>(ordered(number));
  } else {
    for (const std::uint32_t number : numbers) *out++ = from_decimal(number, kPowers[scale]);
  }
}

// Bits of a float have no short form; decimals and differences do.
void write_number(std::string& out, std::uint32_t number, bool bits) {
  if (bits) {
    ByteWriter(out).u32(number);
  } else {
    ByteWriter(out).zigzag(static_cast<std::int32_t>(number));
  }
}

std::uint32_t read_number(ByteReader& in, bool bits) {
  return bits ? in.u32() : static_cast<std::uint32_t>(in.zigzag32());
}

// Numbers in frames of up to kFrameValues.
struct Plan {
  std::span<const std::uint32_t> numbers;
  bool bits = false;
  std::array<Frame, kMaxColumnValues / kFrameValues> frames;
  std::size_t bytes = 0;

  std::span<const std::uint32_t> part(std::size_t begin) const {
    return numbers.subspan(begin, std::min(kFrameValues, numbers.size() - begin));
  }
};

void make_plan(Plan& plan, std::span<const std::uint32_t> numbers, bool bits) {
  plan.numbers = numbers;
  plan.bits = bits;
  for (std::size_t begin = 0; begin < numbers.size(); begin += kFrameValues) {
    const Frame frame = choose_frame(plan.part(begin));
    plan.frames[begin / kFrameValues] = frame;
    plan.bytes += frame.bytes + (bits ? sizeof(float) : 2);
  }
}

void write_plan(std::string& out, const Plan& plan) {
  for (std::size_t begin = 0; begin < plan.numbers.size(); begin += kFrameValues) {
    const Frame& frame = plan.frames[begin / kFrameValues];
    write_number(out, frame.base, plan.bits);
    write_frame(out, frame, plan.part(begin));
  }
}

void encode_values(std::string& out, Presence presence, const SlotMask& mask,
                   std::span<const float> values) {
  const auto begin = [&](Shape shape, Scale scale) {
    ByteWriter(out).u8(head_byte({presence, shape, scale}));
    if (presence == Presence::own) mask.append_to(out);
  };
  std::array<std::uint32_t, kMaxColumnValues> buffer, difference_buffer;
  const std::span<std::uint32_t> numbers(buffer.data(), values.size());
  const Scale scale = to_numbers(values, numbers);
  const bool bits = scale == kFloatBits;
  if (std::ranges::all_of(numbers, [&](std::uint32_t number) { return number == numbers[0]; })) {
    const bool zero = !bits && numbers[0] == 0;
    begin(zero ? Shape::zero : Shape::constant, scale);
    if (!zero) write_number(out, numbers[0], bits);
    return;
  }
  const std::span<std::uint32_t> differences(difference_buffer.data(), values.size() - 1);
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = numbers[i + 1] - numbers[i];
  Plan plain, deltas;
  make_plan(plain, numbers, bits);
  make_plan(deltas, differences, false);
  if (plain.bytes <= deltas.bytes + (bits ? sizeof(float) : 2)) {
    begin(Shape::values, scale);
    write_plan(out, plain);
  } else {
    begin(Shape::deltas, scale);
    write_number(out, numbers[0], bits);
    write_plan(out, deltas);
  }
}

void decode_frames(ByteReader& in, ColumnHead head, std::span<float> values) {
  const bool bits = head.scale == kFloatBits;
  const bool deltas = head.shape == Shape::deltas;
  FrameNumbers numbers;
  std::uint32_t last = 0;
  std::size_t begin = 0;
  if (deltas) {
    last = read_number(in, bits);
    to_floats({&last, 1}, head.scale, values.data());
    begin = 1;
  }
  for (; begin < values.size(); begin += kFrameValues) {
    const std::size_t count = std::min(kFrameValues, values.size() - begin);
    const std::uint32_t base = read_number(in, bits && !deltas);
    read_frame(in, base, count, numbers);
    if (in.failed()) return;
    if (deltas) {
      for (std::size_t i = 0; i < count; ++i) numbers[i] = last += numbers[i];
    }
    to_floats({numbers.data(), count}, head.scale, &values[begin]);
  }
}

// As many values as are present, which is at least one.
void decode_values(ByteReader& in, ColumnHead head, std::span<float> values) {
  if (head.shape == Shape::values || head.shape == Shape::deltas) {
    decode_frames(in, head, values);
    return;
  }
  std::uint32_t number = 0;
  if (head.shape == Shape::constant) number = read_number(in, head.scale == kFloatBits);
  float value = 0;
  to_floats({&number, 1}, head.scale, &value);
  std::ranges::fill(values, value);
}

}  // namespace

void encode_column(std::string& out, std::span<const float> values, const SlotMask* common) {
  const SlotMask mask = SlotMask::of(values);
  if (mask.none()) {
    ByteWriter(out).u8(head_byte({}));
  } else if (mask.all()) {
    encode_values(out, Presence::all, mask, values);
  } else {
    std::array<float, kMaxColumnValues> present;
    mask.gather(values, present.data());
    const bool shared = common != nullptr && mask == *common;
    encode_values(out, shared ? Presence::common : Presence::own, mask,
                  {present.data(), mask.present()});
  }
}

void decode_column(ByteReader& in, std::span<float> values, const SlotMask* common) {
  const ColumnHead head = read_head(in);
  std::optional<SlotMask> own;
  const SlotMask* mask = nullptr;  // null: all slots have a value
  if (head.presence == Presence::own) mask = &own.emplace(SlotMask::read(in, values.size()));
  if (head.presence == Presence::common) {
    mask = common;
    if (mask == nullptr || mask->slots() != values.size()) in.fail();
  }
  const bool none = head.presence == Presence::none || (mask != nullptr && mask->none());
  if (!none && !in.failed()) {
    decode_values(in, head, values.first(mask != nullptr ? mask->present() : values.size()));
  }
  if (none || in.failed()) {
    std::ranges::fill(values, std::numeric_limits<float>::quiet_NaN());
  } else if (mask != nullptr) {
    mask->spread(values);
  }
}

}  // namespace jobledger::storage::metrics
