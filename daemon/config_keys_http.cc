// SPDX-License-Identifier: MIT
// The keys of what clients reach: the server.
#include "daemon/config_bind.h"
#include "daemon/config_keys.h"
#include "daemon/values.h"

namespace jobledger::daemon {

#define MEMBER(name) \
  [](Settings & s) -> auto& { return s.name; }

std::vector<Key> http_keys() {
  return {
      texts("http.listen", MEMBER(http.listen),
            "ADDRESS:PORT, or a list of them; port 0 lets the system choose. Numeric addresses,\n"
            "IPv6 in brackets: \"[::1]:8080\"."),
      flag("http.allow_unauthenticated_remote", MEMBER(http.allow_unauthenticated_remote),
           "While auth.enabled is false, only loopback addresses may be listened on. true lifts\n"
           "that: everybody who reaches the port then sees every job."),
      texts_or_none(
          "http.hosts", MEMBER(http.hosts),
          "Names by which clients reach this server, without port. Addresses, localhost, the\n"
          "machine's own names and those in listen need not be named. Requests to any other\n"
          "name are answered 421."),
      texts_or_none("http.origins", MEMBER(http.origins),
                    "Origins of further web pages that may read answers and send queries, as\n"
                    "https://portal.example.org. Our own pages may always."),
      text("http.socket", MEMBER(http.socket),
           "Unix socket of the control interface, which the command line uses. Empty: none.\n"
           "Where this default cannot be made, the daemon starts without it; another place must\n"
           "do. JOBLEDGER_SOCKET tells the command line of it."),
      text("http.socket_group", MEMBER(http.socket_group),
           "Members of this group may read there; root and the daemon's own user may change as\n"
           "well. Empty: no group."),
      size("http.max_header_bytes", MEMBER(http.max_header_bytes), {kKiB, kMiB},
           "Longest request line and header together; 1KiB to 1MiB."),
      size("http.max_body_bytes", MEMBER(http.max_body_bytes), {kKiB, 64 * kMiB},
           "Longest request body; 1KiB to 64MiB."),
      count("http.max_connections", MEMBER(http.max_connections), {1, 1'000'000},
            "Connections from the network at once; lowered at start where the limit of open files\n"
            "demands it. 1 to 1000000."),
      count("http.max_connections_per_peer", MEMBER(http.max_connections_per_peer), {1, 1'000'000},
            "... and of one peer: an IPv4 address or an IPv6 network of 64 bits. 1 to 1000000."),
      count(
          "http.reserved_connections", MEMBER(http.reserved_connections), {1, 10'000},
          "Connections beyond these two limits, which are answered /healthz, /readyz and /metrics\n"
          "only; and as many of the local socket. 1 to 10000."),
      duration("http.reserved_timeout", MEMBER(http.reserved_timeout), {100, kHour},
               "For each step of a reserved connection; 100ms to 1h."),
      size("http.max_buffer_bytes", MEMBER(http.max_buffer_bytes), {16 * kMiB, kTiB},
           "Bodies of requests and answers of all connections together, in memory. Requests whose\n"
           "body or answer finds no room are answered 503; 16MiB or more."),
      duration("http.buffer_wait", MEMBER(http.buffer_wait), {0, kHour},
               "How long a request's body waits for room there; 0s to 1h."),
      duration("http.idle_timeout", MEMBER(http.idle_timeout), {kSecond, kDay},
               "How long a connection may be silent between requests; 1s to 1d."),
      duration("http.handshake_timeout", MEMBER(http.handshake_timeout), {kSecond, kHour},
               "For the TLS handshake; 1s to 1h."),
      duration("http.read_timeout", MEMBER(http.read_timeout), {kSecond, kHour},
               "From the first byte of a request to its last; 1s to 1h."),
      duration("http.write_timeout", MEMBER(http.write_timeout), {kSecond, kHour},
               "For a client to take each MB of an answer; 1s to 1h."),
      duration("http.linger_timeout", MEMBER(http.linger_timeout), {0, kHour},
               "For the rest of a refused request to be thrown away; 0s to 1h."),
      flag("http.gzip", MEMBER(http.gzip), "Compress answers for clients that accept it."),
      size("http.gzip_min_bytes", MEMBER(http.gzip_min_bytes), {0, kMiB},
           "Answers shorter than this are sent as they are; 0B to 1MiB."),
      count("http.query_threads", MEMBER(http.query_threads), {1, 1024},
            "Long answers computed side by side, and as many short ones beside them; 1 to 1024."),
      count("http.max_queued_queries", MEMBER(http.max_queued_queries), {1, 1'000'000},
            "Queries that wait for their turn, at most half of them of one peer; further ones are\n"
            "answered 503. 1 to 1000000."),
      count("http.max_large_queries", MEMBER(http.max_large_queries), {1, 1024},
            "Queries that take much memory, under way at once; further ones wait. 1 to 1024."),
      duration("http.query_deadline", MEMBER(http.query_deadline), {100, kHour},
               "From a query's arrival to the end of its answer; 100ms to 1h."),
      text("http.tls.certificate", MEMBER(http.tls.certificate),
           "PEM file with the certificate and its chain. Empty (with the key): plain HTTP."),
      text("http.tls.key", MEMBER(http.tls.key),
           "PEM file with the private key, readable by the daemon only."),
      text("http.graphiql", MEMBER(http.graphiql),
           "Folder of the query page's files, /usr/share/jobledger/graphiql when installed; the "
           "page\n"
           "is then at /graphiql. Empty: none."),
  };
}

// Of our store as others' metric store.
std::vector<Key> store_api_keys() {
  return {
      size("http.metric_store.max_body_bytes", MEMBER(http.metric_store.max_body_bytes),
           {kKiB, 256 * kMiB}, "Longest request body; 1KiB to 256MiB."),
      count("http.metric_store.max_queries", MEMBER(http.metric_store.max_queries), {1},
            "Series of one request; 1 or more."),
      count("http.metric_store.max_samples", MEMBER(http.metric_store.max_samples), {1},
            "Samples of one request, if all are there; 1 or more."),
      size("http.metric_store.max_answer_bytes", MEMBER(http.metric_store.max_answer_bytes),
           {kMiB, kTiB}, "Longest answer, before compression; 1MiB or more."),
  };
}

#undef MEMBER

}  // namespace jobledger::daemon
