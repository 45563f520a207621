// SPDX-License-Identifier: MIT
#include "storage/event_codec.h"

#include "storage/bytes.h"

#include <fmt/format.h>

#include <utility>

namespace jobledger::storage {
namespace {

using jobs::Dictionary;
using jobs::StringId;

constexpr std::uint8_t kVersion = 1;       // of each kind of value here that has no other
constexpr std::uint8_t kEpochVersion = 2;  // of positions; of dead letters the first with an epoch
constexpr std::uint8_t kLetterVersion = 3;
constexpr std::uint8_t kParkedVersion = 2;
constexpr std::uint8_t kParkedWithoutWord = 1;  // an older one: no scheduler's word

ByteWriter begin(std::string& out, std::uint8_t version = kVersion) {
  ByteWriter writer(out);
  writer.u8(version);
  return writer;
}

// A reader behind the version byte, or failed.
ByteReader open(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kVersion) in.fail();
  return in;
}

// The same for a value that has epochs since version 2.
ByteReader open(std::string_view bytes, bool& has_epoch) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  has_epoch = version == kEpochVersion;
  if (version != kVersion && !has_epoch) in.fail();
  return in;
}

template <class T>
Result<T> finish(const ByteReader& in, std::string_view what, T value) {
  if (!in.complete()) {
    return Error{ErrorKind::corrupt, fmt::format("{}: not well formed", what)};
  }
  return value;
}

void write_origin(ByteWriter& out, const EventOrigin& origin) {
  out.text(origin.stream);
  out.zigzag(origin.created);
  out.varint(origin.sequence);
  out.varint(origin.line);
  out.varint(origin.epoch);
}

EventOrigin read_origin(ByteReader& in, bool has_epoch) {
  EventOrigin origin;
  origin.stream = in.text();
  origin.created = in.zigzag();
  origin.sequence = in.varint();
  origin.line = in.number<std::uint32_t>();
  if (has_epoch) origin.epoch = in.number<std::uint32_t>();
  return origin;
}

// What a report says of a node, beside its name.
void write_load(ByteWriter& out, const NodeState& node) {
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(node.scheduler_state) |
                                   static_cast<unsigned>(node.health_state) << 4));
  out.zigzag(node.cpus_allocated);
  out.zigzag(node.gpus_allocated);
  out.zigzag(node.jobs_running);
  out.zigzag(node.memory_allocated);
}

void read_load(ByteReader& in, NodeState& node) {
  const std::uint8_t states = in.u8();
  if ((states & 15) >= schema::kSchedulerStateCount ||
      states >> 4 >= schema::kMonitoringStateCount) {
    in.fail();
    return;
  }
  node.scheduler_state = static_cast<schema::SchedulerState>(states & 15);
  node.health_state = static_cast<schema::MonitoringState>(states >> 4);
  node.cpus_allocated = in.zigzag32();
  node.gpus_allocated = in.zigzag32();
  node.jobs_running = in.zigzag32();
  node.memory_allocated = in.zigzag();
}

}  // namespace

std::string encode_counters(const Counters& counters) {
  std::string bytes;
  ByteWriter out = begin(bytes);
  out.zigzag(counters.next_job);
  out.zigzag(counters.next_tag);
  out.zigzag(counters.next_dead_letter);
  out.varint(counters.dead_letters);
  out.varint(counters.dead_letters_dropped);
  out.varint(counters.commits);
  out.varint(counters.dead_letter_bytes);
  return bytes;
}

Result<Counters> decode_counters(std::string_view bytes) {
  ByteReader in = open(bytes);
  Counters counters;
  counters.next_job = in.zigzag();
  counters.next_tag = in.zigzag();
  counters.next_dead_letter = in.zigzag();
  counters.dead_letters = in.varint();
  counters.dead_letters_dropped = in.varint();
  counters.commits = in.varint();
  counters.dead_letter_bytes = in.varint();
  if (counters.next_job < 1 || counters.next_tag < 1 || counters.next_dead_letter < 1) in.fail();
  return finish(in, "counters", counters);
}

