// SPDX-License-Identifier: MIT
// Boost.Asio's TLS code, compiled once.
#include <boost/asio/ssl/impl/src.hpp>
