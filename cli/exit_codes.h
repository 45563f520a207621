// SPDX-License-Identifier: MIT
#pragma once

namespace jobledger::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;       // refused, not found, or wrong input
inline constexpr int kExitUsage = 2;        // wrong command line
inline constexpr int kExitUnreachable = 3;  // no daemon or no broker

}  // namespace jobledger::cli
