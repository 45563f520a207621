// SPDX-License-Identifier: MIT
#include "storage/jobs/block.h"

#include <bit>

namespace jobledger::storage::jobs {

namespace {

// Where entry `index` of pieces of size first, 2 * first, 4 * first, ... lies.
struct Place {
  std::uint32_t piece, index;
};
Place place_of(std::uint32_t index, std::uint32_t first) {
  const auto piece = static_cast<std::uint32_t>(std::bit_width(index / first + 1)) - 1;
  return {piece, index - first * ((1U << piece) - 1)};
}

}  // namespace

Codes to_codes(const Row& row) {
  return {row.id,
          row.job_id,
          row.array_job_id,
          row.start_time,
          row.walltime,
          to_sortable(row.energy),
          row.revision,
          row.duration,
          row.num_nodes,
          row.num_acc,
          row.num_hwthreads,
          row.smt,
          text_code(row.cluster),
          text_code(row.sub_cluster),
          text_code(row.partition),
          text_code(row.project),
          text_code(row.user),
          text_code(row.job_name),
          static_cast<std::int64_t>(row.state),
          static_cast<std::int64_t>(row.shared),
          static_cast<std::int64_t>(row.monitoring_status)};
}

void from_codes(const Codes& codes, Row& row) {
  const auto get = [&](Field field) { return codes[index_of(field)]; };
  const auto get32 = [&](Field field) { return static_cast<std::int32_t>(get(field)); };
  const auto get_text = [&](Field field) { return text_id(get(field)); };
  row.id = get(Field::id);
  row.revision = static_cast<std::uint32_t>(get(Field::revision));
  row.job_id = get(Field::job_id);
  row.array_job_id = get(Field::array_job_id);
  row.start_time = get(Field::start_time);
  row.walltime = get(Field::walltime);
  row.duration = get32(Field::duration);
  row.num_nodes = get32(Field::num_nodes);
  row.num_acc = get32(Field::num_acc);
  row.num_hwthreads = get32(Field::num_hwthreads);
  row.smt = get32(Field::smt);
  row.energy = from_sortable(get(Field::energy));
  row.state = static_cast<schema::JobState>(get(Field::state));
  row.shared = static_cast<schema::Sharing>(get(Field::shared));
  row.monitoring_status = static_cast<schema::MonitoringStatus>(get(Field::monitoring_status));
  row.cluster = get_text(Field::cluster);
  row.sub_cluster = get_text(Field::sub_cluster);
  row.partition = get_text(Field::partition);
  row.project = get_text(Field::project);
  row.user = get_text(Field::user);
  row.job_name = get_text(Field::job_name);
}

void DeathList::append(std::uint32_t row, std::uint64_t version) {
  const std::uint32_t size = size_.load(std::memory_order_relaxed);
  const auto [piece, index] = place_of(size, kFirst);
  if (!pieces_[piece]) pieces_[piece] = std::make_unique<Death[]>(std::size_t{kFirst} << piece);
  pieces_[piece][index] = {version, row};
  size_.store(size + 1, std::memory_order_release);
}

std::uint32_t DeathList::remove_dead(Bitmap& bits, std::uint64_t version) const {
  const std::uint32_t size = size_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < size; ++i) {
    const auto [piece, index] = place_of(i, kFirst);
    const Death& death = pieces_[piece][index];
    if (death.version > version) return i;
    bits.reset(death.row);
  }
  return size;
}

std::size_t DeathList::memory_bytes() const {
  const std::uint32_t size = this->size();
  if (size == 0) return 0;
  return ((std::size_t{kFirst} << (place_of(size - 1, kFirst).piece + 1)) - kFirst) * sizeof(Death);
}

void Block::read_codes(std::uint32_t row, Row& into) const {
  Codes codes;
  for (std::size_t f = 0; f < kFieldCount; ++f) codes[f] = columns[f].at(row);
  codes[index_of(Field::energy)] = column(Field::energy).sortable_at(row);
  from_codes(codes, into);
}

}  // namespace jobledger::storage::jobs
