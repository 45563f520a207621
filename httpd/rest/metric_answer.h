// SPDX-License-Identifier: MIT
// Our own samples as a metric store of the field answers them (/api/query): one list of results for
// each query, each result with values on the grid that begins at the request's `from`.
//
// As the field's clients depend on it: an empty list where nothing was measured, values end with
// the last sample, padding in front. Otherwise than there: of a list of elements every one has an
// entry as soon as one has samples, so that clients that tell them apart by their places are right;
// members of an aggregate may begin and end when they like and have gaps of their own; statistics
// are those of the samples themselves, whatever the resolution. docs/differences.md has the rest.
//
// Executor: one thread that may read the disk, and those of `each`. Failure: `too_large` beyond a
// limit, `unavailable` when it was stopped
// or found no room. What is wrong with one query stands in its result.
#pragma once

#include "base/result.h"
#include "httpd/config.h"
#include "httpd/rest/metric_request.h"
#include "schema/cluster.h"
#include "sources/metric_source.h"

#include <functional>
#include <memory>
#include <string>

namespace jobledger::httpd {

// Asked, by one thread at a time, before the answer has more bytes than were granted last. False
// ends it.
using AnswerRoom = std::function<bool(std::size_t bytes)>;

// `reading` as for our own store.
Result<std::string> answer_metric_store(const MetricStoreRequest& request,
                                        std::shared_ptr<const schema::Clusters> clusters,
                                        const MetricStoreConfig& limits,
                                        const sources::ReadContext& reading,
                                        const AnswerRoom& room);

}  // namespace jobledger::httpd
