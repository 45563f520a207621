// SPDX-License-Identifier: MIT
// The keys of GraphQL: what may be asked, what is answered, how series are shortened.
#include "daemon/config_bind.h"
#include "daemon/config_keys.h"
#include "daemon/values.h"
#include "schema/resample.h"

#include <fmt/format.h>

namespace jobledger::daemon {
namespace {

#define MEMBER(name) \
  [](Settings & s) -> auto& { return s.name; }

template <class Member>
Key algorithm(std::string_view path, Member member, std::string_view help) {
  const auto read = [](const Given& given, Refusal& refusal) {
    const std::string text = read_text(given, refusal);
    const auto known = schema::parse_resample_algorithm(text);
    if (!known && !refusal.why)
      refusal.why = fmt::format("expected lttb or min_max, found \"{}\"", text);
    return known.value_or(schema::ResampleAlgorithm::lttb);
  };
  const auto show = [](schema::ResampleAlgorithm value) { return std::string(to_string(value)); };
  return bind_key(path, member, read, show, help);
}

// A list of whole seconds, written as durations; it may be empty.
template <class Member>
Key resolutions(std::string_view path, Member member, std::string_view help) {
  using Seconds = std::vector<std::int32_t>;
  const auto read = [](const Given& given, Refusal& refusal) {
    Seconds out;
    for (const Scalar& scalar : given.values) {
      const Given one{false, {scalar}};
      const auto milliseconds = read_milliseconds(one, {kSecond, 365 * kDay}, kSecond, refusal);
      out.push_back(static_cast<std::int32_t>(milliseconds / kSecond));
    }
    return out;
  };
  const auto show = [](const Seconds& all) {
    std::vector<std::string> texts;
    for (const std::int32_t seconds : all)
      texts.push_back(show_milliseconds(static_cast<std::uint64_t>(seconds) * kSecond));
    return show_texts(texts);
  };
  return bind_key(path, member, read, show, help);
}

// Of what is asked.
std::vector<Key> graphql_document_keys() {
  return {
      flag("http.graphql.introspection", MEMBER(http.graphql.introspection),
           "Answer __schema, __type and GET /schema.graphql."),
      size("http.graphql.max_document_bytes", MEMBER(http.graphql.max_document_bytes),
           {kKiB, 64 * kMiB}, "Longest document; 1KiB to 64MiB."),
      count("http.graphql.max_tokens", MEMBER(http.graphql.max_tokens), {100, 10'000'000},
            "Tokens in one document; 100 to 10000000."),
      count("http.graphql.max_nesting", MEMBER(http.graphql.max_nesting), {10, 1000},
            "Braces and brackets inside each other; 10 to 1000."),
      count("http.graphql.max_expanded_nesting", MEMBER(http.graphql.max_expanded_nesting),
            {10, 5000}, "Selection sets inside each other, fragments expanded; 10 to 5000."),
      count("http.graphql.max_depth", MEMBER(http.graphql.max_depth), {1, 1000},
            "Levels of fields in one query; 1 to 1000."),
      count("http.graphql.max_root_fields", MEMBER(http.graphql.max_root_fields), {1, 100'000},
            "Fields on the first level of one query; 1 to 100000."),
      count("http.graphql.max_aliases", MEMBER(http.graphql.max_aliases), {0, 100'000},
            "Aliased fields in one document; 0 to 100000."),
      count("http.graphql.max_operations", MEMBER(http.graphql.max_operations), {1, 10'000},
            "Operations in one document; 1 to 10000."),
      count("http.graphql.max_fragments", MEMBER(http.graphql.max_fragments), {0, 10'000},
            "Fragments in one document; 0 to 10000."),
      count("http.graphql.max_variables", MEMBER(http.graphql.max_variables), {0, 10'000},
            "Variables of one operation; 0 to 10000."),
      count("http.graphql.max_directives", MEMBER(http.graphql.max_directives), {0, 100'000},
            "Directives in one document; 0 to 100000."),
      count("http.graphql.max_comparisons", MEMBER(http.graphql.max_comparisons),
            {1000, 1'000'000'000},
            "Comparisons made to find fields that cannot be merged; 1000 to 1000000000."),
      count("http.graphql.max_complexity", MEMBER(http.graphql.max_complexity), {100},
            "Fields of one answer, those of lists times the page size; 100 or more."),
      count("http.graphql.large_complexity", MEMBER(http.graphql.large_complexity), {100},
            "Queries beyond this many fields count for http.max_large_queries; 100 or more."),
      count("http.graphql.max_plan_fields", MEMBER(http.graphql.max_plan_fields),
            {1000, 100'000'000},
            "Fields of one query with its fragments expanded; 1000 to 100000000."),
  };
}

// Of what is answered, and kept.
std::vector<Key> graphql_answer_keys() {
  return {
      size("http.graphql.max_answer_bytes", MEMBER(http.graphql.max_answer_bytes), {kMiB, kTiB},
           "Longest answer, before compression; 1MiB or more."),
      count("http.graphql.max_errors", MEMBER(http.graphql.max_errors), {1, 1'000'000},
            "Fields that failed, as listed in one answer; 1 to 1000000."),
      count("http.graphql.max_problems", MEMBER(http.graphql.max_problems), {1, 10'000},
            "Problems told of a query that is refused, or of its variables; 1 to 10000."),
      count("http.graphql.max_error_locations", MEMBER(http.graphql.max_error_locations),
            {1, 1'000'000}, "Places listed of one error; 1 to 1000000."),
      count("http.graphql.max_page_jobs", MEMBER(http.graphql.max_page_jobs), {1},
            "Most jobs in one answer, also of itemsPerPage -1; 1 or more."),
      count("http.graphql.max_node_history", MEMBER(http.graphql.max_node_history), {1},
            "Most stored node reports read for one nodeStatesTimed; 1 or more."),
      count("http.graphql.max_concurrent_jobs", MEMBER(http.graphql.max_concurrent_jobs), {1},
            "Most jobs listed as one job's concurrentJobs (the count is exact); 1 or more."),
      count("http.graphql.cached_documents", MEMBER(http.graphql.cached_documents), {0, 1'000'000},
            "Parsed and validated documents kept; 0 to 1000000."),
      size("http.graphql.cached_bytes", MEMBER(http.graphql.cached_bytes), {0, kTiB},
           "Memory for them; 0B or more."),
  };
}

// Of metrics in answers.
std::vector<Key> graphql_metric_keys() {
  return {
      count("http.graphql.max_stats_jobs", MEMBER(http.graphql.max_stats_jobs), {1},
            "Most jobs of one jobsMetricStats; 1 or more."),
      count("http.graphql.max_footprint_jobs", MEMBER(http.graphql.max_footprint_jobs), {1},
            "... and of one jobsFootprints or rooflineHeatmap; 1 or more."),
      count("http.graphql.max_heatmap_tiles", MEMBER(http.graphql.max_heatmap_tiles), {1},
            "Rows times columns of one rooflineHeatmap; 1 or more."),
      count("http.graphql.max_metric_hosts", MEMBER(http.graphql.max_metric_hosts), {1},
            "Most hosts whose samples are read for one nodeMetrics, clusterMetrics or page of\n"
            "nodeMetricsList; 1 or more."),
      count("http.graphql.max_samples", MEMBER(http.graphql.max_samples), {1},
            "Most samples read for one field, 4 B each, whatever the resolution; 1 or more."),
  };
}

std::vector<Key> resampling_keys() {
  return {
      algorithm("http.resampling.algorithm", MEMBER(http.resampling.algorithm),
                "lttb, as the field's front end is used to it, or min_max, which keeps every peak\n"
                "and every dip."),
      count("http.resampling.minimum_points", MEMBER(http.resampling.minimum_points), {0},
            "Shorter series are delivered as they are; 0 or more."),
      resolutions("http.resampling.resolutions", MEMBER(http.resampling.resolutions),
                  "Time steps that clients may choose, such as [10m, 5m, 2m]; the largest is what\n"
                  "those get that name none. Empty: all samples."),
  };
}

}  // namespace

std::vector<Key> graphql_keys() {
  std::vector<Key> keys;
  for (auto part :
       {graphql_document_keys, graphql_answer_keys, graphql_metric_keys, resampling_keys}) {
    for (Key& key : part()) keys.push_back(std::move(key));
  }
  return keys;
}

#undef MEMBER

}  // namespace jobledger::daemon
