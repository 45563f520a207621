// SPDX-License-Identifier: MIT
#include "schema/metric_data_write.h"

#include "schema/sample_text.h"
#include "schema/write_parts.h"

#include <cmath>
#include <utility>

namespace jobledger::schema {
namespace {

constexpr int kDecimals = 2;

void write_optional_samples(std::string& out, std::string_view member,
                            const std::optional<std::vector<double>>& samples) {
  out.append(member);
  if (!samples) {
    out.append("null");
    return;
  }
  out.push_back('[');
  write_samples(out, *samples);
  out.push_back(']');
}

void write_statistics_series(std::string& out, const StatisticsSeries& statistics) {
  out.append("{");
  if (!statistics.percentiles.empty()) {
    out.append("\"percentiles\":{");
    write_entries(out, statistics.percentiles, [](std::string& to, const auto& entry) {
      to.push_back('"');
      write_json_int(to, entry.first);
      write_optional_samples(to, "\":", entry.second);
    });
    out.append("},");
  }
  write_optional_samples(out, "\"mean\":", statistics.mean);
  write_optional_samples(out, ",\"median\":", statistics.median);
  write_optional_samples(out, ",\"min\":", statistics.min);
  write_optional_samples(out, ",\"max\":", statistics.max);
  out.push_back('}');
}

void write_statistics(std::string& out, SeriesStatistics statistics) {
  const bool known = std::isfinite(statistics.min) && std::isfinite(statistics.avg) &&
                     std::isfinite(statistics.max);
  if (!known) statistics = {};
  out.append("{\"min\":");
  write_json_fixed(out, statistics.min, kDecimals);
  out.append(",\"avg\":");
  write_json_fixed(out, statistics.avg, kDecimals);
  out.append(",\"max\":");
  write_json_fixed(out, statistics.max, kDecimals);
  out.push_back('}');
}

}  // namespace

void MetricDataWriter::separate(bool& begun) {
  if (std::exchange(begun, true)) out_.push_back(',');
}

void MetricDataWriter::begin() { out_.push_back('{'); }

void MetricDataWriter::begin_metric(std::string_view name) {
  separate(metrics_);
  scopes_ = false;
  write_json_string(out_, name);
  out_.append(":{");
}

void MetricDataWriter::begin_scope(MetricScope scope, const Unit& unit,
                                   const std::optional<StatisticsSeries>& statistics_series) {
  separate(scopes_);
  series_ = false;
  write_json_string(out_, to_string(scope));
  out_.append(":{");
  if (statistics_series) {
    out_.append("\"statisticsSeries\":");
    write_statistics_series(out_, *statistics_series);
    out_.push_back(',');
  }
  out_.append("\"unit\":");
  write_unit(out_, unit);
  out_.append(",\"series\":[");
}

void MetricDataWriter::begin_series(const Series& series) {
  separate(series_);
  samples_ = false;
  out_.append("{\"hostname\":");
  write_json_string(out_, series.hostname);
  if (series.id) {
    out_.append(",\"id\":");
    write_json_string(out_, *series.id);
  }
  out_.append(",\"statistics\":");
  write_statistics(out_, series.statistics);
  out_.append(",\"data\":[");
}

void MetricDataWriter::add_samples(std::span<const float> samples) {
  if (samples.empty()) return;
  separate(samples_);
  write_samples(out_, samples);
}

void MetricDataWriter::add_missing(std::size_t count) {
  for (; count > 0; --count) {
    separate(samples_);
    out_.append("null");
  }
}

void MetricDataWriter::end_series() { out_.append("]}"); }

void MetricDataWriter::end_scope(std::int32_t timestep, std::optional<std::int64_t> start_time) {
  out_.append("],\"timestep\":");
  write_json_int(out_, timestep);
  if (start_time) {
    out_.append(",\"startTime\":");
    write_json_int(out_, *start_time);
  }
  out_.push_back('}');
}

void MetricDataWriter::end_metric() { out_.push_back('}'); }

void MetricDataWriter::end() { out_.append("}\n"); }

void write_metric_data(std::string& out, const MetricData& data) {
  MetricDataWriter writer(out);
  writer.begin();
  for (const MetricSamples& metric : data.metrics) {
    writer.begin_metric(metric.name);
    for (const ScopedMetric& scoped : metric.scopes) {
      writer.begin_scope(scoped.scope, scoped.unit, scoped.statistics_series);
      for (const Series& series : scoped.series) {
        writer.begin_series(series);
        writer.add_samples(series.data);
        writer.end_series();
      }
      writer.end_scope(scoped.timestep, scoped.start_time);
    }
    writer.end_metric();
  }
  writer.end();
}

}  // namespace jobledger::schema
