// SPDX-License-Identifier: MIT
#include "httpd/rest/metric_answer.h"

#include "base/turn.h"
#include "httpd/rest/metric_select.h"
#include "schema/json_object.h"
#include "schema/json_write.h"
#include "schema/resample.h"
#include "sources/answer_builder.h"
#include "sources/own_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace jobledger::httpd {
namespace {

using schema::JsonObject;

constexpr std::size_t kPiece = 128;  // queries that one thread answers before it looks around
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// What is wrong with one query, for programs and for people.
struct Refusal {
  std::string_view code;
  std::string text;
};

void write_number(std::string& out, double value, int decimals, bool full) {
  if (std::isnan(value)) {
    out += "null";
  } else if (full) {
    schema::write_json_double(out, value);
  } else {
    schema::write_json_fixed(out, value, decimals);
  }
}

// The shortest text that is this float again.
void write_float(std::string& out, float value) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// Counts the bytes of one answer, which several threads write.
class AnswerBytes {
 public:
  AnswerBytes(std::size_t most, const AnswerRoom& room) : most_(most), room_(room) {}

  // False when the answer has to end.
  bool add(std::size_t bytes) {
    const std::size_t total = bytes_ += bytes;
    if (total > most_) return false;
    return total <= granted_ || find_room(total);
  }
  bool too_many() const { return bytes_ > most_; }
  std::size_t total() const { return bytes_; }
  bool crowded() const { return crowded_; }

 private:
  bool find_room(std::size_t bytes) {
    constexpr std::size_t kAhead = 128 << 10;
    const std::lock_guard lock(mutex_);
    if (crowded_ || bytes <= granted_) return !crowded_;
    crowded_ = !room_(bytes + kAhead);
    if (!crowded_) granted_ = bytes + kAhead;
    return !crowded_;
  }

  const std::size_t most_;
  const AnswerRoom& room_;
  std::mutex mutex_;
  std::atomic<std::size_t> bytes_ = 0, granted_ = 0;
  std::atomic<bool> crowded_ = false;
};

// The results of some of the request's queries.
class Piece {
 public:
  Piece(const MetricStoreRequest& request, MetricSelect::Plans plans,
        const schema::Cluster* cluster, const storage::Snapshot& snapshot, AnswerBytes& bytes)
      : request_(request), cluster_(cluster), bytes_(bytes) {
    if (cluster != nullptr) select_.emplace(snapshot, std::move(plans), *cluster, request);
  }

  Result<void> answer(const MetricStoreQuery& query);
  std::string take() { return std::move(out_); }
  // What was written since the last call is added to the answer; false when that has to end.
  bool count() {
    const std::size_t before = std::exchange(counted_, out_.size());
    return bytes_.add(out_.size() - before);
  }

 private:
  std::optional<Refusal> objection(const MetricStoreQuery& query) const;
  void write_refusal(const Refusal& refusal);
  void write_series(const MetricStoreQuery& query, std::int32_t timestep, SelectedSeries series);
  void write_values(std::span<const float> values, double scale);
  void write_statistics(const SelectedSeries& series, double scale);

