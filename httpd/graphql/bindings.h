// SPDX-License-Identifier: MIT
// Joins schema/api.graphql to C++, feature by feature. The engine refuses to start when anything is
// missing, left over or of the wrong type.
#pragma once

#include "httpd/config.h"

#include <graphql/graphql.h>

#include <string_view>

namespace jobledger::httpd {

// The text of schema/api.graphql, embedded by the build.
std::string_view api_schema_text();

void bind_scalars(graphql::Binder& binder);
void bind_jobs(graphql::Binder& binder);           // jobs, job, JobResultList
void bind_job_fields(graphql::Binder& binder);     // Job and what hangs on it
void bind_clusters(graphql::Binder& binder);       // clusters, globalMetrics, tags, allocatedNodes
void bind_nodes(graphql::Binder& binder);          // node, nodes, nodeStates, nodeStatesTimed
void bind_metric_fields(graphql::Binder& binder);  // JobMetric, Series, statistics
void bind_job_metrics(graphql::Binder& binder);    // jobMetrics, jobStats, scopedJobStats
void bind_cluster_metrics(graphql::Binder& binder);  // clusterMetrics
// jobsMetricStats, jobsFootprints, rooflineHeatmap
void bind_jobs_metrics(graphql::Binder& binder, const GraphqlConfig& limits);
// nodeMetrics, nodeMetricsList
void bind_node_metrics(graphql::Binder& binder, const GraphqlConfig& limits);

}  // namespace jobledger::httpd
