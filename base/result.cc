// SPDX-License-Identifier: MIT
#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace jobledger {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::too_large:
      return "too_large";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::io:
      return "io";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

Error Error::in(std::string_view context) && {
  std::string longer(context);
  longer += ": ";
  longer += detail;
  return {kind, std::move(longer)};
}

Error errno_error(std::string_view what, int error_number) {
  std::string detail(what);
  detail += ": ";
  detail += std::generic_category().message(error_number);
  return {error_number == ENOENT ? ErrorKind::not_found : ErrorKind::io, std::move(detail)};
}

}  // namespace jobledger
