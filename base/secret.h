// SPDX-License-Identifier: MIT
// A password or token: never printed, only revealed on purpose.
#pragma once

#include "base/result.h"

#include <fmt/core.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace jobledger {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }
  // The text with every occurrence of the secret made unreadable: for what others say, before it is
  // told on.
  std::string hide_in(std::string text) const;

 private:
  std::string text_;
};

// The first line of a file of at most 16 KiB.
Result<Secret> read_secret(const std::filesystem::path& path);

}  // namespace jobledger

template <>
struct fmt::formatter<jobledger::Secret> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const jobledger::Secret&, Context& context) const {
    return fmt::formatter<std::string_view>::format("[secret]", context);
  }
};
