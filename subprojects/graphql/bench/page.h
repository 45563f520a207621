// SPDX-License-Identifier: MIT
#pragma once

// A page of jobs as a monitoring system would serve it: ten plain fields and three lists each.

#include "graphql/graphql.h"
#include "schema.h"

#include <memory>
#include <string>
#include <vector>

namespace page {

inline constexpr const char* kQuery = R"(
  query JobList($filter: [JobFilter!]!, $order: OrderByInput!, $page: PageRequest!) {
    jobs(filter: $filter, order: $order, page: $page) {
      items {
        id jobId user project cluster subCluster startTime duration numNodes state
        tags { id type name scope } resources { hostname } footprint { name stat value }
      }
      count
    }
  })";

inline constexpr const char* kQueryNothing = R"(
  query JobList($filter: [JobFilter!]!, $order: OrderByInput!, $page: PageRequest!,
                $none: Boolean = true) {
    jobs(filter: $filter, order: $order, page: $page) {
      items @skip(if: $none) {
        id jobId user project cluster subCluster startTime duration numNodes state
        tags { id type name scope } resources { hostname } footprint { name stat value }
      }
      count
    }
  })";

inline constexpr const char* kVariables = R"({
    "filter": [{"cluster": {"eq": "fritz"}}, {"state": ["completed"]}],
    "order": {"field": "startTime", "type": "col", "order": "DESC"},
    "page": {"itemsPerPage": 50, "page": 1}
  })";

struct Tag {
  int id;
  std::string type, name, scope;
};
struct Resource {
  std::string hostname;
};
struct FootprintValue {
  std::string name, stat;
  double value;
};
struct Job {
  std::int64_t id, job_id;
  std::string user, project, cluster, sub_cluster;
  std::string start_time;  // ready, as in compare.js
  int duration, num_nodes;
  std::string state;
  std::vector<Tag> tags;
  std::vector<Resource> resources;
  std::vector<FootprintValue> footprint;
};
struct JobList {
  const std::vector<Job>* items;
  int count;
};
struct Root {
  std::vector<Job> jobs;
};

Root make_root();
std::shared_ptr<const graphql::Engine> make_engine(std::size_t cached_documents);

}  // namespace page
