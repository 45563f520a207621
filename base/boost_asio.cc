// SPDX-License-Identifier: MIT
// Asio's bodies, compiled once for the whole project.
#include <boost/asio/impl/src.hpp>
