// SPDX-License-Identifier: MIT
#include "ingest/metric_names.h"

#include "base/utf8.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

namespace jobledger::ingest {
namespace {

constexpr std::size_t kMaxRememberedText = 1024;  // longer tags are understood anew each time
constexpr std::size_t kMaxRememberedTags = 16;    // of one line: no sum of two parts is too many
constexpr char kBetween = '\n';                   // in no name: lines end there

// Those tags at the front that say which host it is. Text that is not known to be well-formed.
struct Front {
  std::size_t length = 0;
  bool names_cluster = false, names_host = false;
};

Front find_front(std::string_view tags) {
  Front front;
  while (front.length < tags.size()) {
    const std::string_view rest = tags.substr(front.length);
    if (rest.starts_with(",cluster=")) {
      front.names_cluster = true;
    } else if (rest.starts_with(",hostname=") || rest.starts_with(",host=")) {
      front.names_host = true;
    } else {
      break;
    }
    front.length += std::min(rest.find(',', 1), rest.size());
  }
  return front;
}

bool has_control(std::string_view name) {
  return std::any_of(name.begin(), name.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
}

}  // namespace

struct MetricNames::Memory {
  std::shared_ptr<const schema::Clusters> clusters;
  TextPool texts;
  TextMap<NamedHost*> host_by_text;
  TextMap<NamedHost> host_by_name;
  TextMap<NamedElement*> element_by_text;
  TextMap<NamedElement> element_by_name;
  std::deque<ClusterNames> cluster_names;