  const MetricStoreRequest& request_;
  const schema::Cluster* cluster_;
  AnswerBytes& bytes_;
  std::size_t counted_ = 0;
  std::optional<MetricSelect> select_;
  std::string out_;
};

std::optional<Refusal> Piece::objection(const MetricStoreQuery& query) const {
  if (request_.from > request_.to) return Refusal{"invalid_range", "invalid time range"};
  if (cluster_ != nullptr && cluster_->find_metric(query.metric) == nullptr) {
    return Refusal{"unknown_metric", "unknown metric: " + query.metric};
  }
  return std::nullopt;
}

void Piece::write_refusal(const Refusal& refusal) {
  JsonObject object(out_);
  object.text("error", refusal.text);
  object.text("code", refusal.code);
  for (const char* name : {"from", "to", "resolution"}) object.integer(name, 0);
  for (const char* name : {"avg", "min", "max"}) object.raw(name, "0.00");
  object.close();
}

void Piece::write_values(std::span<const float> values, double scale) {
  constexpr std::size_t kValuesPerCount = 8192;
  std::size_t written = 0;
  for (const float value : values) {
    out_ += written == 0 ? '[' : ',';
    if (++written % kValuesPerCount == 0 && !count()) break;  // nobody reads it then
    const bool full = request_.full_precision;
    if (std::isnan(value)) {
      out_ += "null";
    } else if (full && scale == 1.0) {
      write_float(out_, value);
    } else {
      write_number(out_, double{value} * scale, 3, full);
    }
  }
  out_ += ']';
}

void Piece::write_statistics(const SelectedSeries& series, double scale) {
  const bool there = series.count > 0;
  const double avg = there ? series.sum / static_cast<double>(series.count) : kNone;
  const double min = there ? series.min : kNone, max = there ? series.max : kNone;
  for (const auto& [name, value] : {std::pair("avg", avg), {"min", min}, {"max", max}}) {
    out_ += fmt::format(",\"{}\":", name);
    if (request_.statistics) {
      write_number(out_, value * scale, 2, request_.full_precision);
    } else {
      out_ += "0.00";
    }
  }
}

// Values end behind the last sample. With padding they begin at the request's `from`, and the
// result's own `from` still says where the samples begin.
void Piece::write_series(const MetricStoreQuery& query, std::int32_t timestep,
                         SelectedSeries series) {
  const double scale = query.scale == 0 ? 1.0 : query.scale;
  const auto there = [](float value) { return !std::isnan(value); };
  const auto& all = series.values;
  const auto first = std::find_if(all.begin(), all.end(), there) - all.begin();
  const auto end = all.rend() - std::find_if(all.rbegin(), all.rend(), there);
  const auto begin = request_.padding ? 0 : std::min(first, end);
  std::vector<float> values(all.begin() + begin, all.begin() + end);
  const schema::ResampleConfig config;
  const auto plan = schema::plan_resampling(values.size(), timestep, query.resolution, config);
  if (plan.factor > 1) values = schema::resample(values, plan);

  const std::int64_t start = request_.from + begin * timestep;
  std::int64_t from = start, to = start;
  if (series.count > 0 && !request_.values) {
    to = request_.to;
  } else {
    const auto sample = std::find_if(values.begin(), values.end(), there) - values.begin();
    if (!values.empty()) from += sample * plan.timestep;
    to += static_cast<std::int64_t>(values.size()) * plan.timestep;
  }
  out_ += '{';
  if (!values.empty()) {
    out_ += "\"data\":";
    write_values(values, scale);
    out_ += ',';
  }
  out_ += fmt::format("\"from\":{},\"to\":{},\"resolution\":{}", from, to, plan.timestep);
  write_statistics(series, scale);
  out_ += '}';
}

Result<void> Piece::answer(const MetricStoreQuery& query) {
  out_ += out_.empty() ? "[" : ",[";
  if (const auto refusal = objection(query)) {
    write_refusal(*refusal);
  } else if (select_ && request_.from < request_.to) {
    const schema::MetricConfig& metric = *cluster_->find_metric(query.metric);
    auto found = select_->select(query, metric);
    if (!found && found.error().kind == ErrorKind::conflict) {
      write_refusal({"invalid_aggregation", "invalid aggregation: " + found.error().detail});
    } else if (!found) {
      return std::move(found).error();
    } else {
      bool is_first = true;
      for (SelectedSeries& series : *found) {
        if (!std::exchange(is_first, false)) out_ += ',';
        write_series(query, metric.timestep, std::move(series));
      }
    }
  }
  out_ += ']';
  return {};
}

void write_query(std::string& out, const MetricStoreQuery& query) {
  JsonObject object(out);
  if (!query.type.empty()) {
    object.text("type", query.type);
    object.texts("type-ids", query.type_ids);
  }
  if (!query.subtype.empty()) {
    object.text("subtype", query.subtype);
    object.texts("subtype-ids", query.subtype_ids);
  }
  object.text("metric", query.metric);
  object.text("host", query.hostname);
  object.integer("resolution", query.resolution);
  object.boolean("aggreg", query.aggregate);
  object.close();
}

// One request while it is answered.
class MetricReply {
 public:
  MetricReply(const MetricStoreRequest& request, std::shared_ptr<const schema::Clusters> clusters,
              const MetricStoreConfig& limits, const sources::ReadContext& reading,
              const AnswerRoom& room)
      : request_(request),
        clusters_(std::move(clusters)),
        cluster_(clusters_->find(request.cluster)),
        limits_(limits),
        reading_(reading),
        bytes_(limits.max_answer_bytes, room),
        plans_(std::make_shared<storage::metrics::PlanBook>(reading.snapshot->jobs().dictionaries(),
                                                            *clusters_)),
        queries_(request.queries) {}

  Result<std::string> run() {
    TRY(generate_queries());
    TRY(check_samples());
    TRY(answer_pieces());
    return join();
  }

