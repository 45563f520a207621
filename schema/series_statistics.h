// SPDX-License-Identifier: MIT
// Statistics of series and of jobs. They are made from the samples as they were measured, before
// any resampling, and only from those that are there: a gap is not a zero.
//
// A sample is there when it is a finite number. All functions are pure; nothing here fails.
#pragma once

#include "schema/job.h"
#include "schema/metric_data.h"
#include "schema/unit.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace jobledger::schema {

// One series, or a part of one: parts can be added up in any order, so that long series are
// summarized window by window.
struct SeriesSummary {
  std::uint64_t count = 0;           // samples that are there
  double min = 0, max = 0, sum = 0;  // over those; 0 when there is none

  SeriesSummary& operator+=(const SeriesSummary& more);
  bool operator==(const SeriesSummary&) const = default;
};
SeriesSummary summarize(std::span<const float> data);

// As the field knows them: avg is sum / count; all 0 when there is no sample, which only the count
// tells from measured zeros.
SeriesStatistics statistics_of(const SeriesSummary& summary);
// The same with 2 decimals, as archived.
SeriesStatistics rounded_statistics_of(const SeriesSummary& summary);

// Half away from zero, to 2 decimals: the rounding of statistics, footprints and energies.
double round2(double value);

// Share of the expected samples that are there, 0 to 1; nullopt when none was expected.
std::optional<float> coverage_of(std::uint64_t there, std::uint64_t expected);

// Over all series of a metric and scope that `hosts` hosts were asked for: the mean of the hosts'
// coverages, each the mean of its series'. Hosts without series count as 0; nullopt when any series
// does not know its own, or no host was asked.
std::optional<float> coverage_over(std::span<const Series> series, std::size_t hosts);

// One metric over a job, from one summary per host at node scope. min and max are those of the
// hosts; avg is the mean of the hosts' averages, each host counting once however many samples it
// has. Both steps are rounded to 2 decimals, so that the numbers of an archived job follow from the
// statistics of its series.
//
// A host without samples is left out. The peer divides by the number of nodes whether they sent
// anything or not, so that one silent collector lowers the average of the whole job, while a host
// that was silent half of the time does not. Not known is not zero; how much is known is the
// coverage. Consequently energy, which is avg * nodes * hours, takes a silent host for an average
// one. nullopt: no host has samples; the metric is then absent from the job's statistics.
std::optional<JobStatistic> job_statistic(std::string_view metric, const Unit& unit,
                                          std::span<const SeriesSummary> hosts);

// Replaces job.statistics by one entry for each metric that has samples at node scope. Several
// series of one host there count as several hosts; one without data stands by its statistics.
void set_job_statistics(Job& job, const MetricData& data);

}  // namespace jobledger::schema