  std::size_t bytes() const {
    std::size_t sum = texts.bytes() + host_by_text.bytes() + host_by_name.bytes() +
                      element_by_text.bytes() + element_by_name.bytes();
    for (const ClusterNames& names : cluster_names) {
      sum += names.by_text.bytes() + names.by_name.bytes();
    }
    return sum;
  }
};

// What a line's tags say.
struct MetricNames::Parts {
  std::string cluster, host, type, id, subtype, subtype_id;
  std::size_t front_tags = 0;  // at the front that say which host it is
  bool front_names_cluster = false, front_names_host = false;
  bool host_behind = false;  // such a tag stands behind the front, too
};

void MetricNames::begin_batch(std::shared_ptr<const schema::Clusters> clusters) {
  if (memory_ && memory_->clusters == clusters && memory_->bytes() <= limits_.max_memory_bytes) {
    return;
  }
  memory_ = std::make_shared<Memory>();
  memory_->clusters = std::move(clusters);
}

void MetricNames::begin_message(std::string_view default_cluster) {
  default_cluster_ = default_cluster;
  last_front_ = {};
  last_host_ = nullptr;
}

MetricNames::Subject MetricNames::find(std::string_view tags) {
  const std::size_t front = last_front_.size();
  const bool same = last_host_ != nullptr && front <= tags.size() &&
                    std::memcmp(tags.data(), last_front_.data(), front) == 0 &&
                    (front == tags.size() || tags[front] == ',');
  if (!same && find_host(tags) == nullptr) return {};
  NamedElement** element = memory_->element_by_text.find(tags.substr(last_front_.size()));
  if (element == nullptr) return {};
  return {last_host_, *element};
}

NamedHost* MetricNames::find_host(std::string_view tags) {
  const Front front = find_front(tags);
  if (!front.names_host) return nullptr;
  std::string_view text = tags.substr(0, front.length);
  if (!front.names_cluster) {
    scratch_.assign(text).append(1, kBetween).append(default_cluster_);
    text = scratch_;
  }
  NamedHost** host = memory_->host_by_text.find(text);
  if (host == nullptr) return nullptr;
  last_front_ = tags.substr(0, front.length);
  last_host_ = *host;
  return last_host_;
}

MetricNames::Parts MetricNames::take_parts(const Line& line) const {
  Parts parts;
  bool in_front = true;
  for (const LineTag& tag : line.tags) {
    const bool cluster = tag.key.is("cluster");
    const bool host = tag.key.is("hostname") || tag.key.is("host");
    in_front = in_front && (cluster || host);
    if (in_front) {
      ++parts.front_tags;
      parts.front_names_cluster = parts.front_names_cluster || cluster;
      parts.front_names_host = parts.front_names_host || host;
    } else {
      parts.host_behind = parts.host_behind || cluster || host;
    }
    std::string* part = cluster                  ? &parts.cluster
                        : host                   ? &parts.host
                        : tag.key.is("type")     ? &parts.type
                        : tag.key.is("type-id")  ? &parts.id
                        : tag.key.is("stype")    ? &parts.subtype
                        : tag.key.is("stype-id") ? &parts.subtype_id
                                                 : nullptr;
    if (part == nullptr) continue;
    part->clear();  // of two with one name the later counts
    unescape_name(tag.value, *part);
  }
  if (parts.cluster.empty()) parts.cluster = default_cluster_;
  if (parts.type == "node") {
    parts.type.clear();
    parts.id.clear();
  }
  return parts;
}

MetricNames::Subject MetricNames::learn(const Line& line) {
  const Parts parts = take_parts(line);
  const Subject subject{host_of(parts), element_of(parts)};
  remember(line, parts, subject);
  return subject;
}

void MetricNames::remember(const Line& line, const Parts& parts, const Subject& subject) {
  if (!parts.front_names_host || parts.host_behind) return;
  if (line.tags.size() > kMaxRememberedTags) return;
  const std::string_view name = line.measurement.raw;
  const std::string_view front_end = line.tags[parts.front_tags - 1].value.raw;
  const std::string_view end = line.tags.back().value.raw;
  const char* from = name.data() + name.size();
  const char* middle = front_end.data() + front_end.size();
  const std::string_view front{from, static_cast<std::size_t>(middle - from)};
  const std::string_view rest{middle, static_cast<std::size_t>(end.data() + end.size() - middle)};
  if (front.size() + rest.size() > kMaxRememberedText) return;
  scratch_.assign(front);
  if (!parts.front_names_cluster) scratch_.append(1, kBetween).append(default_cluster_);
  if (memory_->host_by_text.find(scratch_) == nullptr) {
    memory_->host_by_text.insert(memory_->texts.keep(scratch_), subject.host);
  }
  if (memory_->element_by_text.find(rest) == nullptr) {
    memory_->element_by_text.insert(memory_->texts.keep(rest), subject.element);
  }
  last_front_ = front;
  last_host_ = subject.host;
}

// Could be read as a path, or leave its line, somewhere.
bool MetricNames::is_path(std::string_view name) const {
  return name.size() > limits_.max_name_bytes || name.find("..") != std::string_view::npos ||
         name.find_first_of("/\\") != std::string_view::npos || has_control(name);
}

NamedHost* MetricNames::host_of(const Parts& parts) {
  NamedHost host;
  if (parts.cluster.empty()) {
    host.refusal = Refusal::no_cluster;
  } else if (is_path(parts.cluster) || is_path(parts.host)) {
    host.refusal = Refusal::bad_name;
  } else {
    host.cluster = parts.cluster;
    host.metrics = cluster_names(parts.cluster);
    if (host.metrics != nullptr && parts.host.empty()) host.refusal = Refusal::no_host;
    if (host.metrics != nullptr) host.hostname = parts.host;
  }
  scratch_.assign(1, static_cast<char>(' ' + static_cast<int>(host.refusal)));
  scratch_.append(host.cluster).append(1, kBetween).append(host.hostname);
  if (NamedHost* known = memory_->host_by_name.find(scratch_)) return known;
  const std::string_view key = memory_->texts.keep(scratch_);
  host.cluster = key.substr(1, host.cluster.size());
  host.hostname = key.substr(key.size() - host.hostname.size());
  host.stranger = host.metrics != nullptr && host.refusal == Refusal::none &&
                  host.metrics->cluster->find_sub_cluster_of(host.hostname) == nullptr;
  return &memory_->host_by_name.insert(key, host);
}

NamedElement* MetricNames::element_of(const Parts& parts) {
  NamedElement element;
  const std::string_view all[] = {parts.type, parts.id, parts.subtype, parts.subtype_id};
  const bool too_long = std::any_of(std::begin(all), std::end(all), [this](std::string_view part) {
    return part.size() > limits_.max_name_bytes;
  });
  if (too_long) {
    element.refusal = Refusal::bad_name;
  } else if ((parts.type.empty() && !parts.id.empty()) ||
             (parts.subtype.empty() && !parts.subtype_id.empty())) {
    element.refusal = Refusal::incomplete_element;
  }
  scratch_.assign(1, static_cast<char>(' ' + static_cast<int>(element.refusal)));
  if (element.refusal == Refusal::none) {
    for (const std::string_view part : all) scratch_.append(part).append(1, kBetween);
  }
  if (NamedElement* known = memory_->element_by_name.find(scratch_)) return known;
  const std::string_view key = memory_->texts.keep(scratch_);
  if (element.refusal == Refusal::none) {
    const char* at = key.data() + 1;
    std::string_view* names[] = {&element.name.type, &element.name.id, &element.name.subtype,
                                 &element.name.subtype_id};
    for (std::size_t i = 0; i < std::size(all); ++i) {
      *names[i] = {at, all[i].size()};
      at += all[i].size() + 1;
    }
  }
  return &memory_->element_by_name.insert(key, element);
}

ClusterNames* MetricNames::cluster_names(std::string_view name) {
  for (ClusterNames& names : memory_->cluster_names) {
    if (names.cluster->name == name) return &names;
  }
  const schema::Cluster* cluster = memory_->clusters->find(name);
  if (cluster == nullptr) return nullptr;
  ClusterNames& names = memory_->cluster_names.emplace_back();
  names.cluster = cluster;
  return &names;
}

NamedMetric& MetricNames::metric(ClusterNames& cluster, std::string_view measurement) {
  if (NamedMetric** known = cluster.by_text.find(measurement)) return **known;
  scratch_.clear();
  unescape_name({measurement, true}, scratch_);
  scratch_.resize(utf8_prefix(scratch_, kMaxRememberedText).size());
  NamedMetric* metric = cluster.by_name.find(scratch_);
  if (metric == nullptr) {
    const schema::MetricConfig* config = cluster.cluster->find_metric(scratch_);
    const std::string_view name = memory_->texts.keep(scratch_);
    metric = &cluster.by_name.insert(
        name, {cluster.cluster->name, name, config == nullptr ? 0 : config->timestep, {}, {}});
  }
  if (measurement.size() <= kMaxRememberedText) {
    cluster.by_text.insert(memory_->texts.keep(measurement), metric);
  }
  return *metric;
}

}  // namespace jobledger::ingest