 private:
  Result<void> generate_queries();
  Result<void> check_samples() const;
  Result<void> answer_pieces();
  Result<void> answer_piece(std::size_t piece);
  std::string join();

  const MetricStoreRequest& request_;
  const std::shared_ptr<const schema::Clusters> clusters_;
  const schema::Cluster* const cluster_;  // null: unknown
  const MetricStoreConfig& limits_;
  const sources::ReadContext& reading_;
  AnswerBytes bytes_;
  const MetricSelect::Plans plans_;
  std::vector<MetricStoreQuery> queries_;  // of the request, then those of for-all-nodes
  std::vector<std::string> pieces_;
  std::atomic<bool> ended_ = false;  // before all is answered
};

// For-all-nodes: host by host.
Result<void> MetricReply::generate_queries() {
  if (!request_.for_all_nodes.empty()) {
    sources::OwnStore store(clusters_);
    TRY(const auto hosts, store.hosts(request_.cluster, request_.from, request_.to, reading_));
    for (const std::string& host : hosts) {
      if (queries_.size() > limits_.max_queries) break;
      for (const std::string& metric : request_.for_all_nodes) {
        MetricStoreQuery& query = queries_.emplace_back();
        query.metric = metric;
        query.hostname = host;
      }
    }
  }
  if (queries_.size() <= limits_.max_queries) return {};
  return Error{
      ErrorKind::too_large,
      fmt::format("more than {} queries: http.metric_store.max_queries", limits_.max_queries)};
}

Result<void> MetricReply::check_samples() const {
  std::uint64_t room = limits_.max_samples;
  for (const MetricStoreQuery& query : queries_) {
    const auto* metric = cluster_ != nullptr ? cluster_->find_metric(query.metric) : nullptr;
    if (metric == nullptr || request_.to <= request_.from) continue;
    const std::uint64_t points =
        storage::TimeRange{request_.from, request_.to, metric->timestep}.points();
    const std::uint64_t elements = std::max<std::uint64_t>(elements_of(query), 1);
    if (points > room || elements > room / points) {
      return Error{ErrorKind::too_large,
                   fmt::format("more than {} samples are asked for: http.metric_store.max_samples",
                               limits_.max_samples)};
    }
    room -= points * elements;
  }
  return {};
}

Result<void> MetricReply::answer_piece(std::size_t number) {
  Piece piece(request_, plans_, cluster_, *reading_.snapshot, bytes_);
  const auto end = std::min((number + 1) * kPiece, queries_.size());
  for (std::size_t at = number * kPiece; at < end && !ended_; ++at) {
    yield_turn();
    if (reading_.stop.asked()) ended_ = true;
    TRY(piece.answer(queries_[at]));
    if (!piece.count()) ended_ = true;
  }
  pieces_[number] = piece.take();
  return {};
}

Result<void> MetricReply::answer_pieces() {
  pieces_.resize((queries_.size() + kPiece - 1) / kPiece);
  TRY(sources::for_each_until_error(reading_, pieces_.size(),
                                    [this](std::size_t i) { return answer_piece(i); }));
  if (bytes_.too_many()) {
    return Error{ErrorKind::too_large,
                 fmt::format("the answer is longer than {} bytes: "
                             "http.metric_store.max_answer_bytes and http.max_buffer_bytes",
                             limits_.max_answer_bytes)};
  }
  if (bytes_.crowded()) {
    return Error{ErrorKind::unavailable, "there is no memory for the answer now: try again"};
  }
  if (ended_) return Error{ErrorKind::unavailable, "the answer was stopped before its end"};
  return {};
}

std::string MetricReply::join() {
  std::string out = "{";
  out.reserve(bytes_.total() + pieces_.size());
  if (!request_.for_all_nodes.empty()) {
    out += "\"queries\":[";
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      if (i > 0) out += ',';
      write_query(out, queries_[i]);
    }
    out += "],";
  }
  out += "\"results\":[";
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (i > 0) out += ',';
    out += std::exchange(pieces_[i], {});
  }
  return out + "]}";
}

}  // namespace

Result<std::string> answer_metric_store(const MetricStoreRequest& request,
                                        std::shared_ptr<const schema::Clusters> clusters,
                                        const MetricStoreConfig& limits,
                                        const sources::ReadContext& reading,
                                        const AnswerRoom& room) {
  return MetricReply(request, std::move(clusters), limits, reading, room).run();
}

}  // namespace jobledger::httpd
