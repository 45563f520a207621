// SPDX-License-Identifier: MIT
#include "test/ingest/metric_reference.h"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

namespace jobledger::ingest {
namespace {

constexpr std::size_t kMaxName = 255;

struct PlainField {
  std::string key;
  char kind = 'f';  // number, or 's' string, 'b' boolean
  double number = 0;
};

struct PlainLine {
  std::string measurement;
  std::vector<std::pair<std::string, std::string>> tags;
  std::vector<PlainField> fields;
  std::optional<std::int64_t> timestamp;

  // The last of that name, or one of two names.
  const std::string* tag(std::string_view key, std::string_view alias = {}) const {
    const std::string* found = nullptr;
    for (const auto& [name, value] : tags) {
      if (name == key || (!alias.empty() && name == alias)) found = &value;
    }
    return found;
  }
  const PlainField* field(std::string_view key) const {
    const PlainField* found = nullptr;
    for (const PlainField& field : fields) {
      if (field.key == key) found = &field;
    }
    return found;
  }
};

class PlainParser {
 public:
  PlainParser(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  std::size_t at() const { return at_; }

  bool parse(PlainLine& line) {
    const std::size_t begin = at_;
    if (!name(", ", line.measurement) || line.measurement.empty()) return false;
    while (peek() == ',') {
      ++at_;
      std::pair<std::string, std::string> tag;
      if (!name(",= ", tag.first) || tag.first.empty() || peek() != '=') return false;
      ++at_;
      if (!name(",= ", tag.second) || peek() == '=') return false;
      line.tags.push_back(tag);
    }
    if (line.tags.size() > 64) return false;
    spaces();
    while (true) {
      PlainField field;
      if (!name(",= ", field.key) || field.key.empty() || peek() != '=') return false;
      ++at_;
      if (!value(field)) return false;
      line.fields.push_back(field);
      if (peek() != ',') break;
      ++at_;
    }
    if (line.fields.size() > 64 || (peek() != ' ' && peek() != '\0')) return false;
    spaces();
    if (peek() != '\0' && !timestamp(line)) return false;
    return is_utf8(text_.substr(begin, at_ - begin));
  }

 private:
  // '\0' at the end of the line; no name has it.
  char peek() const {
    if (at_ == text_.size() || text_[at_] == '\n') return '\0';
    const bool last = at_ + 1 == text_.size() || text_[at_ + 1] == '\n';
    return text_[at_] == '\r' && last ? '\0' : text_[at_];
  }
  void spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool name(std::string_view stops, std::string& out) {
    while (peek() != '\0' && stops.find(peek()) == std::string_view::npos) {
      const char c = peek();
      if (static_cast<unsigned char>(c) < 32 || c == 127) return false;
      const bool escape = c == '\\' && at_ + 1 < text_.size() &&
                          std::string_view(",= ").find(text_[at_ + 1]) != std::string_view::npos;
      if (escape) ++at_;
      out += text_[at_++];
    }
    return at_ == text_.size() || text_[at_] != '\0';
  }
  bool value(PlainField& field) {
    if (peek() == '"') return string(field);
    std::string token;
    while (at_ < text_.size() &&
           std::string_view(", \n\r").find(text_[at_]) == std::string_view::npos) {
      token += text_[at_++];
    }
    for (const char* boolean :
         {"t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE"}) {
      if (token == boolean) field.kind = 'b';
    }
    return field.kind == 'b' || number(token, field.number);
  }
  bool string(PlainField& field) {
    field.kind = 's';
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    if (at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  static bool number(std::string token, double& out) {
    const bool sign = !token.empty() && (token[0] == '-' || token[0] == '+');
    const std::string digits = token.substr(sign ? 1 : 0);
    if (digits.empty() || std::string_view("0123456789.").find(digits[0]) == std::string_view::npos)
      return false;
    if (token.find_first_not_of("0123456789.+-eEiu") != std::string::npos) return false;
    if (token[0] == '+') token.erase(0, 1);
    char* end = nullptr;
    errno = 0;
    if (token.back() == 'i' || token.back() == 'u') {
      const bool negative = token[0] == '-';
      const bool whole =
          token.find_first_not_of("0123456789", negative ? 1 : 0) == token.size() - 1;
      if (!whole || (negative && token.back() == 'u')) return false;
      out = token.back() == 'i' ? static_cast<double>(std::strtoll(token.c_str(), &end, 10))
                                : static_cast<double>(std::strtoull(token.c_str(), &end, 10));
      return errno == 0 && end == token.c_str() + token.size() - 1;
    }
    out = std::strtod(token.c_str(), &end);
    const bool vanished = out == 0 && errno == ERANGE;
    return end == token.c_str() + token.size() && std::isfinite(out) && !vanished;
  }
  bool timestamp(PlainLine& line) {
    std::string token;
    if (peek() == '-') token += text_[at_++];
    while (peek() >= '0' && peek() <= '9') token += text_[at_++];
    errno = 0;
    line.timestamp = std::strtoll(token.c_str(), nullptr, 10);
    if (errno != 0 || token.empty() || token == "-") return false;
    spaces();
    return peek() == '\0';
  }
  static bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      const auto byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
      };
      const unsigned first = byte(i);
      const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : 4;
      if (length == 4 && first >> 3 != 30) return false;
      std::uint32_t code = length == 1 ? first : first & (0x7fu >> length);
      for (std::size_t k = 1; k < length; ++k) {
        if (byte(i + k) >> 6 != 2) return false;
        code = code << 6 | (byte(i + k) & 0x3f);
      }
      constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
      if (code < kLeast[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return false;
      i += length;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_;
};

std::int64_t plain_seconds(std::int64_t timestamp) {
  const double size = std::fabs(static_cast<double>(timestamp));
  const std::int64_t unit = size < 1e11   ? 1
                            : size < 1e14 ? 1000
                            : size < 1e17 ? 1'000'000
                                          : 1'000'000'000;
  return timestamp / unit;
}

bool is_path(const std::string& name) {
  return name.size() > kMaxName || name.find("..") != std::string::npos ||
         name.find('/') != std::string::npos || name.find('\\') != std::string::npos;
}

std::string text_or(const std::string* text, const std::string& otherwise = {}) {
  return text != nullptr ? *text : otherwise;
}

void judge(const PlainLine& line, std::int64_t time, const MetricsConfig& config,
           const schema::Clusters& clusters, Understood& sum) {
  const auto refuse = [&](const char* why) { ++sum.counts[fmt::format("refused {}", why)]; };
  const PlainField* value = line.field("value");
  if (value == nullptr) {
    for (const char* kind : {"event", "log", "control", "query"}) {
      if (line.field(kind) != nullptr) return void(++sum.counts[fmt::format("skipped {}", kind)]);
    }
    return refuse("no_value");
  }
  if (value->kind != 'f') return refuse("not_a_number");
  const auto number = static_cast<float>(value->number);
  if (!std::isfinite(number)) return refuse("out_of_range");
  if (line.fields.size() > 1) ++sum.counts["other fields"];

  const std::string cluster = text_or(line.tag("cluster"), config.cluster);
  const std::string host = text_or(line.tag("hostname", "host"));
  if (cluster.empty()) return refuse("no_cluster");
  if (is_path(cluster) || is_path(host)) return refuse("bad_name");
  const schema::Cluster* known = clusters.find(cluster);
  if (known == nullptr) return void(++sum.counts[fmt::format("unmatched cluster /{}", cluster)]);
  if (host.empty()) return refuse("no_host");

  std::string type = text_or(line.tag("type")), id = text_or(line.tag("type-id"));
  const std::string subtype = text_or(line.tag("stype")), part = text_or(line.tag("stype-id"));
  if (type == "node") type = id = "";
  for (const std::string& name : {type, id, subtype, part}) {
    if (name.size() > kMaxName) return refuse("bad_name");
  }
  if ((type.empty() && !id.empty()) || (subtype.empty() && !part.empty())) {
    return refuse("incomplete_element");
  }
  const schema::MetricConfig* metric = known->find_metric(line.measurement);
  if (metric == nullptr) {
    return void(++sum.counts[fmt::format("unmatched metric {}/{}", cluster, line.measurement)]);
  }
  const std::int64_t when = line.timestamp ? plain_seconds(*line.timestamp) : time;
  const bool late = when < time - config.late.max_late.count() || when <= 0;
  if (late || when > time + config.late.max_future.count()) {
    ++sum.counts[fmt::format("unmatched clock {}/{}", cluster, host)];
    return refuse(late ? "late" : "future");
  }
  if (known->find_sub_cluster_of(host) == nullptr) {
    ++sum.counts[fmt::format("unmatched host {}/{}", cluster, host)];
  }
  sum.samples.push_back(fmt::format("{}/{}/{}.{}/{}.{}/{}@{} {} {}", cluster, host, type, id,
                                    subtype, part, metric->name, metric->timestep, number, when));
}

}  // namespace

void understand_plainly(std::string_view message, std::int64_t time, const MetricsConfig& config,
                        const schema::Clusters& clusters, Understood& sum) {
  std::size_t at = 0;
  while (at < message.size()) {
    const char c = message[at];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at;
      continue;
    }
    const std::size_t next = std::min(message.find('\n', at), message.size());
    if (c == '#') {
      at = next;
      continue;
    }
    ++sum.counts["lines"];
    PlainLine line;
    PlainParser parser(message, at);
    if (parser.parse(line)) {
      judge(line, time, config, clusters, sum);
      at = parser.at();
    } else {
      ++sum.counts["refused syntax"];
      at = next;
    }
  }
}

Understood show_batch(const MetricBatch& batch) {
  Understood shown;
  for (const auto& sample : batch.samples.samples) {
    const auto& metric = batch.samples.metrics.at(sample.metric);
    const auto& host = batch.samples.hosts.at(sample.host);
    const auto& element = batch.samples.elements.at(sample.element);
    if (metric.cluster != host.cluster) shown.samples.emplace_back("of two clusters");
    shown.samples.push_back(fmt::format("{}/{}/{}.{}/{}.{}/{}@{} {} {}", host.cluster,
                                        host.hostname, element.type, element.id, element.subtype,
                                        element.subtype_id, metric.name, metric.timestep,
                                        sample.value, sample.time));
  }
  const auto count = [&](std::string what, std::uint64_t n) {
    if (n > 0) shown.counts[std::move(what)] += n;
  };
  const MetricTally& tally = batch.tally;
  count("lines", tally.lines);
  count("other fields", tally.other_fields);
  for (const NameCount& refused : tally.refused) {
    count(fmt::format("refused {}", refused.name), refused.count);
  }
  for (std::size_t i = 0; i < tally.skipped.size(); ++i) {
    count(fmt::format("skipped {}", to_string(static_cast<LineKind>(i))), tally.skipped[i]);
  }
  for (std::size_t i = 0; i < tally.unmatched.size(); ++i) {
    const std::string kind(to_string(static_cast<UnmatchedKind>(i)));
    for (const NameCount& name : tally.unmatched[i]) {
      count(fmt::format("unmatched {} {}/{}", kind, name.cluster, name.name), name.count);
    }
    count(fmt::format("unmatched {} beyond", kind), tally.unmatched_beyond[i]);
  }
  return shown;
}

}  // namespace jobledger::ingest
