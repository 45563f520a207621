// SPDX-License-Identifier: MIT
#pragma once

namespace jobledger::daemon {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfig = 3;

}  // namespace jobledger::daemon
