// SPDX-License-Identifier: MIT
#include "ingest/progress.h"

#include <string_view>

namespace jobledger::ingest {
namespace {

// FNV-1a, 64 bit: part of what is stored (docs/formats.md).
constexpr std::uint64_t kDigestStart = 0xcbf29ce484222325u;
constexpr std::uint64_t kDigestFactor = 0x100000001b3u;

std::uint64_t add(std::uint64_t digest, std::string_view bytes) {
  for (const char byte : bytes) {
    digest = (digest ^ static_cast<unsigned char>(byte)) * kDigestFactor;
  }
  return digest;
}

}  // namespace

storage::StreamMark make_mark(const RawMessage& message) {
  std::uint64_t digest = add(kDigestStart, message.subject);
  digest = add(digest, std::string_view("\0", 1));
  return {message.sequence, message.time, add(digest, message.payload)};
}

Progress measure(const RawBatch& batch) {
  Progress progress;
  progress.begin = batch.messages.front().sequence;
  progress.kept_from = batch.first_sequence;
  std::uint64_t before = progress.begin - 1;
  for (const RawMessage& message : batch.messages) {
    if (message.sequence / kMarkInterval != before / kMarkInterval) {
      progress.marks.push_back(make_mark(message));
    }
    before = message.sequence;
  }
  const storage::StreamMark last = make_mark(batch.messages.back());
  progress.end = {batch.stream, batch.created, last.sequence, batch.epoch, last.time, last.digest};
  return progress;
}

void advance(storage::Update& update, const Progress& progress) {
  const std::string& stream = progress.end.stream;
  const auto before = update.position(stream);
  if (!before || before->epoch != progress.end.epoch || before->created != progress.end.created) {
    update.drop_stream_marks(stream, progress.begin, UINT64_MAX);
  }
  if (!progress.marks.empty()) update.drop_stream_marks(stream, 0, progress.kept_from);
  for (const storage::StreamMark& mark : progress.marks) update.add_stream_mark(stream, mark);
  update.set_position(progress.end);
}

}  // namespace jobledger::ingest
