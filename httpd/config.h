// SPDX-License-Identifier: MIT
#pragma once

#include "base/default_paths.h"
#include "schema/config.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace jobledger::httpd {

// Both empty: plain HTTP. TLS 1.2 is the oldest version spoken.
struct TlsConfig {
  std::filesystem::path certificate;  // PEM, the chain behind the leaf
  std::filesystem::path key;          // PEM, readable by the daemon only
};

// Bounds of one GraphQL request (/query), and what is shown of the schema.
struct GraphqlConfig {
  bool introspection = true;  // __schema, __type and GET /schema.graphql are answered
  std::size_t max_document_bytes = 64u << 10;
  std::size_t max_tokens = 20'000;          // of one document
  std::size_t max_nesting = 100;            // of braces and brackets in the text
  std::size_t max_expanded_nesting = 500;   // of selection sets, fragments expanded
  std::size_t max_depth = 20;               // levels of fields, fragments expanded
  std::size_t max_root_fields = 100;        // of one operation, fragments expanded
  std::size_t max_aliases = 200;            // aliased fields in one document
  std::size_t max_operations = 100;         // in one document
  std::size_t max_fragments = 200;          // in one document
  std::size_t max_variables = 500;          // of one operation
  std::size_t max_directives = 500;         // uses in one document
  std::size_t max_comparisons = 100'000;    // to find fields that cannot be merged
  std::size_t max_complexity = 20'000'000;  // fields, those of lists times the page size
  std::size_t large_complexity = 100'000;   // beyond: counted by max_large_queries
  std::size_t max_plan_fields = 100'000;    // fields of an operation, fragments expanded
  std::size_t max_answer_bytes = 128u << 20;
  std::size_t max_errors = 1'000;         // failed fields listed in one answer
  std::size_t max_problems = 100;         // told of a refused query, or of its variables
  std::size_t max_error_locations = 100;  // places listed of one error
  // Most jobs in one answer, also of itemsPerPage -1: beyond it the field is an error.
  std::size_t max_page_jobs = 200'000;
  // Most stored node reports that one nodeStatesTimed reads.
  std::size_t max_node_history = 5'000'000;
  // Most jobs in one job's concurrentJobs: beyond it the list is cut, count says how many there
  // are.
  std::size_t max_concurrent_jobs = 1'000;
  std::size_t cached_documents = 512;    // parsed and validated; 0: none
  std::size_t cached_bytes = 32u << 20;  // of memory for them
  // Most jobs of one jobsMetricStats, and of one jobsFootprints or rooflineHeatmap: beyond it the
  // field is an error.
  std::size_t max_stats_jobs = 10'000, max_footprint_jobs = 500;
  std::size_t max_heatmap_tiles = 250'000;  // rows times columns; beyond: an error
  // Most hosts that one nodeMetrics, clusterMetrics or page of nodeMetricsList reads: likewise.
  std::size_t max_metric_hosts = 10'000;
  // Most samples of one field, 4 B each, as measured, whatever the resolution: likewise.
  std::uint64_t max_samples = 20'000'000;
};

// Bounds of one request to /api/query and /api/healthcheck, as a metric store of the field.
struct MetricStoreConfig {
  std::size_t max_body_bytes = 16u << 20;  // node views of large clusters name every host
  std::size_t max_queries = 500'000;       // those of for-all-nodes included
  // Samples that its queries can come to: time steps times elements.
  std::uint64_t max_samples = 100'000'000;
  std::size_t max_answer_bytes = 128u << 20;  // before compression
};

struct Config {
  std::vector<std::string> listen = {"127.0.0.1:8080"};  // "host:port", "[v6]:port"; port 0: any
  TlsConfig tls;
  // Without authentication only loopback addresses are listened on, unless this is set: then
  // everybody who reaches the port sees every job.
  bool allow_unauthenticated_remote = false;

  // Names of this server besides its addresses, localhost, its host name and the names in `listen`.
  std::vector<std::string> hosts;
  // "https://host[:port]" of pages that may read answers and send queries, besides our own.
  std::vector<std::string> origins;

  // Unix socket with all routes, those of the control interface among them. Empty: none. Where the
  // default cannot be made, the daemon does without it.
  std::filesystem::path socket = kDefaultControlSocket;
  // Its members may read there; root and the daemon's own user may change as well. Empty: nobody.
  std::string socket_group = "jobledger";

  std::size_t max_header_bytes = 16u << 10;  // of one request's line and header; beyond: 431
  std::size_t max_body_bytes = 1u << 20;     // of one request; beyond: 413
  // Connections from the network, all together and of one peer (an IPv4 address, or an IPv6
  // network of 64 bits). Who comes beyond that is told nothing but health and the daemon's own
  // numbers, on one of the reserved connections; the oldest of these makes room for a new one. The
  // local socket has as many places of its own. The limit of open files may lower max_connections.
  std::size_t max_connections = 1024;
  std::size_t max_connections_per_peer = 512;
  std::size_t reserved_connections = 32;
  std::chrono::milliseconds reserved_timeout{2'000};  // for each step of a reserved connection
  // Bodies of requests and answers of all connections together, in memory. Beyond it requests with
  // a body wait for buffer_wait, and what does not fit then is answered 503.
  std::size_t max_buffer_bytes = 256u << 20;
  std::chrono::milliseconds buffer_wait{5'000};
  std::chrono::milliseconds idle_timeout{60'000};       // between requests of a connection
  std::chrono::milliseconds handshake_timeout{10'000};  // of TLS
  std::chrono::milliseconds read_timeout{20'000};   // from a request's first byte to its last: 408
  std::chrono::milliseconds write_timeout{20'000};  // for each MB of an answer
  std::chrono::milliseconds linger_timeout{
      1'000};  // for a refused request's rest to be thrown away

  bool gzip = true;                    // for clients that accept it
  std::size_t gzip_min_bytes = 1'400;  // shorter answers fit one packet anyway

  // Long answers computed side by side, and as many short ones beside them, >= 1.
  std::size_t query_threads = 2;
  std::size_t max_queued_queries = 256;  // waiting for their turn, half of them of one peer: 503
  std::size_t max_large_queries = 4;     // those that take much memory, under way at once, >= 1
  std::chrono::milliseconds query_deadline{
      20'000};  // from the request's arrival to the answer's end
  GraphqlConfig graphql;
  schema::ResampleConfig resampling;  // of series that clients show
  MetricStoreConfig metric_store;
  // Folder of the query page's files (web/graphiql/collect.sh); empty: there is no /graphiql.
  std::filesystem::path graphiql;
};

}  // namespace jobledger::httpd