std::string encode_tag(const schema::Tag& tag) {
  std::string bytes;
  ByteWriter out = begin(bytes);
  out.text(tag.type);
  out.text(tag.name);
  out.text(tag.scope);
  return bytes;
}

Result<schema::Tag> decode_tag(std::int64_t id, std::string_view bytes) {
  ByteReader in = open(bytes);
  schema::Tag tag;
  tag.type = in.text();
  tag.name = in.text();
  tag.scope = in.text();
  tag.id = id;
  return finish(in, "tag", std::move(tag));
}

std::string encode_position(const StreamPosition& position) {
  std::string bytes;
  ByteWriter out = begin(bytes, kEpochVersion);
  out.zigzag(position.created);
  out.varint(position.sequence);
  out.varint(position.epoch);
  out.zigzag(position.time);
  out.varint(position.digest);
  return bytes;
}

Result<StreamPosition> decode_position(std::string_view stream, std::string_view bytes) {
  bool has_epoch = false;
  ByteReader in = open(bytes, has_epoch);
  StreamPosition position;
  position.stream = stream;
  position.created = in.zigzag();
  position.sequence = in.varint();
  if (has_epoch) {
    position.epoch = in.number<std::uint32_t>();
    position.time = in.zigzag();
    position.digest = in.varint();
  }
  return finish(in, "position", std::move(position));
}

std::string encode_mark(const StreamMark& mark) {
  std::string bytes;
  ByteWriter out = begin(bytes);
  out.zigzag(mark.time);
  out.varint(mark.digest);
  return bytes;
}

Result<StreamMark> decode_mark(std::uint64_t sequence, std::string_view bytes) {
  ByteReader in = open(bytes);
  StreamMark mark;
  mark.sequence = sequence;
  mark.time = in.zigzag();
  mark.digest = in.varint();
  return finish(in, "mark of a stream", mark);
}

std::string encode_node(const NodeState& node) {
  std::string bytes;
  ByteWriter out = begin(bytes);
  out.text(node.cluster);
  out.text(node.hostname);
  out.text(node.sub_cluster);
  out.zigzag(node.time);
  write_load(out, node);
  return bytes;
}

Result<NodeState> decode_node(std::string_view bytes) {
  ByteReader in = open(bytes);
  NodeState node;
  node.cluster = in.text();
  node.hostname = in.text();
  node.sub_cluster = in.text();
  node.time = in.zigzag();
  read_load(in, node);
  return finish(in, "node state", std::move(node));
}

std::string encode_report(const std::vector<NodeState>& nodes, jobs::Dictionaries& dictionaries) {
  std::string bytes;
  ByteWriter out = begin(bytes);
  out.varint(nodes.size());
  std::int64_t previous = 0;
  for (const NodeState& node : nodes) {
    const std::int64_t host = dictionaries.intern(Dictionary::host, node.hostname);
    out.zigzag(host - previous);
    out.varint(dictionaries.intern(Dictionary::sub_cluster, node.sub_cluster));
    write_load(out, node);
    previous = host;
  }
  return bytes;
}

Result<std::vector<NodeState>> decode_report(std::string_view cluster, std::int64_t time,
                                             std::string_view bytes,
                                             const jobs::Dictionaries& dictionaries) {
  ByteReader in = open(bytes);
  std::vector<NodeState> nodes(in.count(7));
  const StringId hosts = dictionaries.size(Dictionary::host);
  const StringId sub_clusters = dictionaries.size(Dictionary::sub_cluster);
  std::int64_t host = 0;
  for (NodeState& node : nodes) {
    const std::int64_t delta = in.zigzag();
    const std::uint64_t sub_cluster = in.varint();
    // Modulo 2^64: a hostile distance cannot overflow, only miss.
    host = static_cast<std::int64_t>(static_cast<std::uint64_t>(host) +
                                     static_cast<std::uint64_t>(delta));
    if (host < 0 || host >= std::int64_t{hosts} || sub_cluster >= sub_clusters) in.fail();
    if (in.failed()) break;
    node.cluster = cluster;
    node.hostname = dictionaries.text(Dictionary::host, static_cast<StringId>(host));
    node.sub_cluster =
        dictionaries.text(Dictionary::sub_cluster, static_cast<StringId>(sub_cluster));
    node.time = time;
    read_load(in, node);
  }
  return finish(in, "node report", std::move(nodes));
}

