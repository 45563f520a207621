// SPDX-License-Identifier: MIT
// One client's connection: reads requests one after the other, answers each before it reads the
// next (pipelined requests wait in the buffer), until one side closes or a limit is broken.
//
// Limits are answered by 408, 411, 413, 431 and then the connection ends. Transfer-Encoding is
// refused: a request's length has to be told.
// Executor: the loop; the socket must belong to it.
#pragma once

#include "base/async.h"
#include "httpd/admission.h"
#include "httpd/connections.h"
#include "httpd/dispatcher.h"
#include "httpd/memory_budget.h"

#include <boost/asio/generic/stream_protocol.hpp>

namespace boost::asio::ssl {
class context;
}

namespace jobledger::httpd {

// Lifetime: outlives all sessions.
struct SessionContext {
  Dispatcher& dispatcher;
  Connections& connections;
  MemoryBudget& memory;
};

// TCP or Unix.
using Socket = boost::asio::generic::stream_protocol::socket;

// `access` is what all its requests may use, `ticket` its place. `tls` null: plain HTTP.
Task<> serve_connection(Socket socket, Access access, Admission::Ticket ticket,
                        SessionContext& context, boost::asio::ssl::context* tls);

}  // namespace jobledger::httpd
