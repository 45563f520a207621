// SPDX-License-Identifier: MIT
// The coroutine vocabulary. One completion token, no throws: `auto [ec, n] = co_await f(...,
// kAwait)`.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace jobledger {

template <class T = void>
using Task = boost::asio::awaitable<T>;

inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace jobledger