std::string encode_parked(const ParkedStop& parked) {
  std::string bytes;
  ByteWriter out = begin(bytes, kParkedVersion);
  const schema::StopEvent& stop = parked.stop;
  out.zigzag(stop.job_id);
  out.u8(static_cast<std::uint8_t>((stop.cluster ? 1 : 0) | (stop.start_time ? 2 : 0)));
  if (stop.cluster) out.text(*stop.cluster);
  if (stop.start_time) out.zigzag(*stop.start_time);
  out.zigzag(stop.stop_time);
  out.u8(static_cast<std::uint8_t>(stop.state));
  out.text(stop.scheduler_state);
  out.zigzag(parked.received);
  out.text(parked.subject);
  out.text(parked.payload);
  return bytes;
}

Result<ParkedStop> decode_parked(const EventOrigin& origin, std::string_view bytes) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (version != kParkedVersion && version != kParkedWithoutWord) in.fail();
  ParkedStop parked;
  parked.origin = origin;
  schema::StopEvent& stop = parked.stop;
  stop.job_id = in.zigzag();
  const std::uint8_t present = in.u8();
  if (present > 3) in.fail();
  if (present & 1) stop.cluster = in.text();
  if (present & 2) stop.start_time = in.zigzag();
  stop.stop_time = in.zigzag();
  stop.state = in.enumerator<schema::JobState>(schema::kJobStateCount);
  if (version != kParkedWithoutWord) stop.scheduler_state = in.text();
  parked.received = in.zigzag();
  parked.subject = in.text();
  parked.payload = in.text();
  return finish(in, "parked stop", std::move(parked));
}

std::string encode_letter(const DeadLetter& letter) {
  std::string bytes;
  ByteWriter out = begin(bytes, kLetterVersion);
  write_origin(out, letter.origin);
  out.zigzag(letter.received);
  out.u8(letter.payload_cut ? 1 : 0);
  out.text(letter.subject);
  out.text(letter.reason);
  out.text(letter.payload);
  out.text(letter.group);
  return bytes;
}

Result<DeadLetter> decode_letter(std::int64_t id, std::string_view bytes) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (version == 0 || version > kLetterVersion) in.fail();
  DeadLetter letter;
  letter.id = id;
  letter.origin = read_origin(in, version >= kEpochVersion);
  letter.received = in.zigzag();
  letter.payload_cut = in.enumerator<std::uint8_t>(2) != 0;
  letter.subject = in.text();
  letter.reason = in.text();
  letter.payload = in.text();
  if (version >= kLetterVersion) letter.group = in.text();
  letter.payload_bytes = letter.payload.size();
  return finish(in, "dead letter", std::move(letter));
}

std::uint64_t text_bytes(const DeadLetter& letter) {
  return letter.subject.size() + letter.reason.size() + letter.payload.size();
}

std::string encode_letter_id(std::int64_t id) {
  std::string bytes;
  begin(bytes).varint(static_cast<std::uint64_t>(id));
  return bytes;
}

Result<std::int64_t> decode_letter_id(std::string_view bytes) {
  ByteReader in = open(bytes);
  const std::uint64_t id = in.varint();
  if (id == 0 || id > INT64_MAX) in.fail();
  return finish(in, "dead letter number", static_cast<std::int64_t>(id));
}

}  // namespace jobledger::storage
