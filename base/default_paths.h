// SPDX-License-Identifier: MIT
// Where daemon and command line find each other when no setting says otherwise.
#pragma once

namespace jobledger {

inline constexpr const char* kDefaultControlSocket = "/run/jobledger/control.sock";

}  // namespace jobledger
